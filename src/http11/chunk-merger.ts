// Joins the small chunks of a response that arrive in one read, in front of the platform's parser, which calls back for each
// chunk: 1 MiB of one-byte chunks costs it 93 to 234 ms of CPU. On lenient connections it also rewrites what browsers read as
// chunks. An invalid chunk is left to the parser to refuse. Called by chunked-content.ts.

import { joinViews, latin1Bytes } from '../base/bytes.ts';
import { ChunkLine } from './chunk-line.ts';

/** Larger chunks are not joined, as that would copy their content. */
const SMALL = 256;
/** Chunks with longer size lines are not joined: the parser limits the extensions of each chunk. */
const MAX_LINE = 256;
/** The line end of the chunk before, eight digits, and a line end. */
const MAX_SIZE_LINE = 12;
const NO_BYTES = new Uint8Array(0);
/** Invalid as the end of a chunk, and as the size of the next one. */
const INVALID = latin1Bytes('\r\n?');

/** `over`: the last chunk was read. `invalid`: everything is left to the parser. */
type ChunkState = 'line' | 'content' | 'over' | 'invalid';

export class ChunkMerger {
	/** Where the trailer section begins in the bytes of the last `push`. */
	trailersAt = 0;
	readonly #isLenient: boolean;
	readonly #line: ChunkLine;
	#state: ChunkState = 'line';
	#isFirst = true;
	/** How much content of the current chunk is missing. */
	#missing = 0;
	/** How many bytes of the current line arrived in earlier reads. */
	#earlier = 0;
	/** How many bytes of the current read were passed on or joined. */
	#passed = 0;
	/** What the parser gets for the current read, before the joined contents. */
	#parts: Uint8Array[] = [];
	/** Joined contents, behind room for their size line; those before `#joinedFrom` are part of `#parts`. */
	#joined: Uint8Array = NO_BYTES;
	#joinedFrom = 0;
	#joinedTo = 0;

	constructor(isLenient: boolean) {
		this.#isLenient = isLenient;
		this.#line = new ChunkLine(isLenient);
	}

	/** Whether the last chunk has arrived. */
	get isOver(): boolean {
		return this.#state === 'over';
	}

	/** Whether a chunk was accepted that the parser would have refused. */
	get isDoubtful(): boolean {
		return this.#line.isDoubtful;
	}

	/** What the parser gets for these bytes, without the trailer section: a view of them, or new bytes. */
	push(bytes: Uint8Array): Uint8Array {
		/** Where the current line begins; negative if it began in an earlier read. */
		let start = -this.#earlier;
		/** Where the line and the content of a small chunk begin that is joined if another one follows. */
		let loneStart = -1;
		let loneContent = -1;
		let at = 0;
		while (at < bytes.length && (this.#state === 'line' || this.#state === 'content')) {
			if (this.#state === 'content') {
				at = this.#skipContent(bytes, at);
				start = at;
				continue;
			}
			at = this.#line.read(bytes, at);
			if (this.#line.isComplete && this.#canJoin(start, at, bytes.length)) {
				const end = at + this.#line.size;
				const isAlone = loneStart === -1 && this.#joinedTo === this.#joinedFrom;
				if (isAlone && !this.#isLenient) {
					loneStart = start;
					loneContent = at;
				} else {
					if (loneStart !== -1) this.#join(bytes, loneStart, loneContent, start);
					loneStart = -1;
					this.#join(bytes, start, at, end);
				}
				this.#beginLine();
				at = end;
				start = end;
			} else if (this.#line.isComplete || this.#line.isInvalid) {
				loneStart = -1;
				this.#onLine(bytes, start, at);
			}
		}
		if (loneStart !== -1) this.#isFirst = false;
		this.#earlier = this.#state === 'line' ? bytes.length - start : 0;
		const isRewrittenLater = this.#isLenient && this.#earlier > 0;
		this.#passUpTo(bytes, isRewrittenLater ? start : this.isOver ? this.trailersAt : bytes.length);
		return this.#takeParts();
	}

	#skipContent(bytes: Uint8Array, start: number): number {
		const length = Math.min(this.#missing, bytes.length - start);
		this.#missing -= length;
		if (this.#missing === 0) this.#beginLine();
		return start + length;
	}

	#beginLine(): void {
		this.#state = 'line';
		this.#line.begin();
	}

	/** Whether the chunk is small, and all of it is in this read: the parser already has what it got earlier. */
	#canJoin(start: number, end: number, available: number): boolean {
		const { size } = this.#line;
		if (size === 0 || size > SMALL || size > available - end) return false;
		return this.#isLenient || (start >= 0 && end - start <= MAX_LINE);
	}

	/** The current line, which is complete or invalid, ends here. */
	#onLine(bytes: Uint8Array, start: number, end: number): void {
		const { size, isInvalid } = this.#line;
		if (this.#isLenient) {
			this.#passUpTo(bytes, start);
			this.#flush();
			this.#parts.push(isInvalid ? INVALID : this.#sizeLine(size));
			this.#passed = end;
		}
		this.#flush();
		this.#isFirst = false;
		this.#missing = size;
		this.#state = isInvalid ? 'invalid' : size === 0 ? 'over' : 'content';
		this.trailersAt = end;
	}

	/** Joins the content of a chunk with the one before, if that was joined. `start`: where its size line begins. */
	#join(bytes: Uint8Array, start: number, from: number, to: number): void {
		this.#passUpTo(bytes, start);
		if (this.#joined === NO_BYTES) this.#joined = new Uint8Array(bytes.length - start + MAX_SIZE_LINE);
		if (this.#joinedFrom === this.#joinedTo) this.#joinedTo += MAX_SIZE_LINE;
		for (let at = from; at < to; at++) this.#joined[this.#joinedTo++] = bytes[at] as number;
		this.#passed = to;
	}

	#passUpTo(bytes: Uint8Array, end: number): void {
		if (this.#passed >= end) return;
		this.#flush();
		this.#parts.push(bytes.subarray(this.#passed, end));
		this.#passed = end;
	}

	/** Passes the joined contents on as one chunk. */
	#flush(): void {
		const size = this.#joinedTo - this.#joinedFrom - MAX_SIZE_LINE;
		if (size < 0) return;
		const line = this.#sizeLine(size);
		const at = this.#joinedFrom + MAX_SIZE_LINE - line.length;
		this.#joined.set(line, at);
		this.#parts.push(this.#joined.subarray(at, this.#joinedTo));
		this.#joinedFrom = this.#joinedTo;
	}

	/** With the line end of the chunk before. */
	#sizeLine(size: number): Uint8Array {
		const line = latin1Bytes(`${this.#isFirst ? '' : '\r\n'}${size.toString(16)}\r\n`);
		this.#isFirst = false;
		return line;
	}

	#takeParts(): Uint8Array {
		this.#flush();
		const parts = this.#parts;
		this.#parts = [];
		this.#passed = 0;
		this.#joined = NO_BYTES;
		this.#joinedFrom = 0;
		this.#joinedTo = 0;
		return joinViews(parts);
	}
}
