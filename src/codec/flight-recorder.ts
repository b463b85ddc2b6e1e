// Reads the heads of the last frames that the engine has recorded, for errors: assembly/frame/recorder.ts writes them.

import { RECORDED_HEAD_BYTES, RECORDED_HEADS } from '../../assembly/shared/limit.ts';
import { type FrameHead, showFrameHeads } from '../base/frame-heads.ts';
import type { Engine } from './engine.ts';

const ENTRY_WORDS = RECORDED_HEAD_BYTES >> 2;

export class FlightRecorder {
	/** Null once the codec is closed. */
	#engine: Engine | null;
	/** The engine's ring, or a copy of it. */
	#ring: Uint32Array;
	/** How many heads had been recorded when the codec was closed. */
	#recorded = 0;
	/** What was read last, and how many heads had been recorded then: errors of one turn share the array. */
	#heads: readonly FrameHead[] = [];
	#readAt = 0;

	constructor(engine: Engine) {
		this.#engine = engine;
		this.#ring = engine.headRing;
	}

	/** The last 128 frames sent and received, oldest first. A frame counts as sent once it is queued. */
	get heads(): readonly FrameHead[] {
		// WebAssembly returns signed numbers.
		const recorded = this.#engine === null ? this.#recorded : this.#engine.exports.recordedHeads() >>> 0;
		if (recorded === this.#readAt) return this.#heads;
		const length = Math.min(recorded, RECORDED_HEADS);
		this.#readAt = recorded;
		this.#heads = showFrameHeads(Array.from({ length }, (_, i) => this.#read(recorded - length + i)));
		return this.#heads;
	}

	/** Keeps what has been recorded, because another connection will use the engine. */
	close(): void {
		if (this.#engine === null) return;
		this.#recorded = this.#engine.exports.recordedHeads() >>> 0;
		this.#ring = this.#ring.slice();
		this.#engine = null;
	}

	#read(index: number): FrameHead {
		const at = (index % RECORDED_HEADS) * ENTRY_WORDS;
		const ring = this.#ring;
		const [word, bits, streamId] = [ring[at], ring[at + 1], ring[at + 2]] as [number, number, number];
		const direction = bits >> 8 === 1 ? 'sent' : 'received';
		return { direction, type: word & 0xff, flags: bits & 0xff, streamId, length: word >>> 8 };
	}
}
