// Pulls octets out of what a user may hand over as a body: streams and iterables, and whatever items they give.
// Leaf; used by body.ts alone. Its duty beside pulling is to let go of the source when the body is given up.

/** One reading of a body, from its start to its end or to `return`. */
export class BodySource implements AsyncIterator<Uint8Array, undefined> {
	readonly #pull: () => unknown;
	readonly #release: () => unknown;
	#ended = false;

	private constructor(pull: () => unknown, release: () => unknown) {
		this.#pull = pull;
		this.#release = release;
	}

	/** Takes the lock of the stream. */
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
				// A Node Readable whose iteration has not begun is not destroyed by `return`.
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

	/** Lets go of the source; a `next` that waits for it resolves as done. A generator that is at work is waited for. */
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
			// A Readable that `return` destroyed under a waiting `next` rejects with a premature close: our own doing.
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
			// The item is the fault to report, whatever the source says while it is closed.
			await Promise.allSettled([this.return()]);
			throw error;
		}
	}
}

export type AnyIterable = AsyncIterable<unknown> | Iterable<unknown>;

/** The octets of an item, not copied; strings as UTF-8. TypeError for anything else. */
export function toBytes(item: unknown): Uint8Array {
	if (item instanceof Uint8Array) return item;
	if (typeof item === 'string') return encoder.encode(item);
	if (ArrayBuffer.isView(item)) return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
	if (isArrayBuffer(item)) return new Uint8Array(item);
	throw new TypeError(`Body must give bytes or strings, not ${item === null ? 'null' : typeof item}`);
}

const encoder = new TextEncoder();

/** By its tag, because test runners give each test file a realm with an ArrayBuffer of its own. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
	return Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}

interface Destroyable {
	destroy(): unknown;
}

function isDestroyable(value: object): value is Destroyable {
	return typeof (value as Partial<Destroyable>).destroy === 'function';
}
