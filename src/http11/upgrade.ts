// From HTTP/1.1 to HTTP/2 on the connection that is there: RFC 7540 §3.2. What is offered, by which requests, and
// whether the server agreed.

import { TimeoutError } from '../base/errors.ts';
import { PendingRequest } from '../connection/pending-request.ts';
import { fieldValues, hasField } from '../fields/flat-fields.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { ResponseSink } from '../message/response-sink.ts';

/** Goes with requests until one has its answer. */
export interface UpgradeOffer {
	/** The payload of our SETTINGS as base64url, for HTTP2-Settings. */
	readonly settings: string;
	/** Of the origin, for a request of our own. */
	readonly authority: string;
	/** The server has answered in HTTP/1.1. */
	onDeclined(): void;
}

/** Fields of requests whose content waits, goes in chunks, or that ask for an upgrade themselves. */
const NOT_AT_ONCE: readonly string[] = ['expect', 'transfer-encoding', 'upgrade'];
/** How much of the response to a request of our own is read, so that the connection can go on. */
const PROBE_BYTES = 65_536;

/** Whether a request can carry the offer: its content must be sent whole before the answer is read. */
export function canOfferUpgrade({ method, body, trailers, manual, fields }: OutgoingRequest): boolean {
	if (method === 'CONNECT' || manual || trailers !== undefined || NOT_AT_ONCE.some((name) => hasField(fields, name)))
		return false;
	return body === null || body.bytes !== null;
}

export function upgradeFields(offer: UpgradeOffer): string[] {
	return ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', offer.settings];
}

/** Whether the fields of a 101 switch to h2c; names and values alternate. */
export function switchesToH2C(fields: readonly string[]): boolean {
	return hasToken(fields, 'connection', 'upgrade') && hasToken(fields, 'upgrade', 'h2c');
}

/**
 * A request of our own that carries the offer for one that cannot: it has no content and changes nothing. What is wrong
 * with its response is no fault of the request that waits, unless there is none.
 */
export function upgradeProbe(waiting: PendingRequest, authority: string, now: number): PendingRequest {
	const { scheme, path } = waiting.request;
	const request: OutgoingRequest = { ...NO_CONTENT, method: 'OPTIONS', scheme, authority, path: path || '*' };
	let unread = PROBE_BYTES;
	let isAnswered = false;
	const sink: ResponseSink = {
		onHead: () => {
			isAnswered = true;
		},
		onContent: (bytes) => {
			unread -= bytes.length;
			if (unread < 0) probe.abort();
		},
		onError: (error) => {
			if (waiting.state !== 'waiting') return;
			if (!isAnswered || error instanceof TimeoutError) waiting.cancel(error);
		},
	};
	const probe = new PendingRequest(request, now, sink);
	return probe;
}

/** Both are lists of case-insensitive tokens: RFC 9110 §7.6.1, §7.8. */
function hasToken(fields: readonly string[], name: string, token: string): boolean {
	const tokens = fieldValues(fields, name).join(',').split(',');
	return tokens.some((each) => each.trim().toLowerCase() === token);
}

const NO_CONTENT = {
	protocol: null,
	fields: [],
	neverIndexed: null,
	body: null,
	contentLength: null,
	trailers: undefined,
	onInformational: undefined,
	manual: false,
	expectsContinue: false,
};
