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
 * A connection that speaks HTTP/1.1 only. Requests wait for their turn: one at a time is on the connection, and the next
 * one goes when the response before it has been read, or fits into memory. Making a connection does no I/O.
 *
 * @example
 * const conn = new HTTP11Connection('http://example.com');
 * const response = await conn.roundTrip('GET', '/');
 * console.log(response.status, response.reason, await response.text());
 * await conn.close();
 */
export class HTTP11Connection extends ConnectionBase<HTTP11Response, null> {
	readonly version = 'HTTP/1.1';

	/** TypeError for a malformed host, RangeError or TypeError for options that cannot be. `transports` is internal. */
	constructor(host: string, options: ConnectionOptions = {}, transports?: Pick<TransportSource, 'dialForHTTP1'>) {
		const resolved = resolveOptions(host, options, 'HTTP/1.1');
		super(resolved, new HTTP11WireSource(resolved, transports));
	}

	/** HTTP/1.1 has no stream ids to ask for another response than the oldest. */
	override async getResponse(streamId?: number | null): Promise<HTTP11Response> {
		if ((streamId ?? null) === null) return super.getResponse();
		throw new LocalProtocolError(`Cannot get the response of stream ${streamId}: only HTTP/2 has stream ids`);
	}

	/** HTTP/1.1 has no stream ids to send on. */
	override async send(
		data: RequestBodyInit,
		options: { final?: boolean } = {},
		streamId?: number | null,
	): Promise<void> {
		if ((streamId ?? null) === null) return super.send(data, options);
		throw new LocalProtocolError(`Cannot send content on stream ${streamId}: only HTTP/2 has stream ids`);
	}

	/** None: HTTP/1.1 has no push. */
	getPushes(_streamId?: number | null, options: { captureAll?: boolean } = {}): AsyncIterableIterator<never> {
		checkPushOptions(options);
		return noPushes();
	}

	/** Rejects: HTTP/1.1 has no PING. */
	override async ping(_opaque?: Uint8Array | string): Promise<number> {
		throw new LocalProtocolError('Cannot send PING: HTTP/1.1 has none');
	}
}

export async function* noPushes(): AsyncGenerator<never, void> {}
