// The platform's HTTP/1.1, which is node:http wherever there is one. Apart from runtime.ts, so that the types of the package
// need none of Node's.

import type { Duplex } from 'node:stream';
import type { Runtime } from './runtime.ts';
import type { Transport } from './transport.ts';

/** The platform's client for HTTP/1.1, over pipes that we have opened. */
export interface HTTP1Platform {
	readonly http: typeof import('node:http');
	/** A stream over the pipe, which nobody else may start. `release` gives it back, with what was read and not taken. */
	toDuplex(transport: Transport): TransportDuplex;
}

export interface TransportDuplex extends Duplex {
	/** Ends this stream without closing the pipe, once all that was written to it has been passed on. */
	release(): Promise<Transport>;
}

/** LocalProtocolError where the platform has none. */
export function http1Of(runtime: Pick<Runtime, 'http1'>): HTTP1Platform {
	return runtime.http1() as HTTP1Platform;
}
