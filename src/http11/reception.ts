// What an HTTP/1.1 connection has received, and why it broke: decides which error its requests reject with. Called by
// wire.ts.

import { joinBytes } from '../base/bytes.ts';
import type { HyperError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { failureOf } from './failure.ts';
import { HeadRepair } from './head-repair.ts';

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
	readonly #repair: HeadRepair;
	#firstBytes: Uint8Array = new Uint8Array(0);

	constructor(alpn: string | null, limits: Readonly<Limits>, isLenient: boolean, now: number) {
		this.#alpn = alpn;
		this.#limits = limits;
		this.#repair = new HeadRepair(limits.headerListSize, isLenient);
		this.at = now;
	}

	/** Whether readers may disagree about where the response ends. */
	get isDoubtful(): boolean {
		return this.#repair.isDoubtful;
	}

	/** A request with this method is sent; its response is next. */
	begin(method: string): void {
		this.length = 0;
		this.#repair.begin(method);
	}

	/** Returns what the parser gets. */
	onBytes(bytes: Uint8Array, now: number): Uint8Array {
		this.at = now;
		this.length += bytes.length;
		const missing = FIRST_BYTES - this.#firstBytes.length;
		if (missing > 0) this.#firstBytes = joinBytes([this.#firstBytes, bytes.subarray(0, missing)]);
		return this.#repair.push(bytes);
	}

	/** `incomplete` completes the phrase "Connection was closed before". */
	failureOf(cause: unknown, incomplete: string): HyperError {
		const context = { alpn: this.#alpn, firstBytes: this.#firstBytes, limits: this.#limits };
		return failureOf(this.failure ?? cause, incomplete, context);
	}
}
