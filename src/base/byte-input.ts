// The input of a decoder: an iterator of bytes that can be released at any time, even while a read is pending. Used by
// the content codings and by the decoders of every platform.

/** Passes on the chunks of its source. `return` settles a pending `next` at once, without waiting for the source. */
export class ByteInput implements AsyncIterator<Uint8Array, undefined, undefined> {
	readonly #source: AsyncIterator<Uint8Array>;
	#abandon: () => void = ignore;
	#error: unknown;
	/** `ended` and `failed` come from the source, `released` from `return`. */
	state: 'open' | 'ended' | 'failed' | 'released' = 'open';

	constructor(source: AsyncIterator<Uint8Array>) {
		this.#source = source;
	}

	/** The error of a failed source. */
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
			// Once released, errors of the source do not matter.
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
 * The output of a decoder, as an iterator whose `return` releases the decoder's input at once. The output then ends
 * without an error, even if the decoder complains that its data ended early.
 */
export function decodedFrom(
	input: ByteInput,
	output: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncIterator<Uint8Array> {
	let released = false;
	async function* run(): AsyncGenerator<Uint8Array, undefined, undefined> {
		try {
			yield* output;
		} catch (error) {
			if (!released) throw error;
		} finally {
			await input.return();
		}
	}
	const running = run();
	return {
		next: () => running.next(),
		return: async () => {
			released = true;
			await input.return();
			return await running.return(undefined);
		},
	};
}

const DONE: { done: true; value: undefined } = { done: true, value: undefined };

function ignore(): void {}
