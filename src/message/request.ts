// A request, checked once and before anything is sent, whichever version of HTTP carries it: RFC 9110 §6, §7, §8.6, §9.
// What could never be sent is a TypeError here. http20/request-fields.ts and http11/request-head.ts make the head of it.

import { describe } from '../base/options.ts';
import { openBody, type RequestBody, type RequestBodyInit } from '../body/request-body.ts';
import { checkName, checkSentValue } from '../fields/field-line.ts';
import { type FlatFields, hasField } from '../fields/flat-fields.ts';
import { isAuthority, isHostAndPort, isPath, isScheme, isToken, readDigits } from '../fields/grammar.ts';
import { type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import { hasElement, trimOWS } from '../fields/list-fields.ts';

export interface RequestOptions {
	/** Content-length is set whenever the length is known. */
	body?: RequestBodyInit | null;
	headers?: HeaderFields;
	/** A trailer section to end the request with; a function is called once the body is sent. */
	trailers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>);
	/** Ends the request, also before it is sent and while the response is read; rejects with `signal.reason`. Null: nothing does. */
	signal?: AbortSignal | null;
	/** Called for each 1xx response, in order, before the final one. */
	onInformational?: (status: number, headers: HTTPHeaderMap) => void;
	/** Whether content codings of the response are undone; as the connection's option says when not given. */
	decodeContent?: boolean;
	/** What the server is asked to send first: RFC 9218. */
	priority?: Priority;
}

export interface Priority {
	/** From 0, the most urgent, to 7; 3 when not given. */
	urgency?: number;
	/** Whether a part of the content is of use before the rest of it; false when not given. */
	incremental?: boolean;
}

export interface OutgoingRequest {
	/** In upper case. */
	readonly method: string;
	readonly scheme: string;
	/** Host and port, as `:authority` and Host have them. */
	readonly authority: string;
	/** As sent: with its query, percent-encoded and without a fragment; or `*`. Empty for CONNECT without `protocol`. */
	readonly path: string;
	/** What an extended CONNECT asks for (RFC 8441); null for every other request. */
	readonly protocol: string | null;
	/** Names as the caller wrote them and values, alternating; without pseudo-header fields. */
	readonly fields: readonly string[];
	/** Numbers of pairs in `fields`. */
	readonly neverIndexed: ReadonlySet<number> | null;
	readonly body: RequestBody | null;
	/** In bytes, as content-length says or is to say; null when it is unknown, and when there is nothing to say. */
	readonly contentLength: number | null;
	readonly trailers: RequestOptions['trailers'];
	readonly onInformational: RequestOptions['onInformational'];
	/** Content comes by `send`, not from `body`. */
	readonly manual: boolean;
	/** The server is asked whether it wants the content, before that is sent: RFC 9110 §10.1.1. */
	readonly expectsContinue: boolean;
}

/** Where requests go that do not say so themselves. */
interface Target {
	readonly scheme: string;
	readonly authority: string;
}

/** Methods whose requests say that they have no content by a content-length of 0: RFC 9110 §8.6. */
const ANTICIPATES_CONTENT = new Set(['POST', 'PUT', 'PATCH']);
/** RFC 9110 §9.2.2: doing it twice has "the same intended effect" as doing it once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** TypeError for what can be no request, RangeError for numbers out of range. `origin` is asked unless `headers` say otherwise. */
export function createRequest(
	method: string,
	path: string,
	origin: Target,
	options: RequestOptions,
	manual = false,
): OutgoingRequest {
	const { headers, onInformational, priority } = options;
	const head = headers === undefined ? NO_HEAD : readHead(headers);
	const givenMethod = head.method ?? method;
	const verb = givenMethod === lastMethod ? lastVerb : validMethod(givenMethod);
	const { protocol } = head;
	const isTunnel = verb === 'CONNECT' && protocol === null;
	if (protocol !== null && verb !== 'CONNECT')
		throw new TypeError(`Cannot send :protocol with ${verb}, must be CONNECT`);
	const authority = isTunnel ? tunnelAuthority(head, path) : (head.authority ?? origin.authority);
	const givenPath = head.path ?? path;
	const target = isTunnel ? '' : givenPath === lastPath ? lastTarget : validPath(givenPath);
	if (target === '*' && verb !== 'OPTIONS') throw new TypeError(`Cannot send ${verb} with the path *, must be OPTIONS`);

	const trailers = options.trailers === undefined ? undefined : checkedTrailers(options.trailers);
	const body = options.body === undefined ? null : openBody(options.body);
	let { fields } = head;
	// Only the encoder of a form knows its boundary.
	if (body?.contentType?.startsWith('multipart/form-data'))
		fields = withMissing(fields, 'Content-Type', body.contentType);
	const priorityField = priority === undefined ? null : priorityValue(priority);
	if (priorityField !== null) fields = withMissing(fields, 'Priority', priorityField);
	return {
		method: verb,
		scheme: head.scheme ?? origin.scheme,
		authority,
		path: target,
		protocol,
		fields,
		neverIndexed: head.neverIndexed,
		body,
		contentLength:
			body !== null || head.contentLength !== null
				? checkedLength(head, body, manual)
				: !manual && trailers === undefined && ANTICIPATES_CONTENT.has(verb)
					? 0
					: null,
		trailers,
		onInformational,
		manual,
		expectsContinue: body !== null && head.expectsContinue,
	};
}

