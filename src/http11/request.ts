// A request as the caller made it, with the framing of its content decided (RFC 9112 §6), ready to be sent, and to be
// sent again where that is possible.

import type { RequestBody } from '../body/request-body.ts';
import { hasField, withoutField } from '../fields/flat-fields.ts';
import { type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import {
	checkContentLength,
	openContent,
	priorityValue,
	type RequestOptions,
	requiredContentType,
} from '../message/request.ts';
import type { Origin } from '../net/origin.ts';
import { type RequestHead, readHead } from './request-fields.ts';
import type { UpgradeOffer } from './upgrade.ts';

export interface OutgoingRequest {
	readonly method: string;
	readonly path: string;
	readonly scheme: string;
	/** What Host says. */
	readonly authority: string;
	/** Names and values alternate. */
	readonly fields: readonly string[];
	readonly body: RequestBody | null;
	/** Content is sent in chunks; else as many octets as `declared` says. */
	readonly chunked: boolean;
	/** Octets that there must be; null when nobody has said. */
	readonly declared: number | null;
	readonly trailers: RequestOptions['trailers'];
	readonly onInformational: RequestOptions['onInformational'];
	/** Content comes by `send`, not from `body`. */
	readonly manual: boolean;
	readonly expectsContinue: boolean;
	readonly closes: boolean;
	/** What the server may switch to; null when it may not. */
	readonly upgrade: UpgradeOffer | null;
}

type Content = Pick<OutgoingRequest, 'body' | 'trailers' | 'onInformational' | 'manual' | 'upgrade'> & {
	length: number | null;
};

/** RFC 9110 §9.2.2: what has "the same intended effect" when it is done twice. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
/** Requests of other methods say how long their content is even when they have none: the platform sends chunks else. */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

/** Whether the request can be sent again now: what was read of its content is still there. */
export function canBeSentAgain({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.rereadable);
}

/** Whether a server that got it twice would do no more than one that got it once. */
export function isIdempotent({ method }: OutgoingRequest): boolean {
	return IDEMPOTENT.has(method);
}

/** TypeError for a method, a path, a field or a body that cannot be one. */
export function createRequest(
	method: string,
	path: string,
	origin: Origin,
	options: RequestOptions,
	upgrade: UpgradeOffer | null = null,
): OutgoingRequest {
	const content = openContent(method, options);
	const head = readHead({ method, path, scheme: origin.scheme, authority: origin.authority }, options.headers);
	const contentType = requiredContentType(content);
	if (contentType !== null && !hasField(head.fields, 'content-type')) head.fields.push('Content-Type', contentType);
	const priority = options.priority === undefined ? null : priorityValue(options.priority);
	if (priority !== null && !hasField(head.fields, 'priority')) head.fields.push('Priority', priority);
	if (head.contentLength !== null) checkContentLength(['content-length', String(head.contentLength)], content);
	const { trailers, onInformational } = options;
	return frame(head, { ...content, trailers, onInformational, manual: false, upgrade });
}

/** A request whose content is sent by hand. */
export function createManualRequest(
	method: string,
	path: string,
	origin: Origin,
	headers: HeaderFields,
): OutgoingRequest {
	const head = readHead({ method, path, scheme: origin.scheme, authority: origin.authority }, headers);
	const none = { body: null, length: null, trailers: undefined, onInformational: undefined, upgrade: null };
	return frame(head, { ...none, manual: true });
}

/** What frames or routes a message, or concerns its connection, cannot come behind it: RFC 9110 §6.5.1, §7.6.1. */
const NO_TRAILER =
	/^(?::.*|content-length|transfer-encoding|host|trailer|connection|keep-alive|proxy-connection|upgrade)$/i;

/** TypeError for what cannot stand behind content. */
export function trailerLines(trailers: HeaderFields): [name: string, value: string][] {
	const map = trailers instanceof HTTPHeaderMap ? trailers : new HTTPHeaderMap(trailers);
	return [...map.raw()].map(([name, value]) => {
		if (NO_TRAILER.test(name)) throw new TypeError(`Cannot send ${name} as a trailer`);
		return [name, value];
	});
}

function frame(head: RequestHead, { length, ...content }: Content): OutgoingRequest {
	const { method, path, scheme, authority, expectsContinue, closes, contentLength } = head;
	const hasContent = content.body !== null || content.manual;
	const unknown = hasContent && length === null && contentLength === null;
	const chunked = head.chunked || content.trailers !== undefined || unknown;
	const declared = contentLength ?? length ?? (hasContent || WITHOUT_CONTENT.has(method) ? null : 0);
	// RFC 9112 §6.2: no content-length "in any message that contains a Transfer-Encoding header field".
	const framing = chunked
		? ['Transfer-Encoding', 'chunked']
		: declared === null
			? []
			: ['Content-Length', `${declared}`];
	// Trailer announces what only chunks can have.
	const fields = chunked ? head.fields : withoutField(head.fields, 'trailer');
	fields.push(...framing);
	return {
		...content,
		method,
		path,
		scheme,
		authority,
		fields,
		chunked,
		declared,
		expectsContinue,
		closes,
	};
}
