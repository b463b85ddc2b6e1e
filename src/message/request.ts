// What a caller asks for, whichever version of HTTP carries it, and the content that goes with it. RFC 9110 §6.4, §8.6.

import { LocalProtocolError } from '../base/errors.ts';
import { openBody, type RequestBody, type RequestBodyInit } from '../body/request-body.ts';
import type { HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';

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

export interface RequestContent {
	readonly body: RequestBody | null;
	/** In octets; null when it is not known, or when there is no content that the request had to speak of. */
	readonly length: number | null;
}

/** Methods whose requests say that they have no content by a content-length of 0: RFC 9110 §8.6. */
const ANTICIPATES_CONTENT = new Set(['POST', 'PUT', 'PATCH']);

/** TypeError for a body that cannot be one. */
export function openContent(method: string, { body: init, trailers }: RequestOptions): RequestContent {
	const body = openBody(init);
	if (body !== null) return { body, length: body.length };
	return { body, length: trailers === undefined && ANTICIPATES_CONTENT.has(method) ? 0 : null };
}

/** The content-type that a body needs and nobody else can know: the boundary of a form. Null for others. */
export function requiredContentType({ body }: RequestContent): string | null {
	return body?.contentType?.startsWith('multipart/form-data') ? body.contentType : null;
}

/** The field that says so (RFC 9218 §4), which holds on every version; null for what goes without saying. */
export function priorityValue({ urgency, incremental }: Priority): string | null {
	if (urgency !== undefined && !(Number.isInteger(urgency) && urgency >= 0 && urgency <= 7)) {
		throw new RangeError(`priority.urgency is ${urgency}, must be an integer from 0 to 7`);
	}
	const members = [...(urgency === undefined ? [] : [`u=${urgency}`]), ...(incremental ? ['i'] : [])];
	return members.length === 0 ? null : members.join(', ');
}

/** A request whose content-length is not that of its content is malformed. Names in lower case, values in between. */
export function checkContentLength(fields: readonly string[], { body, length }: RequestContent): void {
	if (body !== null && length === null) return;
	const actual = length ?? 0;
	for (let i = 0; i < fields.length; i += 2) {
		if (fields[i] !== 'content-length' || Number(fields[i + 1]) === actual) continue;
		throw new LocalProtocolError(`Cannot send ${actual} octets of body with content-length ${fields[i + 1]}`);
	}
}
