// Checks a request once, before anything is sent, for both HTTP versions: RFC 9110 §6, §7, §8.6, §9. A request that
// is never valid is a TypeError here. http20/request-fields.ts and http11/request-head.ts build its head.

import { describe } from '../base/options.ts';
import { openBody, type RequestBody, type RequestBodyInit } from '../body/request-body.ts';
import { checkName, checkSentValue } from '../fields/field-line.ts';
import { type FlatFields, hasField } from '../fields/flat-fields.ts';
import { isAuthority, isHostAndPort, isPath, isScheme, isToken, readDigits } from '../fields/grammar.ts';
import { type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import { hasElement, splitFieldValue, trimOWS } from '../fields/list-fields.ts';

export interface RequestOptions {
	/** Content-length is set if the length is known. */
	body?: RequestBodyInit | null;
	headers?: HeaderFields;
	/** The trailer section that ends the request. A function is called after the body has been sent. */
	trailers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>);
	/** Aborts the request at any time until its response ends; promises reject with `signal.reason`. Null: no signal. */
	signal?: AbortSignal | null;
	/** Called for each 1xx response, in order, before the final one. */
	onInformational?: (status: number, headers: HTTPHeaderMap) => void;
	/** Whether to decode the content codings of the response. Default: the connection's option. */
	decodeContent?: boolean;
	/** The priority of the response, for servers that support RFC 9218. */
	priority?: Priority;
}

export interface Priority {
	/** From 0, the most urgent, to 7. Default: 3. */
	urgency?: number;
	/** Whether the client can use parts of the content as they arrive. Default: false. */
	incremental?: boolean;
}

export interface OutgoingRequest {
	/** In upper case. */
	readonly method: string;
	readonly scheme: string;
	/** Host and port, the value of `:authority` and Host. */
	readonly authority: string;
	/** As sent: with its query, percent-encoded and without a fragment; or `*`. Empty for CONNECT without `protocol`. */
	readonly path: string;
	/** The protocol of an extended CONNECT (RFC 8441); null for any other request. */
	readonly protocol: string | null;
	/** Names and values alternate, names in the caller's case. No pseudo-header fields. */
	readonly fields: readonly string[];
	/** Indices of pairs in `fields`. */
	readonly neverIndexed: ReadonlySet<number> | null;
	readonly body: RequestBody | null;
	/** The value that content-length has or gets, in bytes; null if the request gets no content-length. */
	readonly contentLength: number | null;
	readonly trailers: RequestOptions['trailers'];
	readonly onInformational: RequestOptions['onInformational'];
	/** Whether the caller sends the content with `send` instead of `body`. */
	readonly manual: boolean;
	/** Whether the content waits for 100 (Continue): RFC 9110 §10.1.1. */
	readonly expectsContinue: boolean;
	/** Whether the caller's fields ask for chunks, on HTTP/1.1. */
	readonly asksForChunks: boolean;
	/** Whether it is idempotent and its content can always be read again: it is sent again if a reused connection breaks. */
	readonly repeatable: boolean;
}

/** The default target of requests. */
interface Target {
	readonly scheme: string;
	readonly authority: string;
}

/** Methods whose requests without content declare a content-length of 0: RFC 9110 §8.6. */
const ANTICIPATES_CONTENT = new Set(['POST', 'PUT', 'PATCH']);
/** RFC 9110 §10.1.1: the only expectation that is defined. */
const CONTINUE = '100-continue';
/** RFC 9110 §9.2.1: "the client does not request, and does not expect, any state change". */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** RFC 9110 §9.2.2: "the intended effect ... of multiple identical requests ... is the same as" that of one. */
const IDEMPOTENT = new Set([...SAFE, 'PUT', 'DELETE']);

/** TypeError for an invalid request, RangeError for numbers out of range. `headers` override the target of `origin`. */
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
		throw new TypeError(`Cannot send :protocol with ${verb}: only CONNECT may have it`);
	const authority = isTunnel ? tunnelAuthority(head, path) : (head.authority ?? origin.authority);
	const givenPath = head.path ?? path;
	const target = isTunnel ? '' : givenPath === lastPath ? lastTarget : validPath(givenPath);
	if (target === '*' && verb !== 'OPTIONS')
		throw new TypeError(`Cannot send ${verb} with the path *: only OPTIONS may have it`);

	const trailers = options.trailers === undefined ? undefined : checkedTrailers(options.trailers);
	const body = options.body === undefined ? null : openBody(options.body);
	let { fields } = head;
	// Overrides the default, because only the encoder of the form knows the boundary.
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
		asksForChunks: head.asksForChunks,
		repeatable: IDEMPOTENT.has(verb) && !manual && (body === null || body.replayable),
	};
}

/** A request whose content the caller sends with `send`. TypeError for an invalid request. */
export function createManualRequest(
	method: string,
	path: string,
	origin: Target,
	headers: HeaderFields,
): OutgoingRequest {
	return createRequest(method, path, origin, { headers }, true);
}

