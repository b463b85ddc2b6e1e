// RFC 9113 §8.2, §8.3: the rules for field sections of requests, responses, trailers and promises. Pure functions over flat
// pairs [name, value, ...]. The engine has already checked the bytes of received names and values (shared/event.ts).

import { BAD_NAME, BAD_VALUE, BLANK_AROUND, TOO_LARGE } from '../../assembly/shared/event.ts';
import { hasBlankOrControl, isAuthority, isLowerCaseToken, isToken, readDigits } from '../fields/grammar.ts';
import { trimOWS } from '../fields/list-fields.ts';

/** "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields." §8.2.2 */
const CONNECTION_SPECIFIC = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** §8.2.1: NUL, CR and LF anywhere, SP and HTAB at either end. */
const BAD_VALUE_OUT = /[\0\r\n]|^[ \t]|[ \t]$/;

/**
 * Strips the blanks around the values of a received section, as browsers do, and returns its other faults. §8.2.1: "A field
 * value MUST NOT start or end with an ASCII whitespace character".
 */
export function stripBlanks(fields: string[], faults: number): number {
	if (faults & BLANK_AROUND) {
		for (let i = 1; i < fields.length; i += 2) fields[i] = trimOWS(fields[i] as string);
	}
	return faults & ~BLANK_AROUND;
}

interface ResponseHead {
	status: number;
	/** -1 without a content-length. */
	contentLength: number;
}

/** The head of a response, or why it is malformed. */
export function readResponseHead(fields: readonly string[], faults: number): ResponseHead | string {
	if (faults !== 0) return faultOf(faults);
	if (fields[0] !== ':status') return 'Response does not begin with :status';
	const status = fields[1] as string;
	const code = readDigits(status);
	if (status.length !== 3 || code < 100) return `Response has the invalid :status "${status}"`;
	if (code === 101) return 'Response has status 101, which HTTP/2 does not allow';
	let contentLength = -1;
	for (let i = 2; i < fields.length; i += 2) {
		const name = fields[i] as string;
		if (name === 'content-length') {
			const value = fields[i + 1] as string;
			const length = readDigits(value);
			if (length < 0) return `Response has the invalid content-length "${value}"`;
			if (contentLength !== -1 && contentLength !== length) {
				return 'Response has two different values of content-length';
			}
			contentLength = length;
		} else {
			const fault = checkRegularField(name, fields[i + 1] as string);
			if (fault !== null) return `Response ${fault}`;
		}
	}
	return { status: code, contentLength };
}

/** Null, or why trailers are malformed. §8.1: "Trailers MUST NOT include pseudo-header fields". */
export function checkTrailers(fields: readonly string[], faults: number): string | null {
	if (faults !== 0) return faultOf(faults);
	for (let i = 0; i < fields.length; i += 2) {
		const fault = checkRegularField(fields[i] as string, fields[i + 1] as string);
		if (fault !== null) return `Trailer section ${fault}`;
	}
	return null;
}

interface PromisedRequest {
	method: string;
	scheme: string;
	authority: string;
	path: string;
}

/** The promised request, or why we refuse it. §8.4: it must be safe and cacheable, and have no content. */
export function readPromise(fields: readonly string[], faults: number): PromisedRequest | string {
	if (faults !== 0) return faultOf(faults);
	const pseudo = new Map<string, string>();
	let i = 0;
	for (; i < fields.length && (fields[i] as string).startsWith(':'); i += 2) {
		const name = fields[i] as string;
		// RFC 8441 §4: `:protocol` belongs to CONNECT, which cannot be promised.
		if ((requestPseudoBit(name) & ~PROTOCOL) === 0 || pseudo.has(name))
			return `Promised request has ${name} twice or in the wrong place`;
		pseudo.set(name, fields[i + 1] as string);
	}
	let host: string | null = null;
	for (; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = fields[i + 1] as string;
		const fault = checkRegularField(name, value);
		if (fault !== null) return `Promised request ${fault}`;
		if (name === 'content-length' && value !== '0') return 'Promised request has content';
		if (name !== 'host') continue;
		if (host !== null) return 'Promised request has host twice';
		host = value;
	}
	const method = pseudo.get(':method');
	const scheme = pseudo.get(':scheme');
	const authority = pseudo.get(':authority');
	const path = pseudo.get(':path');
	if (!method || !scheme || !authority || !path) return 'Promised request lacks a pseudo-header field';
	for (const [name, value] of pseudo) {
		const fault = checkPseudo(requestPseudoBit(name), value);
		if (fault !== null) return `Promised request has ${name}, which ${fault}`;
	}
	if (method !== 'GET' && method !== 'HEAD') return `Promised request has the method ${method}, which is not safe`;
	if (path === '*') return 'Promised request has the path *, which only OPTIONS may have';
	// §8.3.1: Host must not identify "an entity that differs from the entity in the ":authority" pseudo-header field".
	if (host !== null && bareAuthority(host, scheme) !== bareAuthority(authority, scheme)) {
		return 'Promised request has a host that differs from :authority';
	}
	return { method, scheme, authority, path };
}

/** RFC 3986 §6.2.2, §6.2.3: without the default port, in lower case. */
function bareAuthority(authority: string, scheme: string): string {
	return authority.toLowerCase().replace(scheme === 'https' ? /:(443)?$/ : /:(80)?$/, '');
}

