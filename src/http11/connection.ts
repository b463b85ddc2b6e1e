// HTTP11Connection: one origin over HTTP/1.1, as its users see it.

import { LocalProtocolError } from '../base/errors.ts';
import type { RequestBodyInit } from '../body/request-body.ts';
import { checkPushOptions } from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../connection/options.ts';
import type { HTTP11Response } from '../message/response.ts';
import type { TransportSource } from '../net/connector.ts';
import { HTTP11WireSource } from './wire-source.ts';

/**
 * A connection that speaks only HTTP/1.1. It sends one request at a time; the next one follows once the response has been
 * read, or buffered up to 16 MiB. The constructor does no I/O.
 *
 * @example
 * const conn = new HTTP11Connection('http://example.com');
 * const response = await conn.roundTrip('GET', '/');
 * console.log(response.status, response.reason, await response.text());
 * await conn.close();
 */
export class HTTP11Connection extends ConnectionBase<HTTP11Response, null> {
	readonly version = 'HTTP/1.1';

	/** Throws TypeError for a malformed host, TypeError or RangeError for invalid options. `transports` is internal. */
	constructor(host: string, options: ConnectionOptions = {}, transports?: Pick<TransportSource, 'dialForHTTP1'>) {
		const resolved = resolveOptions(host, options, 'HTTP/1.1');
		super(resolved, new HTTP11WireSource(resolved, transports));
	}

	/** The oldest response that was not taken. Rejects if given a stream id, which HTTP/1.1 does not have. */
	override async getResponse(streamId?: number | null): Promise<HTTP11Response> {
		if ((streamId ?? null) === null) return super.getResponse();
		throw new LocalProtocolError(`Cannot get the response of stream ${streamId}: only HTTP/2 has stream ids`);
	}

	/** As on every connection, but rejects if given a stream id, which HTTP/1.1 does not have. */
	override async send(
		data: RequestBodyInit,
		options: { final?: boolean } = {},
		streamId?: number | null,
	): Promise<void> {
		if ((streamId ?? null) === null) return super.send(data, options);
		throw new LocalProtocolError(`Cannot send content on stream ${streamId}: only HTTP/2 has stream ids`);
	}

	/** Yields nothing, because HTTP/1.1 has no push. */
	getPushes(_streamId?: number | null, options: { captureAll?: boolean } = {}): AsyncIterableIterator<never> {
		checkPushOptions(options);
		return noPushes();
	}

	/** Rejects with LocalProtocolError, because HTTP/1.1 has no PING. */
	override async ping(_opaque?: Uint8Array | string): Promise<number> {
		throw new LocalProtocolError('Cannot send PING: only HTTP/2 has PING');
	}
}

export async function* noPushes(): AsyncGenerator<never, void> {}
