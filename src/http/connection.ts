// HTTPConnection: one origin over the best version of HTTP that its server speaks. Which one that is is found out each
// time that the connection is opened (negotiation.ts).

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
 * A connection that speaks HTTP/2 or HTTP/1.1, as its server can. Over TLS the server chooses by ALPN; in plaintext the
 * first request asks for HTTP/2 by Upgrade, and others wait for the answer. Making one does no I/O.
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

	/** TypeError for a malformed host, RangeError or TypeError for options that cannot be. */
	constructor(host: string, options: ConnectionOptions = {}) {
		const resolved = resolveOptions(host, options, null);
		const source = createSource(resolved);
		super(resolved, source);
		this.#source = source;
	}

	/** What is spoken; null while that is not known: before the first connection, in plaintext before the first response. */
	get version(): HTTPVersion | null {
		return this.#source.version;
	}

	/** Pushes that belong to a request: HTTP20Connection.getPushes says which. None on HTTP/1.1. */
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
	if (options.forceProtocol === 'h2') return new HTTP20WireSource(options);
	return options.forceProtocol === 'http/1.1' ? new HTTP11WireSource(options) : new NegotiatingWireSource(options);
}
