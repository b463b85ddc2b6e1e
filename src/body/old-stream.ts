// Reads a stream of the first kind of Node, which has `pipe` or only the event `data`, and no iterator: the npm package
// form-data and others. Looks to `pipe` like a Writable. Leaf; used by request-body.ts.

/** What this file uses of the stream. */
export interface OldStream {
	readonly readable?: boolean;
	on(event: string, listener: (...values: unknown[]) => void): unknown;
}

interface Parts extends OldStream {
	pipe?(destination: OldStreamReader): unknown;
	pause?(): unknown;
	resume?(): unknown;
	destroy?(): unknown;
}

type Listener = (...values: unknown[]) => void;

/** Writables have an inherited `pipe` too, but are not readable. */
export function isOldStream(body: object): body is OldStream {
	const { on, pipe, pause, readable } = body as { [Name in keyof Parts]: unknown };
	return (
		typeof on === 'function' &&
		(readable === true || (readable === undefined && typeof pause === 'function' && pipe === undefined))
	);
}

/**
 * flowing ── the stream ends ──> ended       next returns what is left, then is done
 *    ├─────── it fails ────────> failed      next returns what is left, then throws
 *    └─────── return ──────────> released
 */
type State = 'flowing' | 'ended' | 'failed' | 'released';

/** Attaches to the stream at once, because it may emit its data before it is read, and pauses it while chunks wait. */
export class OldStreamReader implements AsyncIterableIterator<unknown> {
	/** For `pipe`. */
	readonly writable = true;
	readonly #stream: Parts;
	readonly #listeners = new Map<string, Set<Listener>>();
	#chunks: unknown[] = [];
	#state: State = 'flowing';
	#error: unknown;
	#isPaused = false;
	#wake: () => void = () => {};

	constructor(stream: OldStream) {
		this.#stream = stream;
		stream.on('error', (error: unknown) => this.#fail(error));
		if (typeof this.#stream.pipe === 'function') {
			this.#stream.pipe(this);
			return;
		}
		stream.on('data', (chunk: unknown) => {
			if (!this.write(chunk)) this.#stream.pause?.();
		});
		stream.on('end', () => this.end());
		stream.on('close', () => this.destroy());
		this.on('drain', () => this.#stream.resume?.());
	}

	async next(): Promise<IteratorResult<unknown, undefined>> {
		while (this.#chunks.length === 0 && this.#state === 'flowing') {
			this.#drain();
			if (this.#chunks.length > 0 || this.#state !== 'flowing') break;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		if (this.#chunks.length > 0) return { done: false, value: this.#chunks.shift() };
		if (this.#state === 'failed') throw this.#error;
		return { done: true, value: undefined };
	}

	async return(): Promise<IteratorResult<unknown, undefined>> {
		// BodySource calls `destroy` first, which `pipe` calls when the stream closes.
		if (this.#state !== 'ended') this.#stream.destroy?.();
		this.#enter('released');
		this.#chunks = [];
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	// What `pipe` calls.

	/** Always false: one chunk at a time. */
	write(chunk: unknown): boolean {
		if (this.#state !== 'flowing') return false;
		this.#isPaused = true;
		this.#chunks.push(chunk);
		this.#wake();
		return false;
	}

	end(chunk?: unknown): void {
		if (chunk !== undefined && chunk !== null) this.write(chunk);
		this.#enter('ended');
	}

	/** The stream has been closed; an error unless it has ended. */
	destroy(error?: unknown): void {
		this.#fail(error ?? new Error('The stream was closed before its end'));
	}

	on(event: string, listener: Listener): this {
		const listeners = this.#listeners.get(event) ?? new Set();
		this.#listeners.set(event, listeners.add(listener));
		return this;
	}

	once(event: string, listener: Listener): this {
		const once: Listener = (...values) => {
			this.removeListener(event, once);
			listener.apply(this, values);
		};
		return this.on(event, once);
	}

	removeListener(event: string, listener: Listener): this {
		this.#listeners.get(event)?.delete(listener);
		return this;
	}

	emit(event: string, ...values: unknown[]): boolean {
		const listeners = this.#listeners.get(event) ?? new Set();
		for (const listener of listeners) listener.apply(this, values);
		return listeners.size > 0;
	}

	#drain(): void {
		if (!this.#isPaused) return;
		this.#isPaused = false;
		this.emit('drain');
	}

	#fail(error: unknown): void {
		if (this.#state === 'flowing') this.#error = error;
		this.#enter('failed');
	}

	#enter(state: State): void {
		if (this.#state !== 'flowing') return;
		this.#state = state;
		this.#wake();
	}
}
