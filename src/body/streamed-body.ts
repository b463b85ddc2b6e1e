// A body whose source yields its bytes once: a stream or an iterable. Its first 64 KiB are kept, so that a small body can
// be sent again if the server has not processed the request. Used by request-body.ts alone.

import { LocalProtocolError } from '../base/errors.ts';
import type { BodySource } from './body-source.ts';

/** Bytes that are kept, as a copy because a source may reuse its memory. */
const KEPT_BYTES = 65_536;
/** Chunks up to this size share blocks: 65,536 arrays of one byte would take 10 MiB. */
const SMALL_BYTES = 1024;
const BLOCK_BYTES = 8192;

/**
 * What became of the bytes read so far, and whether the source has more:
 *
 *                   source ends
 *     keeping -----------------------> complete      everything is kept: the body can be read again
 *        | too large                      | too large
 *        v          source ends           v
 *     streaming ---------------------> over          only the current reading gets the rest
 *
 * An error of the source or `release` leads from any state to `over`.
 */
type State = 'keeping' | 'complete' | 'streaming' | 'over';

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

export class StreamedBody {
	readonly length = null;
	readonly contentType: string | null;
	readonly bytes = null;
	readonly replayable = false;
	readonly #open: () => BodySource;
	#source: BodySource | null = null;
	#state: State = 'keeping';
	/** All chunks while the body can be read again; after that, the chunks that the current reading has not received yet. */
	#kept: Uint8Array[] = [];
	/** The memory of the last array of `#kept`, if there is room for more small chunks behind it. */
	#block: Uint8Array | null = null;
	#readLength = 0;
	/** The pending read of the source, whichever reading has started it. */
	#filling: Promise<void> | null = null;
	/** Identifies the current reading; earlier ones have ended. */
	#reading: object | null = null;

	constructor(open: () => BodySource, contentType: string | null = null) {
		this.#open = open;
		this.contentType = contentType;
	}

	get rereadable(): boolean {
		return this.#state === 'keeping' || this.#state === 'complete';
	}

	source(): AsyncIterator<Uint8Array, undefined> {
		if (!this.rereadable) {
			throw new LocalProtocolError('Cannot read the body again: its source yields its bytes only once');
		}
		this.#source ??= this.#open();
		const reading = {};
		this.#reading = reading;
		let index = 0;
		/** What the reading has received of `#kept[index]`, which may grow. */
		let offset = 0;
		return {
			next: async () => {
				for (;;) {
					if (this.#reading !== reading) return DONE;
					if (offset === this.#kept[index]?.length && index + 1 < this.#kept.length) {
						index++;
						offset = 0;
					}
					const chunk = this.#kept[index];
					if (chunk !== undefined && offset < chunk.length) {
						const value = chunk.subarray(offset);
						offset = chunk.length;
						if (this.#readLength > KEPT_BYTES) {
							this.#stopKeeping();
							this.#kept.splice(0, index + 1);
							[index, offset] = [0, 0];
						}
						return { done: false, value };
					}
					if (this.#hasEnded) return DONE;
					await this.#fill();
				}
			},
			return: async () => {
				if (this.#reading === reading) this.#reading = null;
				if (!this.rereadable) this.release();
				return DONE;
			},
		};
	}

	release(): void {
		const hadEnded = this.#hasEnded;
		this.#state = 'over';
		this.#reading = null;
		this.#kept = [];
		this.#block = null;
		if (hadEnded) return;
		try {
			// Not awaited: a busy source must not delay the caller, and its errors no longer matter.
			(this.#source ?? this.#open()).return().catch(() => undefined);
		} catch {
			// The user has locked the stream in the meantime, and is responsible for it.
		}
	}

	get #hasEnded(): boolean {
		return this.#state === 'complete' || this.#state === 'over';
	}

	#fill(): Promise<void> {
		this.#filling ??= this.#readChunk().finally(() => {
			this.#filling = null;
		});
		return this.#filling;
	}

	async #readChunk(): Promise<void> {
		let item: IteratorResult<Uint8Array, undefined>;
		try {
			item = await (this.#source as BodySource).next();
		} catch (error) {
			this.#state = 'over';
			throw error;
		}
		// Released in the meantime.
		if (this.#hasEnded) return;
		if (item.done) {
			this.#state = this.#state === 'keeping' ? 'complete' : 'over';
			return;
		}
		this.#readLength += item.value.length;
		if (this.rereadable) this.#keep(item.value);
		else this.#kept.push(item.value);
	}

	/** Copies a chunk behind the others. */
	#keep(chunk: Uint8Array): void {
		const last = this.#kept.at(-1);
		if (last !== undefined && this.#block !== null && last.length + chunk.length <= this.#block.length) {
			this.#block.set(chunk, last.length);
			this.#kept[this.#kept.length - 1] = this.#block.subarray(0, last.length + chunk.length);
			return;
		}
		const isSmall = chunk.length <= SMALL_BYTES;
		// The first of few chunks needs no memory for more.
		const size = isSmall && last !== undefined ? BLOCK_BYTES : chunk.length;
		const block = new Uint8Array(size);
		block.set(chunk);
		this.#kept.push(block.subarray(0, chunk.length));
		this.#block = isSmall ? block : null;
	}

	#stopKeeping(): void {
		this.#block = null;
		if (this.#state === 'keeping') this.#state = 'streaming';
		else if (this.#state === 'complete') this.#state = 'over';
	}
}
