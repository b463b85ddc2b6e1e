// The head of a request as HTTP/1.1 writes it, from one that was checked: where Host stands, how the content is framed
// (RFC 9112 §6), and what a proxy that forwards is sent (RFC 9112 §3.2). Pure functions.

import { LocalProtocolError } from '../base/errors.ts';
import { hasField } from '../fields/flat-fields.ts';
import type { FieldLine, HeaderFields } from '../fields/header-map.ts';
import { hasElement } from '../fields/list-fields.ts';
import { type OutgoingRequest, validTrailers } from '../message/request.ts';
import { type UpgradeOffer, upgradeFields } from './upgrade.ts';

export interface RequestHead {
	/** Names and values alternate; Host first unless the caller has put it elsewhere. */
	readonly fields: readonly string[];
	/** The content is sent in chunks; else as many bytes as content-length says. */
	readonly chunked: boolean;
	/** The caller wants the connection to end with this exchange. */
	readonly closes: boolean;
}

/** Requests of other methods say how long their content is even when they have none: the platform sends chunks else. */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

/** LocalProtocolError for a request that HTTP/1.1 has no way to send. */
export function checkForHTTP11({ method, protocol }: OutgoingRequest): void {
	if (protocol !== null) {
		throw new LocalProtocolError('Cannot send :protocol: only HTTP/2 has the extended CONNECT');
	}
	if (method === 'CONNECT') {
		throw new LocalProtocolError(
			"Cannot send CONNECT on HTTP/1.1: a tunnel is what the connection's option proxy opens",
		);
	}
}

export function requestHead(request: OutgoingRequest): RequestHead {
	const { method, contentLength, fields: given } = request;
	const hasContent = request.body !== null || request.manual;
	const chunked =
		request.trailers !== undefined || (hasContent && contentLength === null) || hasField(given, 'transfer-encoding');
	const fields: string[] = [];
	let hasHost = false;
	let closes = false;
	let cookieAt = -1;
	for (let i = 0; i < given.length; i += 2) {
		const name = given[i] as string;
		const value = given[i + 1] as string;
		const canonicalName = name.toLowerCase();
		// Content is framed below, and Trailer announces what only chunks can have.
		if (canonicalName === 'content-length' || canonicalName === 'transfer-encoding') continue;
		if (canonicalName === 'trailer' && !chunked) continue;
		if (canonicalName === 'host') hasHost = true;
		if (canonicalName === 'connection') closes ||= hasElement('connection', value, 'close');
		if (canonicalName !== 'cookie') fields.push(name, value);
		else if (cookieAt >= 0) fields[cookieAt] += `; ${value}`;
		else cookieAt = fields.push(name, value) - 1;
	}
	// §3.2: "A client MUST send a Host header field in all HTTP/1.1 request messages".
	if (!hasHost) fields.unshift('Host', request.authority);
	const length = contentLength ?? (hasContent || WITHOUT_CONTENT.has(method) ? null : 0);
	// RFC 9112 §6.2: no content-length "in any message that contains a Transfer-Encoding header field".
	if (chunked) fields.push('Transfer-Encoding', 'chunked');
	else if (length !== null) fields.push('Content-Length', String(length));
	return { fields, chunked, closes };
}

/**
 * What is asked of a server, or of a proxy that forwards: the target, and the fields with those that are for it. An upgrade
 * is not offered to a proxy: it would be with the proxy (RFC 9110 §7.8).
 */
export function addressed(
	{ scheme, authority, path }: OutgoingRequest,
	{ fields }: RequestHead,
	upgrade: UpgradeOffer | null,
	forward: { readonly headers: readonly FieldLine[] } | null,
): { target: string; fields: readonly string[] } {
	if (forward === null)
		return { target: path, fields: upgrade === null ? fields : [...fields, ...upgradeFields(upgrade)] };
	const lines = [...fields];
	for (const [name, value] of forward.headers) {
		if (!hasField(fields, name.toLowerCase())) lines.push(name, value);
	}
	// RFC 9112 §3.2.2; §3.2.4 for the request that is about the server itself.
	return { target: `${scheme}://${authority}${path === '*' ? '' : path}`, fields: lines };
}

/** A trailer section; TypeError for fields that cannot be one. */
export function trailerLines(trailers: HeaderFields): [name: string, value: string][] {
	const { fields } = validTrailers(trailers);
	const lines: [string, string][] = [];
	for (let i = 0; i < fields.length; i += 2) lines.push([fields[i] as string, fields[i + 1] as string]);
	return lines;
}
