// HTTPConnection: one origin over the best version of HTTP that its server speaks, which is negotiated each
// time the connection is opened (negotiation.ts).

import { LocalProtocolError } from '../base/errors.ts';
import type { HTTPVersion } from '../base/version.ts';
import { checkPushOptions } from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from '../connection/options.ts';
import { noPushes } from '../http11/connection.ts';
import { HTTP11WireSource } from '../http11/wire-source.ts';
import type { HTTP20Push, PushOptions } from '../http20/push.ts';
import { HTTP20WireSource } from '../http20/wire-source.ts';
import type { HTTPResponse } from '../message/response.ts';
import { NegotiatingWireSource } from './negotiation.ts';

type Source = HTTP20WireSource | HTTP11WireSource | NegotiatingWireSource;

/**
 * A connection that speaks HTTP/2 if the server does, otherwise HTTP/1.1. Over TLS the server chooses by ALPN. In plaintext
 * it speaks HTTP/1.1, unless the option `h2c` asks for HTTP/2. The constructor does no I/O.
 *
 * @example
 * const conn = new HTTPConnection('nghttp2.org');
 * await conn.request('GET', '/httpbin/get');
 * const response = await conn.getResponse();
 * console.log(conn.version, response.status, await response.text());
 * await conn.close();
 */
export class HTTPConnection extends ConnectionBase<HTTPResponse, number | null> {
	readonly #source: Source;

	/** Throws TypeError for a malformed host, TypeError or RangeError for invalid options. */
	constructor(host: string, options: ConnectionOptions = {}) {
		const resolved = resolveOptions(host, options, null);
		const source = createSource(resolved);
		super(resolved, source);
		this.#source = source;
	}

	/** The version; null before the first TLS handshake or, with `h2c: 'upgrade'`, before the first response. */
	get version(): HTTPVersion | null {
		return this.#source.version;
	}

	/** The pushes of a request, as HTTP20Connection.getPushes yields them; none on HTTP/1.1. */
	getPushes(streamId?: number | null, options: PushOptions = {}): AsyncIterableIterator<HTTP20Push> {
		checkPushOptions(options);
		const { captureAll = false } = options;
		const parent = this.requestOf(streamId);
		if (this.version === 'HTTP/1.1') return noPushes();
		if (this.version === null) throw new LocalProtocolError('Cannot get pushes: no request was sent');
		const http20 = this.#source instanceof NegotiatingWireSource ? this.#source.http20 : this.#source;
		return (http20 as HTTP20WireSource).getPushes(streamId ?? null, parent, captureAll);
	}
}

function createSource(options: ResolvedOptions): Source {
	const { forceProtocol, h2c, origin } = options;
	if (forceProtocol === 'h2' || (h2c === 'prior-knowledge' && !origin.secure)) return new HTTP20WireSource(options);
	if (forceProtocol === 'http/1.1' || (h2c === false && !origin.secure)) return new HTTP11WireSource(options);
	return new NegotiatingWireSource(options);
}
