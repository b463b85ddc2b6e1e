// The interface by which a connection delivers one response: plain calls, without promises or buffers. Promises and body
// buffers implement it (buffered-response.ts), and callers can implement it for `dispatch`.

import type { HTTPHeaderMap } from '../fields/header-map.ts';
import type { ResponseHead } from './response.ts';

/**
 * Receives one response. Calls come in this order: `onStart`, any number of `onInformational`, `onHead`, any number of
 * `onContent`, at most one `onTrailers`, then `onEnd`. `onError` may end the sequence at any point. Exactly one of `onEnd`
 * and `onError` is called, and nothing after it. An error thrown by a call ends the request and is passed to `onError`.
 * So does a promise that a call returns and that rejects before the response is complete; no call waits for it.
 *
 * @example
 * let length = 0;
 * conn.dispatch({ method: 'GET', path: '/' }, {
 *   onHead: (head) => console.log(head.status, head.headers.get('content-type')),
 *   onContent: (bytes) => { length += bytes.length; },
 *   onEnd: () => console.log(`${length} bytes`),
 *   onError: (error) => console.error(error),
 * });
 */
export interface ResponseSink {
	/**
	 * The request's head was written; called again if the request is sent again. `streamId` is null on HTTP/1.1. For a
	 * request that offers h2c, this call follows the server's answer to the offer, so 1xx responses may precede it.
	 */
	onStart?(streamId: number | null): void;
	/** A 1xx response. */
	onInformational?(status: number, headers: HTTPHeaderMap): void;
	/** The final response has begun. */
	onHead?(head: ResponseHead): void;
	/**
	 * A piece of content, with its content codings. `bytes` is valid until this returns, so copy what you keep. `endOfFrame`
	 * is false if the DATA frame continues in the next piece. Returning gives the peer window for more.
	 */
	onContent?(bytes: Uint8Array, endOfFrame: boolean): void;
	/** The trailer section, if the response has one. */
	onTrailers?(trailers: HTTPHeaderMap): void;
	/** The response is complete. */
	onEnd?(): void;
	/** The response is missing or incomplete. `error` is what the promise of `roundTrip` would reject with. */
	onError?(error: unknown): void;
}
