// The field section of a request, from what the caller gives: RFC 9113 §8.2.2, §8.3.1. Pure functions.

import { type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import { trimOWS } from '../fields/list-fields.ts';

export interface FlatFields {
	/** Names and values alternate; pseudo-header fields first. */
	fields: string[];
	/** Numbers of pairs. */
	neverIndexed: Set<number> | null;
}

/** Fields of one hop of HTTP/1.1, which HTTP/2 does not have. */
const HOP_BY_HOP = new Set([
	'connection',
	'keep-alive',
	'proxy-connection',
	'transfer-encoding',
	'upgrade',
	'http2-settings',
]);

/**
 * `contentLength` null: none is known. Pseudo-header fields among `headers` replace ours, Host becomes `:authority`, and
 * hop-by-hop fields are left out, with those that Connection names. TypeError for several fields named Host.
 */
export function requestFields(
	method: string,
	scheme: string,
	authority: string,
	path: string,
	headers: HeaderFields | undefined,
	contentLength: number | null,
): FlatFields {
	if (headers === undefined) {
		const fields = pseudoFields(method, scheme, authority, path);
		if (contentLength !== null) fields.push('content-length', String(contentLength));
		return { fields, neverIndexed: null };
	}
	const map = headers instanceof HTTPHeaderMap ? headers : new HTTPHeaderMap(headers);
	const given = map.toFlat();
	const fields = pseudoFields(method, scheme, authority, path);
	const neverIndexed = new Set<number>();
	const named = map.get('connection').map((name) => name.toLowerCase());
	const hasPseudoAuthority = map.has(':authority');
	const hosts = map.getRaw('host').length;
	if (hosts > 1) throw new TypeError(`Cannot send ${hosts} fields named Host, must be one`);

	for (let i = 0; i < given.fields.length; i += 2) {
		const name = (given.fields[i] as string).toLowerCase();
		const value = given.fields[i + 1] as string;
		const mark = given.neverIndexed?.has(i >> 1) ?? false;
		if (name.startsWith(':')) {
			setPseudo(fields, name, name === ':method' ? value.toUpperCase() : value);
			continue;
		}
		if (name === 'host') {
			if (!hasPseudoAuthority) setPseudo(fields, ':authority', value);
			continue;
		}
		if (HOP_BY_HOP.has(name) || named.includes(name)) continue;
		// §8.2.2: te "MUST NOT contain any value other than trailers".
		if (name === 'te' && !/^\s*trailers\s*$/i.test(value)) continue;
		if (mark) neverIndexed.add(fields.length >> 1);
		fields.push(name, trimOWS(value));
	}
	if (contentLength !== null && !map.has('content-length')) fields.push('content-length', String(contentLength));
	return { fields, neverIndexed: neverIndexed.size > 0 ? neverIndexed : null };
}

/** A trailer section; names become lower case. */
export function trailerFields(trailers: HeaderFields): FlatFields {
	const map = trailers instanceof HTTPHeaderMap ? trailers : new HTTPHeaderMap(trailers);
	const { fields, neverIndexed } = map.toFlat();
	for (let i = 0; i < fields.length; i += 2) {
		fields[i] = (fields[i] as string).toLowerCase();
		fields[i + 1] = trimOWS(fields[i + 1] as string);
	}
	return { fields, neverIndexed };
}

/** §8.5: CONNECT has neither scheme nor path. */
function pseudoFields(method: string, scheme: string, authority: string, path: string): string[] {
	if (method === 'CONNECT') return [':method', method, ':authority', authority];
	return [':method', method, ':scheme', scheme, ':authority', authority, ':path', path];
}

/** Replaces a pseudo-header field, or adds it behind the others. */
function setPseudo(fields: string[], name: string, value: string): void {
	let at = 0;
	while (at < fields.length && fields[at] !== name && (fields[at] as string).startsWith(':')) at += 2;
	if (fields[at] === name) fields[at + 1] = value;
	else fields.splice(at, 0, name, value);
}
