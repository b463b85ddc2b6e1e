// From HTTP/1.1 to HTTP/2 on the connection that is there: RFC 7540 §3.2. What is asked, and whether it was agreed to.

import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { fieldValues } from '../fields/flat-fields.ts';
import type { InformationalResponse } from '../message/response.ts';
import type { Transport } from '../runtime/transport.ts';
import type { HTTP11Response } from './response.ts';

/** Goes with a request for which nothing but this makes sense of a 101. */
export interface UpgradeOffer {
	/** The payload of our SETTINGS as base64url, for HTTP2-Settings. */
	readonly settings: string;
}

/** The server speaks HTTP/2 from now on, and answers the request on stream 1. */
export interface Upgraded {
	readonly upgraded: 'h2c';
	/** What came before the 101. */
	readonly informational: readonly InformationalResponse[];
	/** Begins with what followed the head of the 101. Nobody has started it; it is the caller's. */
	readonly transport: Transport;
	/** Told of the connection so far, and that it is open as HTTP/2; to be told of the rest. */
	readonly diagnostics: ConnectionDiagnostics;
}

/** An ordinary response when the server has declined. */
export type UpgradeOutcome = Upgraded | HTTP11Response;

export function isUpgraded(outcome: UpgradeOutcome): outcome is Upgraded {
	return 'upgraded' in outcome;
}

/** Names and values alternate. */
export function upgradeFields(offer: UpgradeOffer | null): string[] {
	if (offer === null) return [];
	return ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', offer.settings];
}

/** Whether the fields of a 101 switch to h2c; names and values alternate. */
export function switchesToH2C(fields: readonly string[]): boolean {
	return hasToken(fields, 'connection', 'upgrade') && hasToken(fields, 'upgrade', 'h2c');
}

/** Both are lists of case-insensitive tokens: RFC 9110 §7.6.1, §7.8. */
function hasToken(fields: readonly string[], name: string, token: string): boolean {
	const tokens = fieldValues(fields, name).join(',').split(',');
	return tokens.some((each) => each.trim().toLowerCase() === token);
}
