// What a decoder of octets reads from: a source that can be let go of at any time, also while it is being waited for.

/** Passes on what its source gives. `return` settles a `next` that waits, and does not wait for the source itself. */
export class Input implements AsyncIterator<Uint8Array, undefined, undefined> {
	readonly #source: AsyncIterator<Uint8Array>;
	#abandon: () => void = ignore;
	#error: unknown;
	/** `ended` and `failed` are the source's doing, `released` is ours. */
	state: 'open' | 'ended' | 'failed' | 'released' = 'open';

	constructor(source: AsyncIterator<Uint8Array>) {
		this.#source = source;
	}

	/** What the source failed with. */
	get error(): unknown {
		return this.#error;
	}

	async next(): Promise<IteratorResult<Uint8Array, undefined>> {
		if (this.state !== 'open') return DONE;
		const abandoned = new Promise<typeof DONE>((resolve) => {
			this.#abandon = () => resolve(DONE);
		});
		return await Promise.race([this.#take(), abandoned]);
	}

	async return(): Promise<IteratorResult<Uint8Array, undefined>> {
		if (this.state === 'open') {
			this.state = 'released';
			this.#abandon();
			// Nobody waits for the source any more, so how it ends is nobody's concern.
			this.#source.return?.().catch(ignore);
		}
		return DONE;
	}

	async #take(): Promise<IteratorResult<Uint8Array, undefined>> {
		try {
			const result = await this.#source.next();
			if (result.done !== true) return result;
			if (this.state === 'open') this.state = 'ended';
			return DONE;
		} catch (error) {
			if (this.state === 'open') {
				this.state = 'failed';
				this.#error = error;
			}
			throw error;
		}
	}
}

/**
 * What a decoder makes of its input, as an iterator whose `return` lets go of the input at once. The pieces end then,
 * whatever the decoder says of data that ends early.
 */
export function decodedFrom(
	input: Input,
	pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncIterator<Uint8Array> {
	let left = false;
	async function* run(): AsyncGenerator<Uint8Array, undefined, undefined> {
		try {
			yield* pieces;
		} catch (error) {
			if (!left) throw error;
		} finally {
			await input.return();
		}
	}
	const running = run();
	return {
		next: () => running.next(),
		return: async () => {
			left = true;
			await input.return();
			return await running.return(undefined);
		},
	};
}

const DONE: { done: true; value: undefined } = { done: true, value: undefined };

function ignore(): void {}
