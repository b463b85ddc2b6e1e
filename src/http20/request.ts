// A request as the caller made it, ready to be sent, and to be sent again where that is possible.

import { openBody, type RequestBody, type RequestBodyInit } from '../body.ts';
import { LocalProtocolError } from '../errors.ts';
import type { HeaderFields, HTTPHeaderMap } from '../headers.ts';
import { type FlatFields, requestFields } from './request-fields.ts';

export interface RequestOptions {
	/** Content-length is set whenever the length is known. */
	body?: RequestBodyInit | null;
	headers?: HeaderFields;
	/** A trailer section to end the request with; a function is called once the body is sent. */
	trailers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>);
	/** Ends the request, also before it is sent and while the response is read; rejects with `signal.reason`. */
	signal?: AbortSignal;
	/** Called for each 1xx response, in order, before the final one. */
	onInformational?: (status: number, headers: HTTPHeaderMap) => void;
}

export interface OutgoingRequest extends FlatFields {
	readonly method: string;
	readonly body: RequestBody | null;
	readonly trailers: RequestOptions['trailers'];
	readonly onInformational: RequestOptions['onInformational'];
	/** Content comes by `send`, not from `body`. */
	readonly manual: boolean;
}

/** Whether the request can be sent a second time: its content is still to be had then. */
export function isReplayable({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.replayable);
}

/** Methods whose requests say that they have no content by a content-length of 0: RFC 9110 §8.6. */
const ANTICIPATES_CONTENT = new Set(['POST', 'PUT', 'PATCH']);

/** TypeError for a method, a field or a body that cannot be one. */
export function createRequest(
	method: string,
	scheme: string,
	authority: string,
	path: string,
	options: RequestOptions,
): OutgoingRequest {
	const body = openBody(options.body);
	let length: number | null = body === null ? null : body.length;
	if (body === null && options.trailers === undefined && ANTICIPATES_CONTENT.has(method)) length = 0;
	const { fields, neverIndexed } = requestFields(method, scheme, authority, path, options.headers, length);
	// Nobody else can know the boundary.
	if (body?.contentType?.startsWith('multipart/form-data') && !fields.includes('content-type')) {
		fields.push('content-type', body.contentType);
	}
	if (body === null || length !== null) checkContentLength(fields, length ?? 0);
	return {
		method,
		fields,
		neverIndexed,
		body,
		trailers: options.trailers,
		onInformational: options.onInformational,
		manual: false,
	};
}

/** §8.1.1: a request whose content-length is not that of its content is malformed. */
function checkContentLength(fields: readonly string[], length: number): void {
	for (let i = 0; i < fields.length; i += 2) {
		if (fields[i] !== 'content-length' || Number(fields[i + 1]) === length) continue;
		throw new LocalProtocolError(`Cannot send ${length} octets of body with content-length ${fields[i + 1]}`);
	}
}

/** A request whose content is sent by hand. */
export function createManualRequest(
	method: string,
	scheme: string,
	authority: string,
	path: string,
	headers: HTTPHeaderMap,
): OutgoingRequest {
	const section = requestFields(method, scheme, authority, path, headers, null);
	return { ...section, method, body: null, trailers: undefined, onInformational: undefined, manual: true };
}
