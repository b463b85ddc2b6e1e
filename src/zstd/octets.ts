// What the decoder of Zstandard reads from: octets forwards, and bits backwards (RFC 8878 §4). Both end where they are
// told to, whatever the data says.

/** A stretch of octets, which are read in order. */
export class Octets {
	readonly bytes: Uint8Array;
	readonly end: number;
	/** Index of the next octet. */
	at: number;

	constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
		this.bytes = bytes;
		this.at = at;
		this.end = end;
	}

	get length(): number {
		return this.end - this.at;
	}

	octet(): number {
		if (this.at >= this.end) corrupt('a section ends early');
		return this.bytes[this.at++]!;
	}

	/** The next `count` octets as an unsigned number in little-endian order; exact up to 6 of them. */
	number(count: number): number {
		let value = 0;
		for (let place = 0; place < count; place++) value += this.octet() * 2 ** (8 * place);
		return value;
	}

	/** The next `length` octets as a stretch of their own. */
	part(length: number): Octets {
		if (length > this.length) corrupt('a section ends early');
		const part = new Octets(this.bytes, this.at, this.at + length);
		this.at += length;
		return part;
	}
}

/** The bits of a stretch, read from its last one to its first. The highest bit that is set marks where they begin. */
export class BackwardBits {
	readonly #bytes: Uint8Array;
	readonly #start: number;
	/** Bits that were not read yet; below zero once more were read than there are. Those read as zeros. */
	left: number;

	constructor(octets: Octets) {
		const last = octets.length === 0 ? 0 : octets.bytes[octets.end - 1]!;
		if (last === 0) corrupt('a bit stream has no end mark');
		this.#bytes = octets.bytes;
		this.#start = octets.at;
		this.left = octets.length * 8 - Math.clz32(last) + 23;
	}

	/** At most 25 bits. */
	read(count: number): number {
		this.left -= count;
		return this.#at(this.left, count);
	}

	/** The bits that `read` would give. */
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

export function corrupt(what: string): never {
	throw new Error(`Zstandard data is corrupt: ${what}`);
}

/** The place of the highest bit that is set, from 0; -1 for zero. */
export function highestBit(value: number): number {
	return 31 - Math.clz32(value);
}
