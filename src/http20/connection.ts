// HTTP20Connection: one origin over HTTP/2, as its users see it.

import { checkPushOptions } from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../connection/options.ts';
import type { HTTP20Response } from '../message/response.ts';
import type { TransportSource } from '../net/connector.ts';
import { INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import type { HTTP20Push, PushOptions } from './push.ts';
import { HTTP20WireSource } from './wire-source.ts';

/** Those of all connections; HTTP/2 is what this one speaks, so nothing else can be forced. */
export interface HTTP20ConnectionOptions extends ConnectionOptions {
	forceProtocol?: 'h2';
}

/**
 * A connection that speaks HTTP/2 only: by ALPN over TLS, or with prior knowledge in plaintext. Making one does no I/O.
 *
 * @example
 * const conn = new HTTP20Connection('nghttp2.org');
 * const response = await conn.roundTrip('GET', '/httpbin/get');
 * console.log(response.status, await response.json());
 * await conn.close();
 */
export class HTTP20Connection extends ConnectionBase<HTTP20Response, number> {
	readonly version = 'HTTP/2';
	readonly #source: HTTP20WireSource;

	/** TypeError for a malformed host, RangeError or TypeError for options that cannot be. `transports` is internal. */
	constructor(host: string, options: HTTP20ConnectionOptions = {}, transports?: Pick<TransportSource, 'dial'>) {
		const resolved = resolveOptions(host, options, 'HTTP/2');
		const source = new HTTP20WireSource(resolved, transports);
		super(resolved, source);
		this.#source = source;
	}

	/** The server's SETTINGS; the protocol's initial values before they come. */
	override get remoteSettings(): Readonly<Settings> {
		return super.remoteSettings ?? INITIAL_SETTINGS;
	}

	/**
	 * Pushes that came with a request; without an id, the oldest one whose response was not taken, or else the one whose
	 * response was taken last. Without `captureAll` what has come so far, and no waiting; with it until the response has
	 * ended. Each push is given once. LocalProtocolError without the option `enablePush`, and for a request that is unknown.
	 */
	getPushes(streamId?: number | null, options: PushOptions = {}): AsyncIterableIterator<HTTP20Push> {
		checkPushOptions(options);
		const { captureAll = false } = options;
		return this.#source.getPushes(streamId ?? null, this.requestOf(streamId), captureAll);
	}
}