declare const checked: unique symbol;

/** Fields that `checkRequest` accepts, or would accept: those of a request that was validated before. */
export type CheckedRequestFields = readonly string[] & { readonly [checked]: true };

/** Null, or why we must not send these fields as a request. Pseudo-header fields come first. */
export function checkRequest(fields: readonly string[]): string | null {
	let seen = 0;
	let isConnect = false;
	let i = 0;
	for (; i < fields.length; i += 2) {
		const name = fields[i] as string;
		if (name.charCodeAt(0) !== COLON) break;
		const bit = requestPseudoBit(name);
		if (bit === 0) return `request has the unknown pseudo-header field ${name}`;
		if (seen & bit) return `request has ${name} twice`;
		seen |= bit;
		const value = fields[i + 1] as string;
		if (bit === METHOD) isConnect = value === 'CONNECT';
		if (value === '') return `request has an empty ${name}`;
		const fault = checkPseudo(bit, value);
		if (fault !== null) return `${name} ${fault}`;
	}
	// §8.5: CONNECT has neither scheme nor path, unless it is extended (RFC 8441 §4).
	const needed = isConnect && !(seen & PROTOCOL) ? METHOD | AUTHORITY : METHOD | SCHEME | PATH;
	if ((seen & needed) !== needed) return `request lacks ${pseudoNames(needed & ~seen)}`;
	const foreign = isConnect && !(seen & PROTOCOL) ? seen & (SCHEME | PATH) : 0;
	if (foreign !== 0) return `CONNECT request must not have ${pseudoNames(foreign)}`;
	return checkFieldsOut(fields, i, 'request');
}

const COLON = 0x3a;
const SLASH = 0x2f;
const METHOD = 1;
const SCHEME = 2;
const AUTHORITY = 4;
const PATH = 8;
const PROTOCOL = 16;

/** A switch on constants compares pointers: 4 ns where a Map takes 15. */
function requestPseudoBit(name: string): number {
	switch (name) {
		case ':method':
			return METHOD;
		case ':scheme':
			return SCHEME;
		case ':authority':
			return AUTHORITY;
		case ':path':
			return PATH;
		case ':protocol':
			return PROTOCOL;
		default:
			return 0;
	}
}

function pseudoNames(bits: number): string {
	return [':method', ':scheme', ':authority', ':path'].filter((name) => bits & requestPseudoBit(name)).join(' and ');
}

/** The last accepted value, by the bit of its name, because a connection sends the same few values repeatedly. */
const passed: string[] = new Array(PROTOCOL + 1).fill('');

/** Null, or what is wrong with the value. */
function checkPseudo(bit: number, value: string): string | null {
	if (passed[bit] === value) return null;
	const isGood = bit === METHOD ? isToken(value) : bit === AUTHORITY ? isAuthority(value) : !hasBlankOrControl(value);
	if (!isGood) return 'has a forbidden character';
	if (bit === PATH && value.charCodeAt(0) !== SLASH && value !== '*') return 'does not begin with a slash';
	passed[bit] = value;
	return null;
}

/** RFC 9110 §6.5.1: fields that frame or route a message must come before its content. */
const NO_TRAILERS = new Set(['content-length', 'host', 'trailer']);

/** Null, or why we must not send these fields as trailers. */
export function checkTrailersOut(fields: readonly string[]): string | null {
	for (let i = 0; i < fields.length; i += 2) {
		if (NO_TRAILERS.has(fields[i] as string)) return `trailer section must not have ${fields[i]}`;
	}
	return checkFieldsOut(fields, 0, 'trailer section');
}

/** Null, or why these fields must not be sent in `section`. Begins at `from`, after any pseudo-header fields. */
function checkFieldsOut(fields: readonly string[], from: number, section: string): string | null {
	let hasLength = false;
	for (let i = from; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = fields[i + 1] as string;
		if (name.charCodeAt(0) !== COLON && !isLowerCaseToken(name)) return `"${name}" is not a field name in lower case`;
		if (BAD_VALUE_OUT.test(value)) return `value of ${name} has NUL, CR or LF, or a space or tab at either end`;
		if (name === 'content-length') {
			if (hasLength) return `${section} has content-length twice`;
			if (readDigits(value) < 0) return `${section} has the invalid content-length "${value}"`;
			hasLength = true;
			continue;
		}
		const fault = checkRegularField(name, value);
		if (fault !== null) return `${section} ${fault}`;
	}
	return null;
}

function checkRegularField(name: string, value: string): string | null {
	if (name.charCodeAt(0) === COLON) return `has the pseudo-header field ${name} in the wrong place`;
	if (CONNECTION_SPECIFIC.has(name)) return `has the connection-specific field ${name}`;
	if (name === 'te' && value !== 'trailers') return `has te with a value other than trailers`;
	return null;
}

function faultOf(faults: number): string {
	if (faults & TOO_LARGE) return 'Field section exceeds limits.headerListSize or limits.headerFields';
	if (faults & BAD_NAME) return 'Field name has a forbidden byte';
	if (faults & BAD_VALUE) return 'Field value has a forbidden byte';
	return 'Field value begins or ends with a blank, which the option lenient accepts';
}
