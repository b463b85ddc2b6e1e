// Decompression by node:zlib, and of zstd by our own decoder where Node has none (before 22.15).

import type { Transform } from 'node:stream';
import { ByteInput, decodedFrom } from '../../base/byte-input.ts';
import { MAX_WINDOW_LOG } from '../../zstd/frame-header.ts';
import { decodeZstd } from '../../zstd/zstd.ts';
import type { Compression } from '../runtime.ts';

/**
 * As `Runtime.decompress`. What follows the end of the data is Node's choice: after gzip another member is decoded too,
 * zeros are ignored and all else is an error; after zstd another frame may come; after the others anything is ignored.
 */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	const input = new ByteInput(source);
	return decodedFrom(input, decode(input, compression));
}

/** `bytesWritten` counts what has been decoded. */
type Zlib = Transform & { readonly bytesWritten: number };

/** Not in the types of the oldest Node that we run on. */
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
		for (let octets = await input.next(); octets.done !== true; octets = await input.next()) {
			decoder.write(octets.value);
			yield* decoder.output();
			// Node gives one frame alone of a chunk that has the end of it.
			if (compression === 'zstd' && decoder.rest.length > 0) return yield* decodeZstd(input, decoder.rest);
		}
		decoder.end();
		yield* decoder.output();
	} finally {
		decoder.close();
	}
}

/** A stream of zlib whose output is taken before there is more input. */
class Decoder {
	readonly #stream: Zlib;
	#written = 0;
	#last: Uint8Array = new Uint8Array(0);
	/** There is input that has not given all of its output. */
	#busy = false;
	#ended = false;
	#error: Error | null = null;
	#wake: () => void = () => {};

	constructor(stream: Zlib) {
		this.#stream = stream;
		stream.on('readable', () => this.#wake());
		stream.on('end', () => {
			this.#ended = true;
			this.#wake();
		});
		// Stays for what the stream says after it is closed.
		stream.on('error', (error) => {
			this.#error ??= error;
			this.#wake();
		});
	}

	/** What the last input had behind the end of the data, once its output has been taken. */
	get rest(): Uint8Array {
		return this.#last.subarray(this.#last.length - (this.#written - this.#stream.bytesWritten));
	}

	/** Ignored behind the end of the data. */
	write(octets: Uint8Array): void {
		if (this.#ended || this.rest.length > 0) return;
		this.#busy = true;
		this.#written += octets.length;
		this.#last = octets;
		this.#stream.write(octets, () => {
			this.#busy = false;
			this.#wake();
		});
	}

	end(): void {
		this.#busy = true;
		this.#stream.end();
	}

	/** All that the input has given; ends when the stream wants more of it. */
	async *output(): AsyncGenerator<Uint8Array, void, undefined> {
		for (;;) {
			const woken = new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			const busy = this.#busy;
			const octets: Buffer | null = this.#stream.read();
			if (this.#error !== null) throw this.#error;
			// Plain, because `slice` of a Buffer is no copy.
			if (octets !== null) yield new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
			else if (this.#ended || !busy) return;
			else await woken;
		}
	}

	close(): void {
		this.#stream.destroy();
	}
}