/** A request whose content is sent by hand; TypeError for what can be no request. */
export function createManualRequest(
	method: string,
	path: string,
	origin: Target,
	headers: HeaderFields,
): OutgoingRequest {
	return createRequest(method, path, origin, { headers }, true);
}

/** Whether the request can be sent a second time whatever happens: its content can still be read then. */
export function isReplayable({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.replayable);
}

/** Whether it can be sent again now: what was read of its content is still there. */
export function canBeSentAgain({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.rereadable);
}

/** Whether a server that got the request twice would do no more than one that got it once. */
export function isIdempotent({ method }: OutgoingRequest): boolean {
	return IDEMPOTENT.has(method);
}

/** What frames or routes a message, or concerns its connection, cannot follow the content: RFC 9110 §6.5.1, §7.6.1. */
const NOT_TRAILERS = new Set([
	...['content-length', 'transfer-encoding', 'host', 'trailer', 'te', 'connection', 'keep-alive', 'proxy-connection'],
	...['upgrade', 'http2-settings'],
]);

/** The trailer section, names as given; TypeError for fields that cannot follow the content. */
export function validTrailers(trailers: HeaderFields): FlatFields {
	const { fields, neverIndexed } = new HTTPHeaderMap(trailers).toFlat();
	for (let i = 0; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = fields[i + 1] as string;
		checkName(name);
		checkSentValue(name, value);
		if (name.startsWith(':') || NOT_TRAILERS.has(name.toLowerCase())) {
			throw new TypeError(`Cannot send ${name} as a trailer`);
		}
		fields[i + 1] = trimOWS(value);
	}
	return { fields, neverIndexed };
}

/** What the caller's fields say. */
interface Head {
	method: string | null;
	scheme: string | null;
	/** Of `:authority`, or else of Host. */
	authority: string | null;
	path: string | null;
	protocol: string | null;
	/** Without pseudo-header fields. */
	readonly fields: readonly string[];
	neverIndexed: ReadonlySet<number> | null;
	contentLength: number | null;
	expectsContinue: boolean;
}

const NO_HEAD: Readonly<Head> = {
	method: null,
	scheme: null,
	authority: null,
	path: null,
	protocol: null,
	fields: [],
	neverIndexed: null,
	contentLength: null,
	expectsContinue: false,
};

function readHead(headers: HeaderFields): Head {
	const isMap = headers instanceof HTTPHeaderMap;
	const { fields, neverIndexed } = (isMap ? headers : new HTTPHeaderMap(headers)).toFlat();
	const head: Head = { ...NO_HEAD, fields };
	const marked: number[] = [];
	let hostAt = -1;
	// Lines stay in the array, which is a copy; pseudo-header fields leave it.
	let end = 0;
	for (let i = 0; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = trimOWS(fields[i + 1] as string);
		// A map may have been made of fields that nobody has checked.
		if (isMap) checkName(name);
		checkSentValue(name, value);
		const canonicalName = name.toLowerCase();
		if (canonicalName.startsWith(':')) {
			setPseudo(head, canonicalName, value);
			continue;
		}
		if (canonicalName === 'host') {
			if (hostAt >= 0) throw new TypeError('Cannot send two fields named Host, must be one');
			hostAt = end;
		} else if (canonicalName === 'content-length') {
			head.contentLength = readLength(head.contentLength, value);
		} else if (canonicalName === 'transfer-encoding') {
			if (value.toLowerCase() !== 'chunked') {
				throw new TypeError(`Cannot send transfer-encoding: ${value}, must be chunked`);
			}
		} else if (canonicalName === 'expect') {
			head.expectsContinue ||= hasElement('expect', value, '100-continue');
		}
		if (neverIndexed?.has(i >> 1)) marked.push(end >> 1);
		fields[end] = name;
		fields[end + 1] = value;
		end += 2;
	}
	fields.length = end;
	if (hostAt >= 0) {
		// RFC 9113 §8.3.1 has no Host that differs from `:authority`.
		head.authority ??= fields[hostAt + 1] as string;
		fields[hostAt + 1] = head.authority;
	}
	if (head.authority !== null && !isAuthority(head.authority)) {
		throw new TypeError(`${JSON.stringify(head.authority)} is not a host and port`);
	}
	if (marked.length > 0) head.neverIndexed = new Set(marked);
	return head;
}

