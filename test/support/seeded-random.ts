// Random numbers that depend on nothing but their seeds.

/**
 * For tests whose random cases may find what a change has not caused, such as oddities of other clients: always the same,
 * unless HYPER_SEED says otherwise, so that no run fails at random.
 */
export const fixedSeed: number = Number(process.env.HYPER_SEED ?? 1);

export class SeededRandom {
	#state: number;

	/** Generators with different seeds or `stream` numbers are independent. */
	constructor(seed: number, stream: number) {
		this.#state = (Math.imul(seed, 0x85ebca6b) + Math.imul(stream, 0x9e3779b1)) | 0;
		for (let i = 0; i < 3; i++) this.below(2);
	}

	/** An integer from 0 to `end` - 1. */
	below(end: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
	}

	chance(one: number, of: number): boolean {
		return this.below(of) < one;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)] as T;
	}
}
