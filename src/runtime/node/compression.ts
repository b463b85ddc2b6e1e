// Decompression with node:zlib, of Node or of workerd, and with our own decoder for zstd where Node has none (before 22.15).
// gzip and zlib formats are unwrapped here, because node:zlib refuses content that lacks the trailer, or has other bytes
// behind it.

import type { Transform } from 'node:stream';
import { ByteInput, decodedFrom } from '../../base/byte-input.ts';
import { joinBytes } from '../../base/bytes.ts';
import { FrameExtent } from '../../zstd/frame-extent.ts';
import { MAX_WINDOW_LOG } from '../../zstd/frame-header.ts';
import { decodeZstd } from '../../zstd/zstd.ts';
import { adler32, FlushMark, GzipHeader } from '../deflate-wrapper.ts';
import type { Compression, Runtime } from '../runtime.ts';
import { nextTurn } from './turns.ts';

/** Implements `Runtime.decompress`. `turn` is the platform's `nextTurn`. */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
	turn: Runtime['nextTurn'] = nextTurn,
): Promise<AsyncIterator<Uint8Array>> {
	const input = new ByteInput(source);
	return decodedFrom(input, decode(input, compression, turn));
}

const NO_BYTES = new Uint8Array(0);
const ONE_BYTE = new Uint8Array(1);

/** `bytesWritten` counts the input bytes that have been decoded. */
type Zlib = Transform & { readonly bytesWritten: number };

/** Missing in the types of the oldest supported Node. */
interface ZstdLibrary {
	createZstdDecompress?(options: { params: Record<number, number> }): Zlib;
	constants: { ZSTD_d_windowLogMax: number };
}

const zlib = process.getBuiltinModule('node:zlib');
const { createZstdDecompress, constants } = zlib as unknown as ZstdLibrary;

const DECODERS: Record<Compression, (() => Zlib) | undefined> = {
	gzip: () => zlib.createGunzip(),
	deflate: () => zlib.createInflate(),
	'deflate-raw': () => zlib.createInflateRaw(),
	br: () => zlib.createBrotliDecompress(),
	zstd:
		createZstdDecompress &&
		(() => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } })),
};

async function* decode(
	input: ByteInput,
	compression: Compression,
	turn: Runtime['nextTurn'],
): AsyncGenerator<Uint8Array, void, undefined> {
	const reader = new Reader(input);
	if (compression === 'gzip') yield* decodeGzip(reader);
	else if (compression === 'deflate') yield* decodeZlib(reader);
	else if (compression === 'zstd' && createZstdDecompress === undefined) yield* decodeZstd(input, turn);
	else if (compression === 'zstd') {
		yield* decodeFrame(reader);
		yield* decodeZstd(input, turn, reader.takeReturned());
	} else yield* decodeWith(compression, reader);
	// Browsers and curl ignore whatever follows.
	await reader.drain();
}

/** The trailer of a member has a CRC and the length. */
const GZIP_TRAILER = 8;
/** Members of fewer bytes on average are left to node:zlib, because each decoder costs 40 µs. */
const MEMBER_BYTES = 2048;

/** RFC 1952. Another member may follow. An incomplete trailer is accepted, because some servers only flush. */
async function* decodeGzip(reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
	for (let members = 1; ; members++) {
		// A bad member after this one is its error, and so is garbage.
		if (reader.taken < (members - 16) * MEMBER_BYTES) return yield* decodeWith('gzip', reader);
		const header = new GzipHeader();
		for (let at = -1; at < 0; ) {
			const chunk = await reader.next();
			if (chunk === null) throw new Error('unexpected end of file');
			at = header.read(chunk);
			if (at >= 0) reader.unread(chunk.subarray(at));
		}
		let crc = 0;
		let length = 0;
		for await (const chunk of decodeWith('deflate-raw', reader)) {
			crc = zlib.crc32(chunk, crc);
			length += chunk.length;
			yield chunk;
		}
		const trailer = await reader.take(GZIP_TRAILER);
		if (trailer.length === GZIP_TRAILER) {
			const view = new DataView(trailer.buffer);
			if (view.getUint32(0, true) !== crc) throw new Error('incorrect data check');
			if (view.getUint32(4, true) !== length % 2 ** 32) throw new Error('incorrect length check');
		}
		const next = await reader.take(2);
		reader.unread(next);
		if (next[0] !== 0x1f || (next[1] ?? 0x8b) !== 0x8b) return;
	}
}

/** RFC 1950. An incomplete checksum is accepted, as in gzip. */
async function* decodeZlib(reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
	const [method = 0, flags = 0] = await reader.take(2);
	// A preset dictionary is not for HTTP.
	if ((method & 0x0f) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0 || flags & 0x20) {
		throw new Error('it has no zlib header');
	}
	let checksum = 1;
	for await (const chunk of decodeWith('deflate-raw', reader)) {
		checksum = adler32(chunk, checksum);
		yield chunk;
	}
	const trailer = await reader.take(4);
	if (trailer.length === 4 && new DataView(trailer.buffer).getUint32(0) !== checksum) {
		throw new Error('incorrect data check');
	}
}

