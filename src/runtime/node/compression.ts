// Decompression with node:zlib, and with our own decoder for zstd where Node has none (before 22.15).

import type { Transform } from 'node:stream';
import { ByteInput, decodedFrom } from '../../base/byte-input.ts';
import { MAX_WINDOW_LOG } from '../../zstd/frame-header.ts';
import { decodeZstd } from '../../zstd/zstd.ts';
import type { Compression } from '../runtime.ts';

/**
 * Implements `Runtime.decompress`. Node decides what may follow the end of the data. After gzip: another member is
 * decoded, zeros are ignored, anything else is an error. After zstd: another frame. After the others anything is ignored.
 */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	const input = new ByteInput(source);
	return decodedFrom(input, decode(input, compression));
}

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

async function* decode(input: ByteInput, compression: Compression): AsyncGenerator<Uint8Array, void, undefined> {
	const stream = DECODERS[compression]?.();
	if (stream === undefined) return yield* decodeZstd(input);
	const decoder = new Decoder(stream);
	try {
		for (let chunk = await input.next(); chunk.done !== true; chunk = await input.next()) {
			decoder.write(chunk.value);
			yield* decoder.output();
			// Of a chunk that contains the end of a frame, Node decodes only that frame.
			if (compression === 'zstd' && decoder.rest.length > 0) return yield* decodeZstd(input, decoder.rest);
		}
		decoder.end();
		yield* decoder.output();
	} finally {
		decoder.close();
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
