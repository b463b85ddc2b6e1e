// A Zstandard decoder (RFC 8878, without dictionaries) for platforms that have none: takes chunks of any size, returns a
// block at a time, without I/O or promises. The input is untrusted, so every loop is bounded by its input or its output.

import { Backlog } from './backlog.ts';
import { corrupt } from './byte-reader.ts';
import { BlockType, frameHeaderLength, isSkippable, MAGIC, readFrameHeader, SKIPPABLE_MAGIC } from './frame-header.ts';
import { History } from './history.ts';
import { LiteralsReader } from './literals.ts';
import { SequencesReader } from './sequences.ts';
import { XXH64 } from './xxh64.ts';

/** RFC 8878 §3.1.1.2.4; the window size where that is smaller. */
const MAX_BLOCK_SIZE = 128 * 1024;

type BlockKind = (typeof BlockType)[keyof typeof BlockType];

/**
 * What is read next:
 *
 *                  .---- more blocks ----.
 *                  v                     |
 *     frame --> block header --------> block --> checksum --> frame
 *       |-----> skippable --> frame
 *       '-----> nothing: other bytes follow the last frame, and are ignored as browsers do
 */
type State =
	| { at: 'frame' }
	| { at: 'nothing' }
	| { at: 'skippable'; left: number }
	| { at: 'block header'; frame: Frame }
	| { at: 'block'; frame: Frame; last: boolean; type: BlockKind; size: number }
	| { at: 'checksum'; frame: Frame };

interface Frame {
	readonly maxBlockSize: number;
	readonly contentSize: number | null;
	readonly checksum: XXH64 | null;
	readonly literals: LiteralsReader;
	readonly sequences: SequencesReader;
	/** Bytes of content decoded so far. */
	length: number;
}

/** Decodes any number of frames in a row into one content. */
export class ZstdDecoder {
	readonly #backlog = new Backlog();
	readonly #history = new History();
	/** Holds the decoded literals of a block; allocated for the first compressed block. */
	#literals: Uint8Array = new Uint8Array(0);
	#state: State = { at: 'frame' };
	#hasFrame: boolean;

	/** `hasFrame`: another decoder has decoded the first frame. */
	constructor(hasFrame = false) {
		this.#hasFrame = hasFrame;
	}

	push(bytes: Uint8Array): void {
		this.#backlog.push(bytes);
	}

	/** The content of the next block that has any; null when that needs more input. */
	read(): Uint8Array | null {
		for (;;) {
			const content = this.#advance(this.#state);
			if (content === null || content.length > 0) return content;
		}
	}

	/** Ends the input; throws if that is in the middle of a frame. */
	end(): void {
		const { at } = this.#state;
		if (at !== 'nothing' && (at !== 'frame' || this.#hasFrameStart())) corrupt('it ends early');
	}

	/** Takes one step and returns its content, if any; null when it needs more input. */
	#advance(state: State): Uint8Array | null {
		switch (state.at) {
			case 'frame':
				return this.#readFrameHeader();
			case 'nothing':
				this.#backlog.drop(this.#backlog.length);
				return null;
			case 'skippable':
				return this.#skip(state.left);
			case 'block header':
				return this.#readBlockHeader(state.frame);
			case 'block':
				return this.#readBlock(state.frame, state.last, state.type, state.size);
			case 'checksum':
				return this.#readChecksum(state.frame);
		}
	}

	#readFrameHeader(): Uint8Array | null {
		const magic = this.#backlog.peek(4)?.uint(4);
		if (magic === undefined) return null;
		if (isSkippable(magic)) {
			const header = this.#backlog.take(8);
			if (header === null) return null;
			header.at += 4;
			return this.#enter({ at: 'skippable', left: header.uint(4) });
		}
		if (magic !== MAGIC) {
			if (!this.#hasFrame) corrupt('it has no frame where one must start');
			return this.#enter({ at: 'nothing' });
		}
		const start = this.#backlog.peek(5);
		const header = start === null ? null : this.#backlog.take(frameHeaderLength(start.bytes[start.at + 4]!));
		if (header === null) return null;
		header.at += 4;
		const { windowSize, contentSize, hasChecksum } = readFrameHeader(header);
		const maxBlockSize = Math.min(windowSize, MAX_BLOCK_SIZE);
		this.#history.begin(windowSize, maxBlockSize);
		const frame: Frame = {
			maxBlockSize,
			contentSize,
			checksum: hasChecksum ? new XXH64() : null,
			literals: new LiteralsReader(),
			sequences: new SequencesReader(),
			length: 0,
		};
		return this.#enter({ at: 'block header', frame });
	}

	#skip(left: number): Uint8Array | null {
		const after = left - this.#backlog.drop(left);
		if (after === 0) return this.#endFrame();
		this.#enter({ at: 'skippable', left: after });
		return null;
	}

	#readBlockHeader(frame: Frame): Uint8Array | null {
		const header = this.#backlog.take(3)?.uint(3);
		if (header === undefined) return null;
		const size = header >> 3;
		if (size > frame.maxBlockSize) corrupt('a block is too large');
		return this.#enter({ at: 'block', frame, last: (header & 1) === 1, type: ((header >> 1) & 3) as BlockKind, size });
	}

	#readBlock(frame: Frame, last: boolean, type: BlockKind, size: number): Uint8Array | null {
		const block = this.#backlog.take(type === BlockType.RLE ? 1 : size);
		if (block === null) return null;
		const history = this.#history;
		history.reserve(type === BlockType.COMPRESSED ? frame.maxBlockSize : size);
		const start = history.position;
		if (type === BlockType.RAW) history.append(block, size);
		else if (type === BlockType.RLE) history.fill(block.byte(), size);
		else if (type === BlockType.COMPRESSED) {
			if (this.#literals.length === 0) this.#literals = new Uint8Array(MAX_BLOCK_SIZE);
			const literals = frame.literals.read(block, this.#literals.subarray(0, frame.maxBlockSize));
			frame.sequences.read(block, literals, history, start + frame.maxBlockSize);
		} else corrupt('a block has an unknown type');
		const content = history.since(start);
		frame.checksum?.update(content);
		frame.length += content.length;
		if (frame.contentSize !== null && (last ? frame.length !== frame.contentSize : frame.length > frame.contentSize)) {
			corrupt('a frame does not have its declared content size');
		}
		this.#enter(last ? { at: 'checksum', frame } : { at: 'block header', frame });
		return content;
	}

	#readChecksum(frame: Frame): Uint8Array | null {
		if (frame.checksum !== null) {
			const checksum = this.#backlog.take(4)?.uint(4);
			if (checksum === undefined) return null;
			if (checksum !== frame.checksum.digest()) corrupt('the checksum does not match');
		}
		return this.#endFrame();
	}

	/** Whether the bytes after a frame can be the start of another one. */
	#hasFrameStart(): boolean {
		const first = this.#backlog.peek(1)?.byte();
		if (first === undefined) return false;
		return !this.#hasFrame || first === MAGIC % 256 || first - (first % 16) === SKIPPABLE_MAGIC % 256;
	}

	#endFrame(): Uint8Array {
		this.#hasFrame = true;
		return this.#enter({ at: 'frame' });
	}

	/** Ends a step that returns no content. */
	#enter(state: State): Uint8Array {
		this.#state = state;
		return NOTHING;
	}
}

const NOTHING = new Uint8Array(0);
