// A body whose source gives its bytes once. What was read of it is kept for a while, so that a small one can be sent again
// when the server has not processed the request. Leaf; used by body.ts alone.

import { LocalProtocolError } from '../base/errors.ts';
import type { BodySource } from './body-source.ts';

/** Octets that are kept; a copy, for a source may use its memory again. */
const KEPT_BYTES = 65_536;

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

export class StreamedBody {
	readonly length = null;
	readonly contentType = null;
	readonly bytes = null;
	readonly replayable = false;
	readonly #open: () => BodySource;
	#source: BodySource | null = null;
	/** From the beginning while `rereadable`, else what the reading at work has still to give. */
	#kept: Uint8Array[] = [];
	#keptLength = 0;
	#rereadable = true;
	#ended = false;
	/** An item that is on its way into `#kept`, whichever reading asked for it. */
	#filling: Promise<void> | null = null;
	/** The reading at work: those before it are over. */
	#reading: object | null = null;

	constructor(open: () => BodySource) {
		this.#open = open;
	}

	get rereadable(): boolean {
		return this.#rereadable;
	}

	source(): AsyncIterator<Uint8Array, undefined> {
		if (!this.#rereadable) {
			throw new LocalProtocolError('Cannot read the body again: its source gives its bytes once');
		}
		this.#source ??= this.#open();
		const reading = {};
		this.#reading = reading;
		let given = 0;
		return {
			next: async () => {
				for (;;) {
					if (this.#reading !== reading) return DONE;
					if (given < this.#kept.length) {
						const bytes = this.#kept[given++] as Uint8Array;
						if (this.#keptLength > KEPT_BYTES) given = this.#forget(given);
						return { done: false, value: bytes };
					}
					if (this.#ended) return DONE;
					await this.#fill();
				}
			},
			return: async () => {
				if (this.#reading === reading) this.#reading = null;
				if (!this.#rereadable) this.release();
				return DONE;
			},
		};
	}

	release(): void {
		this.#rereadable = false;
		this.#reading = null;
		this.#kept = [];
		if (this.#ended) return;
		this.#ended = true;
		try {
			// Not awaited: a source that is busy must keep nobody, and its faults concern nobody now.
			(this.#source ?? this.#open()).return().catch(() => undefined);
		} catch {
			// A stream that somebody else has locked meanwhile is that one's to let go of.
		}
	}

	#fill(): Promise<void> {
		this.#filling ??= this.#readItem().finally(() => {
			this.#filling = null;
		});
		return this.#filling;
	}

	async #readItem(): Promise<void> {
		let item: IteratorResult<Uint8Array, undefined>;
		try {
			item = await (this.#source as BodySource).next();
		} catch (error) {
			this.#ended = true;
			this.#rereadable = false;
			throw error;
		}
		if (item.done) {
			this.#ended = true;
			return;
		}
		// Released meanwhile.
		if (this.#ended) return;
		this.#kept.push(this.#rereadable ? new Uint8Array(item.value) : item.value);
		this.#keptLength += item.value.length;
	}

	/** It is too large to be kept: what was given is let go of. Returns how much of the rest was given: nothing. */
	#forget(given: number): number {
		this.#rereadable = false;
		this.#kept.splice(0, given);
		return 0;
	}
}
