// Reproducible random numbers: the seed is printed, and HYPER_SEED in the environment sets it.

import { SeededRandom } from './seeded-random.ts';

const given = process.env.HYPER_SEED;

/** The seed of this process. */
export const seed: number = given === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(given);

console.log(`HYPER_SEED=${seed}`);

export class Random extends SeededRandom {
	/** Generators with different `stream` numbers are independent. */
	constructor(stream: number) {
		super(seed, stream);
	}
}

/** Damages the bytes: changes, removes, repeats or inserts some, or cuts off the rest. */
export function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
	if (bytes.length === 0) return bytes;
	const from = random.below(bytes.length);
	const to = Math.min(bytes.length, from + 1 + random.below(16));
	const before = bytes.subarray(0, from);
	switch (random.below(6)) {
		case 0: {
			const changed = bytes.slice();
			changed[from] = (changed[from] as number) ^ (1 << random.below(8));
			return changed;
		}
		case 1: {
			const changed = bytes.slice();
			changed[from] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
			return changed;
		}
		case 2:
			return Buffer.concat([before, bytes.subarray(to)]);
		case 3:
			return Buffer.concat([before, bytes.subarray(from, to), bytes.subarray(from)]);
		case 4: {
			const noise = Uint8Array.from({ length: 1 + random.below(12) }, () => random.below(256));
			return Buffer.concat([before, noise, bytes.subarray(from)]);
		}
		default:
			return before;
	}
}
