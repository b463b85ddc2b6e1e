// Zstandard (RFC 8878) for platforms that do not bring it along: octets as they come, a block at a time, without I/O or
// promises. Strict, because the data is a stranger's: every loop is bound by what it reads or gives. No dictionaries.

import { Backlog } from './backlog.ts';
import { frameHeadLength, readFrameHead } from './frame-head.ts';
import { History } from './history.ts';
import { LiteralsReader } from './literals.ts';
import { corrupt } from './octets.ts';
import { SequencesReader } from './sequences.ts';
import { XXH64 } from './xxh64.ts';

const MAGIC = 0xfd2fb528;
/** RFC 8878 §3.1.2: the last four bits are anything. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** RFC 8878 §3.1.1.2.4: or the window, where that is smaller. */
const MAX_BLOCK_SIZE = 128 * 1024;

/** RFC 8878 §3.1.1.2.2 */
const BlockType = { RAW: 0, RLE: 1, COMPRESSED: 2 } as const;

/** What is read next, and what is known of it. */
type State =
	| { at: 'frame' }
	| { at: 'skippable'; left: number }
	| { at: 'block head'; frame: Frame }
	| { at: 'block'; frame: Frame; last: boolean; type: number; size: number }
	| { at: 'checksum'; frame: Frame };

interface Frame {
	readonly maxBlockSize: number;
	readonly contentSize: number | null;
	readonly checksum: XXH64 | null;
	readonly literals: LiteralsReader;
	readonly sequences: SequencesReader;
	length: number;
}

/** Frames may follow each other; what they give is one content. */
export class ZstdDecoder {
	readonly #backlog = new Backlog();
	readonly #history = new History();
	/** For the literals of a block; made for the first one that has to be decoded. */
	#literals: Uint8Array = new Uint8Array(0);
	#state: State = { at: 'frame' };

	push(octets: Uint8Array): void {
		this.#backlog.push(octets);
	}

	/** What the next block gives, never nothing; null when more octets are needed first. */
	read(): Uint8Array | null {
		for (;;) {
			const content = this.#advance(this.#state);
			if (content === null || content.length > 0) return content;
		}
	}

	/** No more octets come: throws unless a frame has just ended. */
	end(): void {
		if (this.#state.at !== 'frame' || this.#backlog.length > 0) corrupt('it ends early');
	}

	/** One step; null when it needs more octets. */
	#advance(state: State): Uint8Array | null {
		switch (state.at) {
			case 'frame':
				return this.#readFrameHead();
			case 'skippable':
				return this.#skip(state.left);
			case 'block head':
				return this.#readBlockHead(state.frame);
			case 'block':
				return this.#readBlock(state.frame, state.last, state.type, state.size);
			case 'checksum':
				return this.#readChecksum(state.frame);
		}
	}

	#readFrameHead(): Uint8Array | null {
		const magic = this.#backlog.peek(4)?.number(4);
		if (magic === undefined) return null;
		if (magic - (magic % 16) === SKIPPABLE_MAGIC) {
			const head = this.#backlog.take(8);
			if (head === null) return null;
			head.at += 4;
			return this.#enter({ at: 'skippable', left: head.number(4) });
		}
		if (magic !== MAGIC) corrupt('no frame begins where one should');
		const start = this.#backlog.peek(5);
		const octets = start === null ? null : this.#backlog.take(frameHeadLength(start.bytes[start.at + 4]!));
		if (octets === null) return null;
		octets.at += 4;
		const { windowSize, contentSize, hasChecksum } = readFrameHead(octets);
		const maxBlockSize = Math.min(windowSize, MAX_BLOCK_SIZE);
		this.#history.begin(windowSize, maxBlockSize);
		const checksum = hasChecksum ? new XXH64() : null;
		const frame = {
			maxBlockSize,
			contentSize,
			checksum,
			literals: new LiteralsReader(),
			sequences: new SequencesReader(),
		};
		return this.#enter({ at: 'block head', frame: { ...frame, length: 0 } });
	}

	#skip(left: number): Uint8Array | null {
		const after = left - this.#backlog.drop(left);
		this.#enter(after > 0 ? { at: 'skippable', left: after } : { at: 'frame' });
		return after > 0 ? null : NOTHING;
	}

	#readBlockHead(frame: Frame): Uint8Array | null {
		const head = this.#backlog.take(3)?.number(3);
		if (head === undefined) return null;
		const size = head >> 3;
		if (size > frame.maxBlockSize) corrupt('a block is too large');
		return this.#enter({ at: 'block', frame, last: (head & 1) === 1, type: (head >> 1) & 3, size });
	}

	#readBlock(frame: Frame, last: boolean, type: number, size: number): Uint8Array | null {
		const octets = this.#backlog.take(type === BlockType.RLE ? 1 : size);
		if (octets === null) return null;
		const history = this.#history;
		history.reserve(type === BlockType.COMPRESSED ? frame.maxBlockSize : size);
		const start = history.position;
		if (type === BlockType.RAW) history.append(octets, size);
		else if (type === BlockType.RLE) history.fill(octets.octet(), size);
		else if (type === BlockType.COMPRESSED) {
			if (this.#literals.length === 0) this.#literals = new Uint8Array(MAX_BLOCK_SIZE);
			const literals = frame.literals.read(octets, this.#literals.subarray(0, frame.maxBlockSize));
			frame.sequences.read(octets, literals, history, start + frame.maxBlockSize);
		} else corrupt('an unknown type of block');
		const content = history.since(start);
		frame.checksum?.update(content);
		frame.length += content.length;
		if (frame.contentSize !== null && (last ? frame.length !== frame.contentSize : frame.length > frame.contentSize)) {
			corrupt('its content has another size than it says');
		}
		this.#enter(last ? { at: 'checksum', frame } : { at: 'block head', frame });
		return content;
	}

	#readChecksum(frame: Frame): Uint8Array | null {
		if (frame.checksum !== null) {
			const checksum = this.#backlog.take(4)?.number(4);
			if (checksum === undefined) return null;
			if (checksum !== frame.checksum.digest()) corrupt('its checksum is wrong');
		}
		return this.#enter({ at: 'frame' });
	}

	/** A step that gives no content. */
	#enter(state: State): Uint8Array {
		this.#state = state;
		return NOTHING;
	}
}

const NOTHING = new Uint8Array(0);