function setPseudo(head: Head, name: string, value: string): void {
	const part = name.slice(1);
	if (part !== 'method' && part !== 'scheme' && part !== 'authority' && part !== 'path' && part !== 'protocol') {
		throw new TypeError(`Cannot send ${name}: requests have no such pseudo-header field`);
	}
	if (head[part] !== null) throw new TypeError(`Cannot send two fields named ${name}, must be one`);
	if (part === 'scheme' && !isScheme(value)) throw new TypeError(`${JSON.stringify(value)} is not a scheme`);
	// RFC 8441 §4: a name of the registry of upgrade tokens, which may have a version (RFC 9110 §7.8).
	if (part === 'protocol' && !value.split('/').every(isToken)) {
		throw new TypeError(`${JSON.stringify(value)} is not a protocol: it must be a token`);
	}
	head[part] = value;
}

/** The last method and path that passed, and what they became: a connection sends the same ones over and over. */
let lastMethod = 'GET';
let lastVerb = 'GET';
let lastPath = '/';
let lastTarget = '/';

function validMethod(method: string): string {
	if (typeof method !== 'string') throw new TypeError(`Method must be a string, not ${describe(method)}`);
	if (!isToken(method)) throw new TypeError(`${JSON.stringify(method)} is not a method: it must be a token`);
	lastVerb = method.toUpperCase();
	lastMethod = method;
	return lastVerb;
}

/** The path as it is sent: without a fragment (RFC 9110 §7.1), other than ASCII as UTF-8 (URL Standard §4.4). */
function validPath(path: string): string {
	if (typeof path !== 'string') throw new TypeError(`Path must be a string, not ${describe(path)}`);
	lastTarget = PLAIN_PATH.test(path) ? path : urlPath(path);
	lastPath = path;
	return lastTarget;
}

/** A path that is sent as it is: visible ASCII without a number sign. */
const PLAIN_PATH = /^\/[!"$-~]*$/;
const NOT_ASCII = /[^\0-\x7f]+/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Percent-encodings that are there, and ASCII, stay as they are. */
function urlPath(path: string): string {
	// `https://example.com?a` has the path `/`.
	const whole = path.startsWith('?') ? `/${path}` : path;
	if (!isPath(whole)) {
		throw new TypeError(
			`${JSON.stringify(path)} is not a path: it must begin with a slash and have no blanks or control characters`,
		);
	}
	const [withoutFragment] = whole.split('#', 1) as [string];
	return withoutFragment.replace(NOT_ASCII, (text) => encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd')));
}

/** RFC 9113 §8.5, RFC 9112 §3.2.3: what a tunnel is to reach, from `:authority`, Host or the path. */
function tunnelAuthority(head: Head, path: string): string {
	if (head.scheme !== null || head.path !== null) {
		throw new TypeError(`Cannot send ${head.scheme === null ? ':path' : ':scheme'} with CONNECT`);
	}
	const authority = head.authority ?? path;
	if (isHostAndPort(authority)) return authority;
	throw new TypeError(`Cannot send CONNECT to ${JSON.stringify(authority)}, must be a host and port`);
}

function checkedTrailers(trailers: Exclude<RequestOptions['trailers'], undefined>): RequestOptions['trailers'] {
	if (typeof trailers === 'function') return trailers;
	const { fields, neverIndexed } = validTrailers(trailers);
	// What the caller changes afterwards was not checked.
	return HTTPHeaderMap.fromFlat(fields, neverIndexed);
}

function readLength(before: number | null, value: string): number {
	if (before !== null) throw new TypeError('Cannot send content-length twice');
	const length = readDigits(value);
	if (length < 0) throw new TypeError(`${JSON.stringify(value)} is not a content-length`);
	return length;
}

/** The length of the content; null when only the source knows, and without content. RFC 9110 §8.6. */
function checkedLength({ contentLength }: Readonly<Head>, body: RequestBody | null, manual: boolean): number | null {
	if (contentLength === null) return body === null ? null : body.length;
	const actual = manual ? null : body === null ? 0 : body.length;
	if (actual === null || actual === contentLength) return contentLength;
	throw new TypeError(`Cannot send ${actual} bytes of body with content-length ${contentLength}`);
}

/** The field that says so (RFC 9218 §4), which holds on every version; null for the default. */
export function priorityValue({ urgency, incremental }: Priority): string | null {
	const members = [...(urgency === undefined ? [] : [`u=${urgency}`]), ...(incremental ? ['i'] : [])];
	return members.length === 0 ? null : members.join(', ');
}

/** What the caller has given stays. */
function withMissing(fields: readonly string[], name: string, value: string): readonly string[] {
	return hasField(fields, name.toLowerCase()) ? fields : [...fields, name, value];
}
