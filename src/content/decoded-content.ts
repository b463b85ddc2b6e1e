// Reads decoded content in the same ways as BodyBuffer reads raw content, from an iterator of decoded bytes.

import { joinBytes } from '../base/bytes.ts';
import { LocalProtocolError } from '../base/errors.ts';
import { bodyTooLarge, storingError } from './body-limit.ts';

/** What an iterator of content returns. */
export type ContentItem = IteratorResult<Uint8Array, undefined>;

export const END: ContentItem = { done: true, value: undefined };

/** The ways to read the content of a response. `reader` is the response, kept alive until the read settles. */
export interface Content {
	/** All remaining content. More than `limit` bytes, or than fit into memory, end the response with a BodyLimitError. */
	readAll(reader: object, limit?: number): Promise<Uint8Array>;
	/** Exactly `amount` bytes, or fewer if the content ends first; an empty array at the end. */
	readExactly(reader: object, amount: number): Promise<Uint8Array>;
	/** The content that has arrived, at least one byte. */
	readSome(reader: object): Promise<ContentItem>;
	/** The content of one DATA frame where frames are known, otherwise like `readSome`. */
	readFrame(reader: object): Promise<ContentItem>;
}

export class DecodedContent implements Content {
	readonly #source: AsyncIterator<Uint8Array>;
	/** Decoded bytes that have not been read. */
	#left: Uint8Array | null = null;
	#busy = false;

	constructor(source: AsyncIterator<Uint8Array>) {
		this.#source = source;
	}

	readAll(_reader: object, limit: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
		return this.#read(async () => {
			const pieces: Uint8Array[] = [];
			let length = 0;
			try {
				for (let piece = await this.#next(); piece !== null; piece = await this.#next()) {
					length += piece.length;
					if (length > limit) throw bodyTooLarge(limit);
					pieces.push(piece);
				}
				return joinBytes(pieces);
			} catch (error) {
				await this.#source.return?.();
				throw storingError(error);
			}
		});
	}

	readExactly(_reader: object, amount: number): Promise<Uint8Array> {
		return this.#read(async () => {
			const pieces: Uint8Array[] = [];
			let missing = amount;
			while (missing > 0) {
				const piece = await this.#next();
				if (piece === null) break;
				pieces.push(piece.subarray(0, missing));
				if (piece.length > missing) this.#left = piece.subarray(missing);
				missing -= Math.min(missing, piece.length);
			}
			return joinBytes(pieces);
		});
	}

	readSome(): Promise<ContentItem> {
		return this.#read(async () => {
			const piece = await this.#next();
			return piece === null ? END : { done: false, value: piece };
		});
	}

	/** Decoded content has no frames, so returns one chunk of the decoder. */
	readFrame(): Promise<ContentItem> {
		return this.readSome();
	}

	/** The next non-empty chunk; null at the end. */
	async #next(): Promise<Uint8Array | null> {
		const left = this.#left;
		this.#left = null;
		if (left !== null) return left;
		for (;;) {
			const item = await this.#source.next();
			if (item.done) return null;
			if (item.value.length > 0) return item.value;
		}
	}

	async #read<T>(reading: () => Promise<T>): Promise<T> {
		if (this.#busy) throw new LocalProtocolError('Cannot read: another read of this response has not finished');
		this.#busy = true;
		try {
			return await reading();
		} finally {
			this.#busy = false;
		}
	}
}
