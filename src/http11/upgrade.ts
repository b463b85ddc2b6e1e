// Upgrading an open connection from HTTP/1.1 to HTTP/2 (RFC 7540 §3.2): what we offer, which requests carry the offer,
// and whether the server accepted.

import type { PendingRequest } from '../connection/pending-request.ts';
import type { Wire, WireOwner } from '../connection/wire.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { fieldValues, hasField } from '../fields/flat-fields.ts';
import { isSafe, type OutgoingRequest } from '../message/request.ts';
import type { Transport } from '../runtime/transport.ts';

/** Sent with each request of one connection that can carry it, until the server has answered one of them. */
export interface UpgradeOffer {
	/** The payload of our SETTINGS as base64url, for HTTP2-Settings. */
	readonly settings: string;
	/** Milliseconds that a request with the offer waits for the first byte: less than the caller waits for the response. */
	readonly wait: number;
	/** Called when a request is sent without the offer. */
	onWithheld(): void;
	/** Called when the server does not accept. */
	onDeclined(): void;
	/** Called when the caller, or a timeout, ends a request with the offer before the server has answered it. */
	onGivenUp(reason: unknown): void;
	/** Called when the server has switched. Creates an HTTP/2 wire on the transport, with `pending` as stream 1. */
	adopt(transport: Transport, pending: PendingRequest, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire;
}

/**
 * The most milliseconds that a request with the offer waits for the first byte. RFC 7540 §3.2: a server sends the 101 before it
 * works on the request, so even a slow one that accepts answers at once.
 */
export const OFFER_WAIT = 1000;

/** Fields that prevent the offer, because the content waits or is chunked, or the caller asks for another upgrade. */
const NOT_AT_ONCE: readonly string[] = ['expect', 'transfer-encoding', 'upgrade'];

/**
 * Whether a request can carry the offer. All of its content must be sent before the response is read, and its method must
 * be safe (RFC 9110 §9.2.1), because the request is sent again if the server cannot cope with the offer.
 */
export function canOfferUpgrade(request: OutgoingRequest): boolean {
	const { body, trailers, manual, fields } = request;
	if (!isSafe(request) || manual || trailers !== undefined) return false;
	return (body === null || body.bytes !== null) && !NOT_AT_ONCE.some((name) => hasField(fields, name));
}

/**
 * Whether a response with this status may be about the offer instead of the request. The WebSocket listeners of Node's
 * servers answer 400 or 405, firewalls 403, proxies whose upstream hangs up 502.
 */
export function mayRefuseOffer(status: number): boolean {
	return status >= 500 || status === 400 || status === 403 || status === 405 || status === 426;
}

export function upgradeFields({ settings }: Pick<UpgradeOffer, 'settings'>): string[] {
	return ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', settings];
}

/** Whether the fields of a 101 response switch to h2c. Names and values alternate. */
export function switchesToH2C(fields: readonly string[]): boolean {
	return hasToken(fields, 'connection', 'upgrade') && hasToken(fields, 'upgrade', 'h2c');
}

/** Connection and Upgrade are lists of case-insensitive tokens: RFC 9110 §7.6.1, §7.8. */
function hasToken(fields: readonly string[], name: string, token: string): boolean {
	const tokens = fieldValues(fields, name).join(',').split(',');
	return tokens.some((each) => each.trim().toLowerCase() === token);
}
