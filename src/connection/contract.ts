// What every connection is, whichever version of HTTP it speaks: all that a pool, an adapter or a load generator needs.
// Implemented by HTTP20Connection, HTTP11Connection and HTTPConnection.

import type { HTTPVersion } from '../base/version.ts';
import type { RequestOptions } from '../message/request.ts';
import type { HTTPResponse } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';

/**
 * `idle`: nothing is open; the next request dials. `open`: takes requests. `draining`: what runs goes on, and requests
 * from now on dial anew. `closed`: `close` was called; a request opens the connection again.
 */
export type ConnectionState = 'idle' | 'open' | 'draining' | 'closed';

export interface CloseOptions {
	/** The code of our GOAWAY. */
	errorCode?: number;
	/** Requests that run are waited for instead of reset. */
	drain?: boolean;
}

/** A request for `dispatch`. */
export interface DispatchRequest extends RequestOptions {
	method: string;
	path: string;
}

/** Controls a request that was dispatched. */
export interface DispatchControl {
	/** Content is no longer delivered, and the peer gets no window for it. */
	pause(): void;
	resume(): void;
	/** Ends the request; its sink gets the reason by `onError`, an AbortError unless one is given. Without effect after the end. */
	abort(reason?: unknown): void;
}

export interface Connection {
	readonly host: string;
	readonly port: number;
	readonly secure: boolean;
	/** Null while it is not known. */
	readonly version: HTTPVersion | null;
	/** Requests that are open. */
	readonly streams: number;
	readonly state: ConnectionState;
	/** How many requests it would take now without keeping one waiting; 0 while it is draining or closed. */
	readonly capacity: number;
	/** Called after anything that may have changed `state` or `capacity`. */
	onChange: (() => void) | null;
	connect(): Promise<void>;
	roundTrip(method: string, path: string, options?: RequestOptions): Promise<HTTPResponse>;
	dispatch(request: DispatchRequest, sink: ResponseSink): DispatchControl;
	close(options?: CloseOptions): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}
