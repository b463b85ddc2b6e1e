// Decompression with the platform's DecompressionStream, for platforms without node:zlib; our own decoder for zstd.

import { ByteInput, decodedFrom } from '../../base/byte-input.ts';
import { LocalProtocolError } from '../../base/errors.ts';
import { decompressZstd } from '../../zstd/zstd.ts';
import { FlushMark } from '../deflate-wrapper.ts';
import type { Compression } from '../runtime.ts';
import { nextTurn } from './turns.ts';

/** The platform decodes each write completely; a byte of deflate decodes to at most 1,032, so writes are kept small. */
const SLICE = 4096;

/** Bytes that are decoded before the event loop turns: the platform decodes on this thread. */
const BYTES_PER_TURN = 4_194_304;

/** Implements `Runtime.decompress`. Bytes after the end of the data are an error where the platform follows the standard. */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	if (compression === 'zstd') return decompressZstd(source, nextTurn);
	const decoder = makeDecoder(compression);
	const input = new ByteInput(source);
	return decodedFrom(input, decode(input, decoder, compression !== 'br'));
}

function makeDecoder(compression: 'gzip' | 'deflate' | 'deflate-raw' | 'br'): DecompressionStream {
	try {
		return new DecompressionStream((compression === 'br' ? 'brotli' : compression) as CompressionFormat);
	} catch (cause) {
		throw new LocalProtocolError(`This platform has no decoder for ${compression}`, { cause });
	}
}

/** `hasFlushMarks`: content that ends with a flush, as some servers send it, is complete. */
async function* decode(
	input: ByteInput,
	decoder: DecompressionStream,
	hasFlushMarks: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
	const demand = new Demand();
	const mark = new FlushMark();
	let decoded = 0;
	const writer = decoder.writable.getWriter();
	const reader = decoder.readable.getReader();
	// Errors of the decoder also reach its readable side.
	void feed(input, writer, demand, mark).catch((error) => writer.abort(error).catch(() => {}));
	try {
		for (;;) {
			demand.begin();
			const chunk = await reader.read();
			demand.end();
			if (chunk.done) return;
			yield chunk.value;
			decoded += chunk.value.length;
			if (decoded < BYTES_PER_TURN) continue;
			decoded = 0;
			await nextTurn();
		}
	} catch (error) {
		if (input.state === 'failed') throw input.error;
		if (input.state !== 'ended' || !hasFlushMarks || !mark.isLast) throw error;
	} finally {
		await reader.cancel().catch(() => {});
	}
}

async function feed(
	input: ByteInput,
	writer: WritableStreamDefaultWriter<BufferSource>,
	demand: Demand,
	mark: FlushMark,
): Promise<void> {
	for (let chunk = await input.next(); chunk.done !== true; chunk = await input.next()) {
		mark.push(chunk.value);
		for (let at = 0; at < chunk.value.length; at += SLICE) {
			await demand.begun;
			await writer.write(chunk.value.slice(at, at + SLICE));
		}
		await demand.begun;
	}
	await writer.close();
}

/** Holds back input while no output is being read; otherwise input would run ahead until the platform's queues are full. */
class Demand {
	/** Resolves once output is being read. */
	begun: Promise<void> = Promise.resolve();
	#resolve: () => void = () => {};

	begin(): void {
		this.#resolve();
	}

	end(): void {
		this.begun = new Promise((resolve) => {
			this.#resolve = resolve;
		});
	}
}
