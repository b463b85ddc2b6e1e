// The head of a request as HTTP/1.1 writes it, from what the caller gives: RFC 9110 §7.2, RFC 9112 §3. Pure functions.
// Fields that say where the content ends are taken out of the lines: which of them is sent is request.ts's to decide.

import { hasField } from '../fields/flat-fields.ts';
import { type FieldLine, type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import { trimOWS } from '../fields/list-fields.ts';
import { type UpgradeOffer, upgradeFields } from './upgrade.ts';

export interface RequestHead {
	method: string;
	/** In origin-form, or `*`; `scheme` and `authority` make absolute-form of it. */
	path: string;
	scheme: string;
	authority: string;
	/** Names and values alternate; Host first unless the caller has put it elsewhere. */
	fields: string[];
	/** The caller's content-length; null without one. */
	contentLength: number | null;
	/** The caller wants transfer-encoding: chunked. */
	chunked: boolean;
	/** RFC 9110 §10.1.1. */
	expectsContinue: boolean;
	/** The caller wants the connection to end with this exchange. */
	closes: boolean;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Origin-form or asterisk-form, without blanks and controls: RFC 9112 §3.2. */
const PATH = /^(?:\/[\x21-\x7e\x80-\xff]*|\*)$/;
/** Host and port, and nothing that could be taken for another part of a URL: RFC 9110 §4.2.4 has no user information. */
const AUTHORITY = /^[^\0-\x20\x7f/?#@\\]+$/;
/** Octets that no field value has: RFC 9110 §5.5. */
const NOT_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** TypeError for a method, a path or a field that cannot be one. Pseudo-header fields among `headers` replace ours. */
export function readHead(
	given: { method: string; path: string; scheme: string; authority: string },
	headers: HeaderFields | undefined,
): RequestHead {
	const map = headers instanceof HTTPHeaderMap ? headers : new HTTPHeaderMap(headers);
	const head: RequestHead = {
		...given,
		fields: [],
		contentLength: null,
		chunked: false,
		expectsContinue: map.get('expect').some((value) => value.toLowerCase() === '100-continue'),
		closes: map.get('connection').some((option) => option.toLowerCase() === 'close'),
	};
	let cookieAt = -1;
	for (const [name, untrimmed] of map.raw()) {
		const value = trimOWS(untrimmed);
		if (NOT_VALUE.test(value)) throw new TypeError(`The value of ${name} has a control character`);
		const canonicalName = name.toLowerCase();
		if (canonicalName.startsWith(':')) setPseudo(head, canonicalName, value);
		else if (canonicalName === 'content-length') head.contentLength = readLength(head.contentLength, value);
		else if (canonicalName === 'transfer-encoding') head.chunked = readCoding(value);
		else if (canonicalName !== 'cookie') head.fields.push(name, value);
		else if (cookieAt >= 0) head.fields[cookieAt] += `; ${value}`;
		else cookieAt = head.fields.push(name, value) - 1;
	}
	setHost(head, map);
	if (!TOKEN.test(head.method))
		throw new TypeError(`${JSON.stringify(head.method)} is not a method: it must be a token`);
	// As the platform sends it.
	head.method = head.method.toUpperCase();
	if (head.method === 'CONNECT') {
		throw new TypeError("Cannot send CONNECT: a tunnel is what the connection's option proxy opens");
	}
	if (!PATH.test(head.path)) {
		throw new TypeError(`${JSON.stringify(head.path)} is not a path: it must begin with a slash and have no blanks`);
	}
	if (!AUTHORITY.test(head.authority)) throw new TypeError(`${JSON.stringify(head.authority)} is not a host and port`);
	return head;
}

/**
 * What is asked of a server, or of a proxy that forwards: the target, and the fields with those that are for it. An upgrade
 * is not offered to a proxy: it would be with the proxy (RFC 9110 §7.8).
 */
export function addressed(
	{
		scheme,
		authority,
		path,
		fields,
		upgrade,
	}: Readonly<Pick<RequestHead, 'scheme' | 'authority' | 'path'>> & {
		readonly fields: readonly string[];
		readonly upgrade: UpgradeOffer | null;
	},
	forward: { readonly headers: readonly FieldLine[] } | null,
): { target: string; fields: readonly string[] } {
	if (forward === null) return { target: path, fields: [...fields, ...upgradeFields(upgrade)] };
	const lines = [...fields];
	for (const [name, value] of forward.headers) {
		if (!hasField(fields, name.toLowerCase())) lines.push(name, value);
	}
	// RFC 9112 §3.2.2; §3.2.4 for the request that is about the server itself.
	return { target: `${scheme}://${authority}${path === '*' ? '' : path}`, fields: lines };
}

function setPseudo(head: RequestHead, name: string, value: string): void {
	if (name === ':method') head.method = value;
	else if (name === ':path') head.path = value;
	else if (name === ':scheme') head.scheme = value;
	else if (name === ':authority') head.authority = value;
	else throw new TypeError(`Cannot send ${name}: HTTP/1.1 has no such pseudo-header field`);
}

/** §3.2: "A client MUST send a Host header field in all HTTP/1.1 request messages", and one only. */
function setHost(head: RequestHead, map: HTTPHeaderMap): void {
	const { fields } = head;
	const places: number[] = [];
	for (let i = 0; i < fields.length; i += 2) if ((fields[i] as string).toLowerCase() === 'host') places.push(i);
	if (places.length > 1) throw new TypeError(`Cannot send ${places.length} fields named Host, must be one`);
	const [place] = places;
	if (place === undefined) fields.unshift('Host', head.authority);
	else if (map.has(':authority')) fields[place + 1] = head.authority;
	else head.authority = fields[place + 1] as string;
}

function readLength(before: number | null, value: string): number {
	if (before !== null) throw new TypeError('Cannot send content-length twice');
	if (!/^\d{1,15}$/.test(value)) throw new TypeError(`"${value}" is not a content-length`);
	return Number(value);
}

function readCoding(value: string): true {
	if (value.toLowerCase() === 'chunked') return true;
	throw new TypeError(`Cannot send transfer-encoding: ${value}, must be chunked`);
}
