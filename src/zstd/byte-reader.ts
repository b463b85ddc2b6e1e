// Bounds-checked readers of bytes (forwards) and bits (backwards, RFC 8878 §4), on which the other files of zstd/ stand.

/** Reads a range of bytes in order. */
export class ByteReader {
	readonly bytes: Uint8Array;
	readonly end: number;
	/** Index of the next byte. */
	at: number;

	constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
		this.bytes = bytes;
		this.at = at;
		this.end = end;
	}

	/** The bytes that are left. */
	get length(): number {
		return this.end - this.at;
	}

	byte(): number {
		if (this.at >= this.end) corrupt('a section ends early');
		return this.bytes[this.at++]!;
	}

	/** The next `count` bytes as a little-endian unsigned integer; exact for up to 6 of them. */
	uint(count: number): number {
		let value = 0;
		for (let place = 0; place < count; place++) value += this.byte() * 2 ** (8 * place);
		return value;
	}

	/** A reader of the next `length` bytes, which this one skips. */
	take(length: number): ByteReader {
		if (length > this.length) corrupt('a section ends early');
		const taken = new ByteReader(this.bytes, this.at, this.at + length);
		this.at += length;
		return taken;
	}
}

/** Reads the remaining bits of a range from the last to the first. The highest set bit of the last byte marks the start. */
export class BackwardBitReader {
	readonly #bytes: Uint8Array;
	readonly #start: number;
	/** Unread bits; negative once more were read than there are. The missing ones read as zeros. */
	left: number;

	constructor(range: ByteReader) {
		const last = range.length === 0 ? 0 : range.bytes[range.end - 1]!;
		if (last === 0) corrupt('a bit stream has no end mark');
		this.#bytes = range.bytes;
		this.#start = range.at;
		this.left = range.length * 8 - Math.clz32(last) + 23;
	}

	/** At most 25 bits. */
	read(count: number): number {
		this.left -= count;
		return this.#at(this.left, count);
	}

	/** The bits that `read` would return. */
	peek(count: number): number {
		return this.#at(this.left - count, count);
	}

	#at(place: number, count: number): number {
		if (place < 0) return place + count <= 0 ? 0 : this.#at(0, place + count) << -place;
		const bytes = this.#bytes;
		const at = this.#start + (place >>> 3);
		const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
		return (word >>> (place & 7)) & ((1 << count) - 1);
	}
}

export function corrupt(fault: string): never {
	throw new Error(`Zstandard data is corrupt: ${fault}`);
}

/** Index of the highest set bit, from 0; -1 for zero. */
export function highestBit(value: number): number {
	return 31 - Math.clz32(value);
}
