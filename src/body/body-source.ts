// Reads bytes from a stream or an iterable that a user passed as a body, and releases it when the body is no longer
// wanted. Leaf; used by the other files of body/.

/** One reading of a body, from the start to the end or to `return`. */
export class BodySource implements AsyncIterator<Uint8Array, undefined> {
	readonly #pull: () => unknown;
	readonly #release: () => unknown;
	#ended = false;

	private constructor(pull: () => unknown, release: () => unknown) {
		this.#pull = pull;
		this.#release = release;
	}

	/** Locks the stream. */
	static ofStream(stream: ReadableStream<unknown>): BodySource {
		const reader = stream.getReader();
		return new BodySource(
			() => reader.read(),
			() => reader.cancel(),
		);
	}

	static ofIterable(iterable: AnyIterable): BodySource {
		const iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
		return new BodySource(
			() => iterator.next(),
			async () => {
				// `return` does not destroy a Node Readable whose iteration has not begun.
				if (isDestroyable(iterable)) iterable.destroy();
				await iterator.return?.();
			},
		);
	}

	/** The next chunk that is not empty. */
	async next(): Promise<IteratorResult<Uint8Array, undefined>> {
		while (!this.#ended) {
			const result = await this.#pullOrEnd();
			if (result === null || this.#ended) break;
			const chunk = await this.#toBytesOrRelease(result.value);
			if (chunk.length > 0) return { done: false, value: chunk };
		}
		return { done: true, value: undefined };
	}

	/** Releases the source, after a generator has finished its current step. A pending `next` resolves as done. */
	async return(): Promise<IteratorResult<Uint8Array, undefined>> {
		if (!this.#ended) {
			this.#ended = true;
			await this.#release();
		}
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	async #pullOrEnd(): Promise<{ value: unknown } | null> {
		let result: IteratorResult<unknown>;
		try {
			result = (await this.#pull()) as IteratorResult<unknown>;
		} catch (error) {
			// If `return` destroys a Readable during `next`, that rejects with a premature close. We caused it, so ignore it.
			if (this.#ended) return null;
			this.#ended = true;
			throw error;
		}
		if (!result.done) return result;
		this.#ended = true;
		return null;
	}

	async #toBytesOrRelease(item: unknown): Promise<Uint8Array> {
		try {
			return toBytes(item);
		} catch (error) {
			// Report the bad item rather than an error of closing the source.
			await Promise.allSettled([this.return()]);
			throw error;
		}
	}
}

export type AnyIterable = AsyncIterable<unknown> | Iterable<unknown>;

/** The bytes of an item, without a copy; strings as UTF-8. TypeError for anything else. */
export function toBytes(item: unknown): Uint8Array {
	if (item instanceof Uint8Array) return item;
	if (typeof item === 'string') return encoder.encode(item);
	if (ArrayBuffer.isView(item)) return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
	if (isArrayBuffer(item)) return new Uint8Array(item);
	throw new TypeError(`The items of a body must be bytes or strings, not ${item === null ? 'null' : typeof item}`);
}

const encoder = new TextEncoder();

/** Checks the tag, because test runners may give each file a realm with its own ArrayBuffer. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
	return Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}

interface Destroyable {
	destroy(): unknown;
}

function isDestroyable(value: object): value is Destroyable {
	return typeof (value as Partial<Destroyable>).destroy === 'function';
}