/** Decodes to the end of the data, and returns what follows to the reader. */
async function* decodeWith(compression: Compression, reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
	const decoder = new Decoder((DECODERS[compression] as () => Zlib)());
	const mark = new FlushMark();
	try {
		for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
			mark.push(chunk);
			decoder.write(chunk);
			yield* decoder.output();
			if (decoder.rest.length > 0) return reader.unread(decoder.rest);
		}
		if (mark.isLast && compression === 'deflate-raw') return;
		// Deno does not notice that brotli data is cut. A decoder that has reached the end takes no byte more.
		if (compression === 'br') {
			decoder.write(ONE_BYTE);
			for await (const _ of decoder.output());
			if (decoder.rest.length === 0) throw new Error('unexpected end of file');
			return;
		}
		decoder.end();
		yield* decoder.output();
	} finally {
		decoder.close();
	}
}

/**
 * Decodes the first frame of Zstandard data, and returns what follows to the reader. node:zlib gets nothing else: that of Node
 * 22, Deno and Bun accepts a frame that is cut, and that of Node 22 and 24 fails at bytes that follow the last one.
 */
async function* decodeFrame(reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
	const extent = new FrameExtent();
	const decoder = new Decoder((DECODERS.zstd as () => Zlib)());
	try {
		while (!extent.isOver) {
			const chunk = await reader.next();
			if (chunk === null) throw new Error('unexpected end of file');
			const length = extent.push(chunk);
			reader.unread(chunk.subarray(length));
			decoder.write(chunk.subarray(0, length));
			yield* decoder.output();
		}
		decoder.end();
		yield* decoder.output();
	} finally {
		decoder.close();
	}
}

/** Input of which a part can be given back. */
class Reader {
	readonly #input: ByteInput;
	#returned: Uint8Array = NO_BYTES;
	/** Bytes that were taken and not given back. */
	taken = 0;

	constructor(input: ByteInput) {
		this.#input = input;
	}

	/** The next chunk, which is not empty; null at the end. */
	async next(): Promise<Uint8Array | null> {
		let chunk = this.takeReturned();
		while (chunk.length === 0) {
			const item = await this.#input.next();
			if (item.done === true) return null;
			chunk = item.value;
		}
		this.taken += chunk.length;
		return chunk;
	}

	/** Gives back bytes that were just taken. */
	unread(bytes: Uint8Array): void {
		this.#returned = this.hasReturned ? joinBytes([bytes, this.#returned]) : bytes;
		this.taken -= bytes.length;
	}

	get hasReturned(): boolean {
		return this.#returned.length > 0;
	}

	takeReturned(): Uint8Array {
		const returned = this.#returned;
		this.#returned = NO_BYTES;
		return returned;
	}

	/** The next `count` bytes, or fewer at the end, as a copy. */
	async take(count: number): Promise<Uint8Array> {
		const taken = new Uint8Array(count);
		let length = 0;
		while (length < count) {
			const chunk = await this.next();
			if (chunk === null) break;
			const part = chunk.subarray(0, count - length);
			taken.set(part, length);
			length += part.length;
			this.unread(chunk.subarray(part.length));
		}
		return taken.subarray(0, length);
	}

	/** Reads the input to its end. */
	async drain(): Promise<void> {
		while ((await this.next()) !== null);
	}
}

/**
 *     idle <------> decoding --> ended      write and end start decoding; idle: all output of the input has been read
 *                      |
 *                      '-------> Error
 */
type DecoderState = 'idle' | 'decoding' | 'ended' | Error;

/** A zlib stream whose output is read before it gets more input. */
class Decoder {
	readonly #stream: Zlib;
	#written = 0;
	#last: Uint8Array = new Uint8Array(0);
	#state: DecoderState = 'idle';
	#wake: () => void = () => {};

	constructor(stream: Zlib) {
		this.#stream = stream;
		stream.on('readable', () => this.#wake());
		stream.on('end', () => this.#enter('ended'));
		// Not removed by close: the stream may report an error even after that.
		stream.on('error', (error) => this.#enter(error));
	}

	/** The bytes after the end of the data in the last input, once its output has been read. */
	get rest(): Uint8Array {
		return this.#last.subarray(this.#last.length - (this.#written - this.#stream.bytesWritten));
	}

	/** Does nothing after the end of the data. */
	write(bytes: Uint8Array): void {
		if (this.#state === 'ended' || this.rest.length > 0) return;
		this.#enter('decoding');
		this.#written += bytes.length;
		this.#last = bytes;
		this.#stream.write(bytes, () => {
			if (this.#state === 'decoding') this.#enter('idle');
		});
	}

	end(): void {
		if (this.#state !== 'ended') this.#enter('decoding');
		this.#stream.end();
	}

	/** All output of the input so far; ends when the stream needs more input. */
	async *output(): AsyncGenerator<Uint8Array, void, undefined> {
		for (;;) {
			const woken = new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			const before = this.#state;
			const chunk: Buffer | null = this.#stream.read();
			if (this.#state instanceof Error) throw this.#state;
			// Not a Buffer, whose `slice` does not copy.
			if (chunk !== null) yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
			else if (this.#state === 'ended' || before !== 'decoding') return;
			else await woken;
		}
	}

	close(): void {
		this.#stream.destroy();
	}

	#enter(state: DecoderState): void {
		// The first error stays.
		if (!(this.#state instanceof Error)) this.#state = state;
		this.#wake();
	}
}