/** Whether the request can be sent again at any time, because its content can always be read again. */
export function isReplayable({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.replayable);
}

/** Whether the request can be sent again now, because any content read so far is still available. */
export function canBeSentAgain({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.rereadable);
}

/** Whether the method only reads. */
export function isSafe({ method }: OutgoingRequest): boolean {
	return SAFE.has(method);
}

/** Whether the method is idempotent: processing the request twice has the same effect as once. */
export function isIdempotent({ method }: OutgoingRequest): boolean {
	return IDEMPOTENT.has(method);
}

/** The request without the expectation 100-continue; null if it has none. Other expectations stay. */
export function withoutContinue(request: OutgoingRequest): OutgoingRequest | null {
	const { fields: given, neverIndexed: marked } = request;
	const fields: string[] = [];
	const neverIndexed = new Set<number>();
	let hadContinue = false;
	for (let i = 0; i < given.length; i += 2) {
		const name = given[i] as string;
		let value = given[i + 1] as string;
		if (name.toLowerCase() === 'expect' && hasElement('expect', value, CONTINUE)) {
			hadContinue = true;
			const others = splitFieldValue('expect', value).filter((each) => each.toLowerCase() !== CONTINUE);
			if (others.length === 0) continue;
			value = others.join(', ');
		}
		if (marked?.has(i >> 1)) neverIndexed.add(fields.length >> 1);
		fields.push(name, value);
	}
	if (!hadContinue) return null;
	return { ...request, fields, neverIndexed: marked === null ? null : neverIndexed, expectsContinue: false };
}

/** Not allowed in trailers, as they frame or route the message or control the connection: RFC 9110 §6.5.1, §7.6.1. */
const NOT_TRAILERS = new Set([
	...['content-length', 'transfer-encoding', 'host', 'trailer', 'te', 'connection', 'keep-alive', 'proxy-connection'],
	...['upgrade', 'http2-settings'],
]);

/**
 * Sets a field of a request that is not sent yet, in place of one with the same name. TypeError for invalid fields, and for
 * those that are not allowed in trailers either.
 */
export function setField(fields: string[], name: string, value: string): void {
	checkField(name, value, `Cannot add the field ${name} to a request`);
	const canonicalName = name.toLowerCase();
	for (let i = 0; i < fields.length; i += 2) {
		if ((fields[i] as string).toLowerCase() !== canonicalName) continue;
		fields[i + 1] = trimOWS(value);
		return;
	}
	fields.push(name, trimOWS(value));
}

/** The trailer section, with names as given. TypeError for fields that are not allowed in trailers. */
export function validTrailers(trailers: HeaderFields): FlatFields {
	const { fields, neverIndexed } = new HTTPHeaderMap(trailers).toFlat();
	for (let i = 0; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = fields[i + 1] as string;
		checkField(name, value, `Cannot send ${name} as a trailer`);
		fields[i + 1] = trimOWS(value);
	}
	return { fields, neverIndexed };
}

function checkField(name: string, value: string, refusal: string): void {
	checkName(name);
	checkSentValue(name, value);
	if (name.startsWith(':') || NOT_TRAILERS.has(name.toLowerCase())) throw new TypeError(refusal);
}

/** What the caller's fields specify. */
interface Head {
	method: string | null;
	scheme: string | null;
	/** From `:authority`, otherwise from Host. */
	authority: string | null;
	path: string | null;
	protocol: string | null;
	/** Without pseudo-header fields. */
	readonly fields: readonly string[];
	neverIndexed: ReadonlySet<number> | null;
	contentLength: number | null;
	expectsContinue: boolean;
	asksForChunks: boolean;
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
	asksForChunks: false,
};

