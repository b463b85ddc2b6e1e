// Upgrading an open connection from HTTP/1.1 to HTTP/2 (RFC 7540 §3.2): what we offer, which requests carry the offer,
// and whether the server accepted.

import { TimeoutError } from '../base/errors.ts';
import { PendingRequest } from '../connection/pending-request.ts';
import type { Wire, WireOwner } from '../connection/wire.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { fieldValues, hasField } from '../fields/flat-fields.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { ResponseSink } from '../message/response-sink.ts';
import type { Transport } from '../runtime/transport.ts';

/** Sent with each request of one connection until the server has answered one of them. */
export interface UpgradeOffer {
	/** The payload of our SETTINGS as base64url, for HTTP2-Settings. */
	readonly settings: string;
	/** The authority of the origin, for the probe. */
	readonly authority: string;
	/** Called when the server answers in HTTP/1.1. */
	onDeclined(): void;
	/** Called when the server has switched. Creates an HTTP/2 wire on the transport, with `pending` as stream 1. */
	adopt(transport: Transport, pending: PendingRequest, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire;
}

/** Fields that prevent the offer, because the content waits or is chunked, or the caller asks for another upgrade. */
const NOT_AT_ONCE: readonly string[] = ['expect', 'transfer-encoding', 'upgrade'];
/** How much of the response to a probe we read to keep its connection usable. */
const PROBE_BYTES = 65_536;

/** Whether a request can carry the offer: all of its content must be sent before the response is read. */
export function canOfferUpgrade({ method, body, trailers, manual, fields }: OutgoingRequest): boolean {
	if (method === 'CONNECT' || manual || trailers !== undefined || NOT_AT_ONCE.some((name) => hasField(fields, name)))
		return false;
	return body === null || body.bytes !== null;
}

export function upgradeFields({ settings }: Pick<UpgradeOffer, 'settings'>): string[] {
	return ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', settings];
}

/** Whether the fields of a 101 response switch to h2c. Names and values alternate. */
export function switchesToH2C(fields: readonly string[]): boolean {
	return hasToken(fields, 'connection', 'upgrade') && hasToken(fields, 'upgrade', 'h2c');
}

/**
 * An OPTIONS request that carries the offer in place of a request that cannot; it has no content and changes nothing. If
 * it gets no response, the waiting request fails as well; a response that breaks off does not matter. If the waiting
 * request closes before there is a response, the OPTIONS request is aborted.
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
			if (!isAnswered || error instanceof TimeoutError) waiting.abort(error);
		},
	};
	const probe = new PendingRequest(request, now, sink);
	// Otherwise later requests would wait for a response that is no longer needed.
	waiting.onEnded = () => {
		if (waiting.sentAt === null && !isAnswered && probe.failure === null) probe.abort();
	};
	return probe;
}

/** Connection and Upgrade are lists of case-insensitive tokens: RFC 9110 §7.6.1, §7.8. */
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
