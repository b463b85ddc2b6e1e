// What a connection delivers of one response: plain calls, without a promise and without a buffer. Promises and body
// buffers are one consumer of it (buffered-response.ts); `dispatch` of every connection gives callers another.

import type { HTTPHeaderMap } from '../fields/header-map.ts';
import type { ResponseHead } from './response.ts';

/**
 * Receives one response. Calls come in this order: `onStart`, any number of `onInformational`, `onHead`, any number of
 * `onContent`, perhaps `onTrailers`, then `onEnd`. `onError` may end the sequence at any place. Exactly one of `onEnd` and
 * `onError` is called, and nothing after it. An error that a call throws ends the request, and comes back by `onError`.
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
	 * The request's head was written; again when the request is sent again. `streamId` is null on HTTP/1.1. The request that
	 * offers h2c starts when that is answered, so that 1xx responses may come before.
	 */
	onStart?(streamId: number | null): void;
	/** A 1xx response. */
	onInformational?(status: number, headers: HTTPHeaderMap): void;
	/** The final response has begun. */
	onHead?(head: ResponseHead): void;
	/**
	 * A piece of content, content codings not undone. `bytes` is valid until this returns: copy what you keep. `endOfFrame`
	 * is false where a DATA frame goes on in the next piece. Returning gives the peer window for more.
	 */
	onContent?(bytes: Uint8Array, endOfFrame: boolean): void;
	/** The trailer section, when there is one. */
	onTrailers?(trailers: HTTPHeaderMap): void;
	/** The response is complete. */
	onEnd?(): void;
	/** The response will not be complete; `error` is what a promise would have rejected with. */
	onError?(error: unknown): void;
}
