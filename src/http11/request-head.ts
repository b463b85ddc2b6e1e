// Turns a checked request into the head that HTTP/1.1 sends: Host, the framing of the content
// (RFC 9112 §6), and the form for a forwarding proxy (RFC 9112 §3.2). Pure functions.

import { LocalProtocolError } from '../base/errors.ts';
import { hasField } from '../fields/flat-fields.ts';
import type { FieldLine, HeaderFields } from '../fields/header-map.ts';
import { hasElement } from '../fields/list-fields.ts';
import { type OutgoingRequest, validTrailers } from '../message/request.ts';
import { type UpgradeOffer, upgradeFields } from './upgrade.ts';

export interface RequestHead {
	/** Names and values alternate. Host comes first, unless the caller has placed it elsewhere. */
	readonly fields: readonly string[];
	/** Whether the content is sent in chunks; otherwise content-length gives its length. */
	readonly chunked: boolean;
	/** Whether the caller's fields ask to close the connection after this exchange. */
	readonly closes: boolean;
}

/** Requests with other methods declare a length even without content, because the platform would otherwise send chunks. */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

/** Throws LocalProtocolError for a request that HTTP/1.1 cannot express. */
export function checkForHTTP11({ method, protocol }: OutgoingRequest): void {
	if (protocol !== null) {
		throw new LocalProtocolError('Cannot send :protocol: only HTTP/2 has extended CONNECT');
	}
	if (method === 'CONNECT') {
		throw new LocalProtocolError("Cannot send CONNECT on HTTP/1.1: use the connection's option proxy to open a tunnel");
	}
}

export function requestHead(request: OutgoingRequest): RequestHead {
	const { method, contentLength, fields: given } = request;
	const hasContent = request.body !== null || request.manual;
	const chunked = request.asksForChunks || request.trailers !== undefined || (hasContent && contentLength === null);
	const fields: string[] = [];
	let hasHost = false;
	let closes = false;
	let cookieAt = -1;
	for (let i = 0; i < given.length; i += 2) {
		const name = given[i] as string;
		const value = given[i + 1] as string;
		const canonicalName = name.toLowerCase();
		// The framing fields are added below, and Trailer is allowed only with chunks.
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
 * The target and the fields, as sent to the origin or to a forwarding proxy, with the proxy's own fields. An upgrade
 * is not offered to a proxy, because it would apply to the connection with the proxy (RFC 9110 §7.8).
 */
export function addressed(
	{ scheme, authority, path }: OutgoingRequest,
	{ fields }: RequestHead,
	upgrade: Pick<UpgradeOffer, 'settings'> | null,
	forward: { readonly headers: readonly FieldLine[] } | null,
): { target: string; fields: readonly string[] } {
	if (forward === null)
		return { target: path, fields: upgrade === null ? fields : [...fields, ...upgradeFields(upgrade)] };
	const lines = [...fields];
	for (const [name, value] of forward.headers) {
		if (!hasField(fields, name.toLowerCase())) lines.push(name, value);
	}
	// RFC 9112 §3.2.2; §3.2.4 for OPTIONS *.
	return { target: `${scheme}://${authority}${path === '*' ? '' : path}`, fields: lines };
}

/** The trailer section; TypeError for fields that are not allowed in trailers. */
export function trailerLines(trailers: HeaderFields): [name: string, value: string][] {
	const { fields } = validTrailers(trailers);
	const lines: [string, string][] = [];
	for (let i = 0; i < fields.length; i += 2) lines.push([fields[i] as string, fields[i + 1] as string]);
	return lines;
}
