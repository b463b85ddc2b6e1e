// The platform's HTTP/1.1 client: node:http, where it exists. Separate from runtime.ts so that the public types do not
// depend on Node's.
import type { Duplex } from 'node:stream';
import type { Runtime } from './runtime.ts';
import type { Transport } from './transport.ts';

/** The platform's HTTP/1.1 client, and what it needs to run over a Transport. */
export interface HTTP1Platform {
	readonly ClientRequest: typeof import('node:http').ClientRequest;
	/** The limit of `--max-http-header-size` in bytes, if it is stricter than the platform's default. */
	readonly maxHeaderSize: number | null;
	/**
	 * Makes a stream of a transport that is not started. `filter` returns what is read of the bytes that arrive. `release`
	 * returns the transport, with bytes that were not read.
	 */
	toDuplex(transport: Transport, filter?: (bytes: Uint8Array) => Uint8Array): TransportDuplex;
}

export type IncomingMessage = import('node:http').IncomingMessage;

export interface TransportDuplex extends Duplex {
	/** Set to true by each write of which the transport may have sent bytes. */
	hasSent: boolean;
	/** Whether to stop reading from the transport, whatever a consumer of this stream asks for. */
	hold(on: boolean): void;
	/** Flushes what was written, then ends this stream without closing the transport. */
	release(): Promise<Transport>;
}

/** LocalProtocolError if the platform has no HTTP/1.1 client. */
export function http1Of(runtime: Pick<Runtime, 'http1'>): HTTP1Platform {
	return runtime.http1() as HTTP1Platform;
}
