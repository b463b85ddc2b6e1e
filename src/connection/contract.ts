// The interface of connections of every HTTP version: all that a pool, an adapter or a load generator needs.
// Implemented by HTTP20Connection, HTTP11Connection and HTTPConnection.

import type { HTTPVersion } from '../base/version.ts';
import type { RequestOptions } from '../message/request.ts';
import type { HTTPResponse } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';

/**
 * `idle`: nothing is open; the next request dials. `open`: takes requests. `draining`: open requests continue, and new
 * ones open another connection. `closed`: `close` was called; the next request opens the connection again.
 */
export type ConnectionState = 'idle' | 'open' | 'draining' | 'closed';

export interface CloseOptions {
	/** The error code of our GOAWAY. Default: NO_ERROR. */
	errorCode?: number;
	/** Whether to wait for open requests instead of resetting them. */
	drain?: boolean;
}

/** The argument of `dispatch` that describes the request. */
export interface DispatchRequest extends RequestOptions {
	method: string;
	path: string;
}

/** Controls a dispatched request. */
export interface DispatchControl {
	/** Stops the delivery of content, so that the peer gets no more window for it. */
	pause(): void;
	resume(): void;
	/** Ends the request; the sink's `onError` gets the reason, by default an AbortError. No effect after the end. */
	abort(reason?: unknown): void;
}

export interface Connection {
	readonly host: string;
	readonly port: number;
	readonly secure: boolean;
	/** Null while the version is unknown. */
	readonly version: HTTPVersion | null;
	/** The number of requests and pushes in progress, not counting queued requests. */
	readonly streams: number;
	readonly state: ConnectionState;
	/** How many more requests it could send now without queueing any; 0 while it is draining or closed. */
	readonly capacity: number;
	/** Called after anything that may have changed `state` or `capacity`. */
	onChange: (() => void) | null;
	connect(): Promise<void>;
	roundTrip(method: string, path: string, options?: RequestOptions): Promise<HTTPResponse>;
	dispatch(request: DispatchRequest, sink: ResponseSink): DispatchControl;
	close(options?: CloseOptions): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}
