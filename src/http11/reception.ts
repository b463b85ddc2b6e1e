// What an HTTP/1.1 connection has received, and why it broke: decides which error its requests reject with. Called by
// wire.ts.

import { joinBytes } from '../base/bytes.ts';
import type { HyperError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { failureOf } from './failure.ts';

/** The length of a frame head, enough to recognize HTTP/2. */
const FIRST_BYTES = 9;

export class Reception {
	/** When the last bytes arrived. */
	at: number;
	/** Bytes received since the current exchange began. */
	length = 0;
	/** Why the transport broke or was dropped. */
	failure: Error | null = null;
	readonly #alpn: string | null;
	readonly #limits: Readonly<Limits>;
	#firstBytes: Uint8Array = new Uint8Array(0);

	constructor(alpn: string | null, limits: Readonly<Limits>, now: number) {
		this.#alpn = alpn;
		this.#limits = limits;
		this.at = now;
	}

	onBytes(bytes: Uint8Array, now: number): void {
		this.at = now;
		this.length += bytes.length;
		const missing = FIRST_BYTES - this.#firstBytes.length;
		if (missing > 0) this.#firstBytes = joinBytes([this.#firstBytes, bytes.subarray(0, missing)]);
	}

	/** `incomplete` completes the phrase "Connection was closed before". */
	failureOf(cause: unknown, incomplete: string): HyperError {
		const context = { alpn: this.#alpn, firstBytes: this.#firstBytes, limits: this.#limits };
		return failureOf(this.failure ?? cause, incomplete, context);
	}
}
