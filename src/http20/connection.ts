// HTTP20Connection: one origin over HTTP/2, as its users see it.

import { checkPushOptions } from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../connection/options.ts';
import type { HTTP20Response } from '../message/response.ts';
import type { TransportSource } from '../net/connector.ts';
import { INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import type { HTTP20Push, PushOptions } from './push.ts';
import { HTTP20WireSource } from './wire-source.ts';

/** The options of all connections, except that only HTTP/2 can be forced. */
export interface HTTP20ConnectionOptions extends ConnectionOptions {
	forceProtocol?: 'h2';
}

/**
 * A connection that speaks only HTTP/2: by ALPN over TLS, or with prior knowledge in plaintext. The constructor does no I/O.
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

	/** Throws TypeError for a malformed host, TypeError or RangeError for invalid options. `transports` is internal. */
	constructor(host: string, options: HTTP20ConnectionOptions = {}, transports?: Pick<TransportSource, 'dial'>) {
		const resolved = resolveOptions(host, options, 'HTTP/2');
		const source = new HTTP20WireSource(resolved, transports);
		super(resolved, source);
		this.#source = source;
	}

	/** The server's SETTINGS; the protocol's initial values until they arrive. */
	override get remoteSettings(): Readonly<Settings> {
		return super.remoteSettings ?? INITIAL_SETTINGS;
	}

	/**
	 * The pushes of the request with this id; without an id, of the oldest request whose response was not taken, otherwise of
	 * the one taken last. Yields the promises received so far; with `captureAll`, also waits for more until the response has
	 * ended. Yields each push once. Throws LocalProtocolError without the option `enablePush`, and for an unknown request.
	 */
	getPushes(streamId?: number | null, options: PushOptions = {}): AsyncIterableIterator<HTTP20Push> {
		checkPushOptions(options);
		const { captureAll = false } = options;
		return this.#source.getPushes(streamId ?? null, this.requestOf(streamId), captureAll);
	}
}