function readHead(headers: HeaderFields): Head {
	const isMap = headers instanceof HTTPHeaderMap;
	const { fields, neverIndexed } = (isMap ? headers : new HTTPHeaderMap(headers)).toFlat();
	const head: Head = { ...NO_HEAD, fields };
	const marked: number[] = [];
	let hostAt = -1;
	// Removes pseudo-header fields from the array, which is a copy.
	let end = 0;
	for (let i = 0; i < fields.length; i += 2) {
		const name = fields[i] as string;
		const value = trimOWS(fields[i + 1] as string);
		// A header map may contain received fields, whose names were not checked.
		if (isMap) checkName(name);
		checkSentValue(name, value);
		const canonicalName = name.toLowerCase();
		if (canonicalName.startsWith(':')) {
			setPseudo(head, canonicalName, value);
			continue;
		}
		if (canonicalName === 'host') {
			if (hostAt >= 0) throw new TypeError('Cannot send the field Host twice');
			hostAt = end;
		} else if (canonicalName === 'content-length') {
			head.contentLength = readLength(head.contentLength, value);
		} else if (canonicalName === 'transfer-encoding') {
			if (value.toLowerCase() !== 'chunked') {
				throw new TypeError(`Cannot send transfer-encoding ${JSON.stringify(value)}: only chunked is supported`);
			}
			head.asksForChunks = true;
		} else if (canonicalName === 'expect') {
			head.expectsContinue ||= hasElement('expect', value, CONTINUE);
		}
		if (neverIndexed?.has(i >> 1)) marked.push(end >> 1);
		fields[end] = name;
		fields[end + 1] = value;
		end += 2;
	}
	fields.length = end;
	if (hostAt >= 0) {
		// RFC 9113 §8.3.1: Host must not differ from `:authority`.
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
		throw new TypeError(`Cannot send ${name}: a request has no such pseudo-header field`);
	}
	if (head[part] !== null) throw new TypeError(`Cannot send the field ${name} twice`);
	if (part === 'scheme' && !isScheme(value)) throw new TypeError(`${JSON.stringify(value)} is not a scheme`);
	// RFC 8441 §4: an HTTP upgrade token, which may have a version after a slash (RFC 9110 §7.8).
	if (part === 'protocol' && !value.split('/').every(isToken)) {
		throw new TypeError(`${JSON.stringify(value)} is not a protocol: it must be a token`);
	}
	head[part] = value;
}

/** Caches the last valid method and path, because a connection usually sends the same ones repeatedly. */
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

/** The path to send: without a fragment (RFC 9110 §7.1), non-ASCII as percent-encoded UTF-8 (URL Standard §4.4). */
function validPath(path: string): string {
	if (typeof path !== 'string') throw new TypeError(`Path must be a string, not ${describe(path)}`);
	lastTarget = PLAIN_PATH.test(path) ? path : urlPath(path);
	lastPath = path;
	return lastTarget;
}

/** A path that can be sent unchanged: visible ASCII without a number sign. */
const PLAIN_PATH = /^\/[!"$-~]*$/;
const NOT_ASCII = /[^\0-\x7f]+/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Leaves ASCII and existing percent-encodings unchanged. */
function urlPath(path: string): string {
	// `https://example.com?a` has the path `/`.
	const whole = path.startsWith('?') ? `/${path}` : path;
	if (!isPath(whole)) {
		throw new TypeError(
			`${JSON.stringify(path)} is not a path: it must begin with a slash and contain no spaces or control characters`,
		);
	}
	const [withoutFragment] = whole.split('#', 1) as [string];
	return withoutFragment.replace(NOT_ASCII, (text) => encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd')));
}

/** The target of CONNECT, from `:authority`, Host or the path: RFC 9113 §8.5, RFC 9112 §3.2.3. */
function tunnelAuthority(head: Head, path: string): string {
	if (head.scheme !== null || head.path !== null) {
		throw new TypeError(`Cannot send ${head.scheme === null ? ':path' : ':scheme'} with CONNECT`);
	}
	const authority = head.authority ?? path;
	if (isHostAndPort(authority)) return authority;
	throw new TypeError(`Cannot send CONNECT to ${JSON.stringify(authority)}: it is not a host and port`);
}

function checkedTrailers(trailers: Exclude<RequestOptions['trailers'], undefined>): RequestOptions['trailers'] {
	if (typeof trailers === 'function') return trailers;
	const { fields, neverIndexed } = validTrailers(trailers);
	// A copy, because later changes by the caller would not be checked.
	return HTTPHeaderMap.fromFlat(fields, neverIndexed);
}

function readLength(before: number | null, value: string): number {
	if (before !== null) throw new TypeError('Cannot send the field content-length twice');
	const length = readDigits(value);
	if (length < 0) throw new TypeError(`${JSON.stringify(value)} is not a content-length`);
	return length;
}

/** The length of the content; null if only the source knows it, and without content. RFC 9110 §8.6. */
function checkedLength({ contentLength }: Readonly<Head>, body: RequestBody | null, manual: boolean): number | null {
	if (contentLength === null) return body === null ? null : body.length;
	const actual = manual ? null : body === null ? 0 : body.length;
	if (actual === null || actual === contentLength) return contentLength;
	throw new TypeError(`Cannot send a body of ${actual} bytes with content-length ${contentLength}`);
}

/** The value of the field Priority (RFC 9218 §4), which both HTTP versions use; null for the default priority. */
export function priorityValue({ urgency, incremental }: Priority): string | null {
	const members = [...(urgency === undefined ? [] : [`u=${urgency}`]), ...(incremental ? ['i'] : [])];
	return members.length === 0 ? null : members.join(', ');
}

/** Adds a field unless the caller has given it. */
function withMissing(fields: readonly string[], name: string, value: string): readonly string[] {
	return hasField(fields, name.toLowerCase()) ? fields : [...fields, name, value];
}
