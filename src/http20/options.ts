// What HTTP/2 makes of the options of a connection.

import type { ConnectionOptions } from '../connection/options.ts';
import { encodeSettings, type Settings } from '../session/settings.ts';

/** Those of all connections; HTTP/2 is what this one speaks, so nothing else can be forced. */
export interface HTTP20ConnectionOptions extends ConnectionOptions {
	forceProtocol?: 'h2';
}

/** Tokens of drafts that hyper offered; a server that picks one speaks what has become HTTP/2. */
const H2_TOKENS: ReadonlySet<string> = new Set(['h2', 'h2-16', 'h2-15', 'h2-14']);

export function speaksH2(alpn: string | null): boolean {
	return alpn !== null && H2_TOKENS.has(alpn);
}

/** Our SETTINGS as the field HTTP2-Settings has them: RFC 7540 §3.2.1, the payload of the frame as base64url. */
export function upgradeSettings(settings: Partial<Settings>): string {
	const base64 = btoa(String.fromCharCode(...encodeSettings(settings)));
	return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
