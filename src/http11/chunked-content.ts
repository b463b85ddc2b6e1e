// The chunks and the trailer section of a response, as the platform's parser gets them: small chunks are joined, folded
// trailers are unfolded, and on lenient connections both are repaired. Called by head-repair.ts behind a head.

import { joinViews } from '../base/bytes.ts';
import { ChunkMerger } from './chunk-merger.ts';
import { LenientSection } from './lenient-section.ts';
import { TrailerFolds } from './trailer-folds.ts';

export class ChunkedContent {
	/** Whether anything was repaired, so that other readers may see another end of the message. */
	isDoubtful = false;
	readonly #merger: ChunkMerger;
	/** Null: trailers are left to the parser, except for folds. */
	readonly #lenient: LenientSection | null;
	readonly #folds = new TrailerFolds();

	constructor(limit: number, isLenient: boolean) {
		this.#merger = new ChunkMerger(isLenient);
		this.#lenient = isLenient ? new LenientSection(limit) : null;
		this.#lenient?.beginTrailers();
	}

	/** What the parser gets for these bytes: a view of them, or new bytes. */
	push(bytes: Uint8Array): Uint8Array {
		const merger = this.#merger;
		if (merger.isOver) return this.#pushTrailers(bytes);
		const chunks = merger.push(bytes);
		if (merger.isDoubtful) this.isDoubtful = true;
		return merger.isOver ? joinViews([chunks, this.#pushTrailers(bytes.subarray(merger.trailersAt))]) : chunks;
	}

	#pushTrailers(bytes: Uint8Array): Uint8Array {
		const repaired = this.#lenient === null ? bytes : this.#lenient.push(bytes);
		if (this.#lenient?.isDoubtful) this.isDoubtful = true;
		return this.#folds.push(repaired);
	}
}
