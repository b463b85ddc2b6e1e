// Turns a checked request into the field sections that HTTP/2 sends: RFC 9113 §8.2, §8.3. Pure functions.

import { type FlatFields, fieldValues, hasField } from '../fields/flat-fields.ts';
import type { HeaderFields } from '../fields/header-map.ts';
import { hasElement, splitFieldValue } from '../fields/list-fields.ts';
import { type OutgoingRequest, validTrailers } from '../message/request.ts';
import type { CheckedRequestFields } from '../session/field-rules.ts';

/** Hop-by-hop fields of HTTP/1.1, which HTTP/2 forbids: §8.2.2. */
const HOP_BY_HOP = new Set([
	'connection',
	'keep-alive',
	'proxy-connection',
	'transfer-encoding',
	'upgrade',
	'http2-settings',
]);

interface RequestSection extends FlatFields {
	readonly fields: CheckedRequestFields;
}

/**
 * Pseudo-header fields come first; `:authority` replaces Host. Omits hop-by-hop fields, including those that Connection
 * names. `createRequest` has checked the rest, so that the session need not do it again.
 */
export function requestFields(request: OutgoingRequest): RequestSection {
	const { method, scheme, authority, path, protocol, contentLength } = request;
	// §8.5: CONNECT has neither scheme nor path, unless it is extended (RFC 8441 §4).
	const fields =
		method === 'CONNECT' && protocol === null
			? [':method', method, ':authority', authority]
			: [':method', method, ':scheme', scheme, ':authority', authority, ':path', path];
	if (protocol !== null) fields.push(':protocol', protocol);
	let hasLength = false;
	let neverIndexed: Set<number> | null = null;
	if (request.fields.length > 0) {
		const given = request.fields;
		const named = hasField(given, 'connection') ? connectionOptions(given) : null;
		for (let i = 0; i < given.length; i += 2) {
			const name = (given[i] as string).toLowerCase();
			let value = given[i + 1] as string;
			if (name === 'host' || HOP_BY_HOP.has(name) || named?.includes(name)) continue;
			if (name === 'te') {
				// §8.2.2: te "MUST NOT contain any value other than trailers".
				if (!hasElement('te', value, 'trailers')) continue;
				value = 'trailers';
			}
			if (name === 'content-length') hasLength = true;
			if (request.neverIndexed?.has(i >> 1)) neverIndexed = (neverIndexed ?? new Set()).add(fields.length >> 1);
			fields.push(name, value);
		}
	}
	if (contentLength !== null && !hasLength) fields.push('content-length', String(contentLength));
	return { fields: fields as readonly string[] as CheckedRequestFields, neverIndexed };
}

/** The trailer section; TypeError for fields that are not allowed in trailers. */
export function trailerFields(trailers: HeaderFields): FlatFields {
	const { fields, neverIndexed } = validTrailers(trailers);
	return { fields: fields.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)), neverIndexed };
}

/** The options in Connection, in lower case: RFC 9110 §7.6.1. Most are field names. */
function connectionOptions(fields: readonly string[]): string[] {
	return fieldValues(fields, 'connection').flatMap((value) => splitFieldValue('connection', value.toLowerCase()));
}
