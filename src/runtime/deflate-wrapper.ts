// What surrounds deflate data: the headers and checksums of gzip (RFC 1952) and zlib (RFC 1950), and the mark of a flush.
// For decoders that must know where the data ends, which node:zlib does not tell for these formats.

/** Longer headers are an error. Servers send 10 bytes, but an extra field may have 65,535. */
const MAX_HEADER = 131_072;

/** RFC 1952 §2.3.1 */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

/** Reads the header of a gzip member, in chunks of any size. */
export class GzipHeader {
	readonly #parts = gzipHeader();
	#length = 0;

	/** Returns the index after the header; -1 if it continues in the next chunk. Throws if it is not a gzip header. */
	read(bytes: Uint8Array): number {
		if (this.#length === 0) this.#parts.next();
		for (let at = 0; at < bytes.length; at++) {
			if (++this.#length > MAX_HEADER) throw new Error('its gzip header is too long');
			if (this.#parts.next(bytes[at] as number).done) return at + 1;
		}
		return -1;
	}
}

/** Gets the bytes of the header one by one, and ends with the last. */
function* gzipHeader(): Generator<undefined, void, number> {
	// The magic number, and deflate.
	for (const expected of [0x1f, 0x8b, 8]) {
		if ((yield) !== expected) throw new Error('it has no gzip header');
	}
	const flags = yield;
	// Time, extra flags, operating system.
	yield* skip(6);
	if (flags & FEXTRA) yield* skip((yield) + (yield) * 256);
	if (flags & FNAME) while ((yield) !== 0);
	if (flags & FCOMMENT) while ((yield) !== 0);
	if (flags & FHCRC) yield* skip(2);
}

function* skip(count: number): Generator<undefined, void, number> {
	for (let left = count; left > 0; left--) yield;
}

/** RFC 1951 §3.2.4: an empty stored block, with which encoders end a flush at a byte boundary. */
const FLUSH_MARK = [0, 0, 0xff, 0xff];

/** Follows the last bytes of deflate data, which arrive in chunks of any size. */
export class FlushMark {
	#last: number[] = [];

	/** Whether the data so far ends with a flush, so that everything before it could be decoded. */
	get isLast(): boolean {
		return FLUSH_MARK.every((byte, place) => byte === this.#last[place]);
	}

	push(bytes: Uint8Array): void {
		this.#last = [...this.#last, ...bytes.subarray(-4)].slice(-4);
	}
}

/** The largest prime below 2 ** 16, and how many bytes fit before the sums exceed 32 bits: RFC 1950 §9. */
const ADLER_BASE = 65_521;
const ADLER_STEP = 3_800;

/** The checksum of zlib. `value` is that of the bytes before; it starts with 1. */
export function adler32(bytes: Uint8Array, value: number): number {
	let low = value & 0xffff;
	let high = value >>> 16;
	for (let at = 0; at < bytes.length; ) {
		const end = Math.min(bytes.length, at + ADLER_STEP);
		for (; at < end; at++) {
			low += bytes[at] as number;
			high += low;
		}
		low %= ADLER_BASE;
		high %= ADLER_BASE;
	}
	return ((high << 16) | low) >>> 0;
}
