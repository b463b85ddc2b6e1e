// Reads what stands between the contents of two chunks: the line end behind the first, and the size line of the second with
// its extensions (RFC 9112 §7.1). Accepts exactly what node:http's parser accepts or, in lenient mode, what browsers accept.
// Used by chunk-merger.ts.

import { isToken } from '../fields/grammar.ts';

/** Larger chunks never end. The parser counts up to 2^64. */
const MAX_SIZE = 2 ** 48;

const LF = 10;
const CR = 13;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/**
 *     CONTENT_CR ──> CONTENT_LF ──> SIZE ──> DIGITS ── CR ──> SIZE_LF ──> COMPLETE
 *                            the first chunk ^   └── ; ──> EXTENSION ── CR ──^
 *
 * EXTENSION is followed by NAME, VALUE and the states of a quoted value; all of them may be followed by another EXTENSION.
 * In lenient mode, blanks lead to PADDING, and what is no extension to ANYTHING. INVALID ends the reading.
 */
const State = {
	CONTENT_CR: 0,
	CONTENT_LF: 1,
	SIZE: 2,
	DIGITS: 3,
	PADDING: 4,
	EXTENSION: 5,
	NAME: 6,
	VALUE: 7,
	QUOTED: 8,
	QUOTED_PAIR: 9,
	QUOTED_END: 10,
	ANYTHING: 11,
	SIZE_LF: 12,
	COMPLETE: 13,
	INVALID: 14,
} as const;
type State = (typeof State)[keyof typeof State];

export class ChunkLine {
	/** The size of the chunk, once the line is complete. */
	size = 0;
	/** Whether anything was accepted that the parser would have refused. */
	isDoubtful = false;
	readonly #isLenient: boolean;
	#state: State = State.SIZE;

	/** The first chunk of a message is next. */
	constructor(isLenient: boolean) {
		this.#isLenient = isLenient;
	}

	get isComplete(): boolean {
		return this.#state === State.COMPLETE;
	}

	get isInvalid(): boolean {
		return this.#state === State.INVALID;
	}

	/** The content of a chunk has ended, so that its line end is next. */
	begin(): void {
		this.#state = State.CONTENT_CR;
	}

	/** Returns where the line ends, or the invalid byte, or the end of the bytes. */
	read(bytes: Uint8Array, start: number): number {
		let state = this.#state;
		let at = start;
		for (; at < bytes.length && state < State.COMPLETE; at++) state = this.#next(state, bytes[at] as number);
		this.#state = state;
		return state === State.INVALID ? at - 1 : at;
	}

	#next(state: State, byte: number): State {
		switch (state) {
			case State.CONTENT_CR:
				if (byte === CR) return State.CONTENT_LF;
				return byte === LF ? this.#forgive(State.SIZE) : State.INVALID;
			case State.CONTENT_LF:
				return byte === LF ? State.SIZE : State.INVALID;
			case State.SIZE:
				if (KIND[byte] === BLANK) return this.#forgive(State.SIZE);
				this.size = 0;
				return this.#addDigit(byte);
			case State.DIGITS:
				if (KIND[byte] === BLANK) return this.#forgive(State.PADDING);
				return HEX[byte] === NONE ? this.#endSize(byte) : this.#addDigit(byte);
			case State.PADDING:
				return KIND[byte] === BLANK ? State.PADDING : this.#endSize(byte);
			case State.SIZE_LF:
				return byte === LF ? State.COMPLETE : State.INVALID;
			case State.EXTENSION:
				return byte === CR ? this.#forgive(State.SIZE_LF) : this.#extend(State.NAME, byte);
			case State.ANYTHING:
				if (byte === LF) return State.COMPLETE;
				return byte === CR ? State.SIZE_LF : State.ANYTHING;
			default:
				return this.#extend(state, byte);
		}
	}

	#addDigit(byte: number): State {
		const digit = HEX[byte] as number;
		this.size = this.size * 16 + digit;
		return digit === NONE || this.size > MAX_SIZE ? State.INVALID : State.DIGITS;
	}

	#endSize(byte: number): State {
		if (byte === CR) return State.SIZE_LF;
		if (byte === SEMICOLON) return State.EXTENSION;
		return byte === LF ? this.#forgive(State.COMPLETE) : State.INVALID;
	}

	#extend(state: State, byte: number): State {
		if (state === State.QUOTED_PAIR) return KIND[byte] === OTHER ? this.#forgiveExtension(byte) : State.QUOTED;
		if (state === State.QUOTED) {
			if (byte === QUOTE) return State.QUOTED_END;
			if (byte === BACKSLASH) return State.QUOTED_PAIR;
			return KIND[byte] === OTHER ? this.#forgiveExtension(byte) : State.QUOTED;
		}
		if (byte === CR) return State.SIZE_LF;
		if (byte === SEMICOLON) return State.EXTENSION;
		if (state !== State.QUOTED_END && KIND[byte] === TOKEN) return state;
		if (state === State.NAME && byte === EQUALS) return State.VALUE;
		if (state === State.VALUE && byte === QUOTE) return State.QUOTED;
		return this.#forgiveExtension(byte);
	}

	#forgiveExtension(byte: number): State {
		return this.#forgive(byte === LF ? State.COMPLETE : byte === CR ? State.SIZE_LF : State.ANYTHING);
	}

	#forgive(state: State): State {
		if (!this.#isLenient) return State.INVALID;
		this.isDoubtful = true;
		return state;
	}
}

const OTHER = 0;
const TOKEN = 1;
const BLANK = 2;
/** Allowed between quotes only. */
const TEXT = 3;
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
	if (byte === 0x20 || byte === 0x09) return BLANK;
	if (byte < 0x20 || byte === 0x7f) return OTHER;
	return isToken(String.fromCharCode(byte)) ? TOKEN : TEXT;
});
const NONE = 255;
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
	const digit = Number.parseInt(String.fromCharCode(byte), 16);
	return Number.isNaN(digit) ? NONE : digit;
});
