// The platform's decoders without their threads, whose order no seed decides, and the library's own for zstd.

import zlib from 'node:zlib';
import type { Compression } from '../../src/runtime/runtime.ts';
import { decompressZstd } from '../../src/zstd/zstd.ts';

/** Does what `Runtime.decompress` does. */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	return compression === 'zstd' ? decompressZstd(source, async () => undefined) : decode(compression, source);
}

interface SyncDecoder {
	setMaxListeners(count: number): unknown;
	_handle: { close(): void };
	_processChunk(chunk: Uint8Array, flush: number): Uint8Array;
	close(): void;
}

async function* decode(compression: Compression, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
	const create = DECODERS[compression] ?? zlib.createInflateRaw;
	const decoder = create() as unknown as SyncDecoder;
	// Each call adds one for errors.
	decoder.setMaxListeners(0);
	const handle = decoder._handle;
	const close = handle.close.bind(handle);
	// Each call would close it.
	handle.close = () => undefined;
	const flush = compression === 'br' ? zlib.constants.BROTLI_OPERATION_FLUSH : zlib.constants.Z_SYNC_FLUSH;
	try {
		for (;;) {
			const item = await source.next();
			if (item.done === true) return;
			const output = decoder._processChunk(new Uint8Array(item.value), flush);
			decoder._handle = handle;
			if (output.length > 0) yield new Uint8Array(output);
		}
	} finally {
		close();
		await source.return?.();
	}
}

const DECODERS: Partial<Record<Compression, () => unknown>> = {
	gzip: zlib.createGunzip,
	deflate: zlib.createInflate,
	br: zlib.createBrotliDecompress,
};
