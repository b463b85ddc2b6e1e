// Decompression by the platform's DecompressionStream, where node:zlib is missing; of zstd by our own decoder.

import { ByteInput, decodedFrom } from '../../base/byte-input.ts';
import { LocalProtocolError } from '../../base/errors.ts';
import { decompressZstd } from '../../zstd/zstd.ts';
import type { Compression } from '../runtime.ts';

/** What is given at a time is decoded at once, whatever it makes: deflate makes 1,032 octets of one at the most. */
const SLICE = 4096;

/** As `Runtime.decompress`. Octets behind the end of the data are an error where the platform keeps to its standard. */
export async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	if (compression === 'zstd') return decompressZstd(source);
	const decoder = makeDecoder(compression);
	const input = new ByteInput(source);
	return decodedFrom(input, decode(input, decoder));
}

function makeDecoder(compression: 'gzip' | 'deflate' | 'deflate-raw' | 'br'): DecompressionStream {
	try {
		return new DecompressionStream((compression === 'br' ? 'brotli' : compression) as CompressionFormat);
	} catch (cause) {
		throw new LocalProtocolError(`This platform has no decoder for ${compression}`, { cause });
	}
}

async function* decode(input: ByteInput, decoder: DecompressionStream): AsyncGenerator<Uint8Array, void, undefined> {
	const demand = new Demand();
	const writer = decoder.writable.getWriter();
	const reader = decoder.readable.getReader();
	// What the decoder finds wrong, its readable side says too.
	void feed(input, writer, demand).catch((error) => writer.abort(error).catch(() => {}));
	try {
		for (;;) {
			demand.begin();
			const octets = await reader.read();
			demand.end();
			if (octets.done) return;
			yield octets.value;
		}
	} catch (error) {
		throw input.state === 'failed' ? input.error : error;
	} finally {
		await reader.cancel().catch(() => {});
	}
}

async function feed(
	input: ByteInput,
	writer: WritableStreamDefaultWriter<BufferSource>,
	demand: Demand,
): Promise<void> {
	for (let octets = await input.next(); octets.done !== true; octets = await input.next()) {
		for (let at = 0; at < octets.value.length; at += SLICE) {
			await demand.there;
			await writer.write(octets.value.slice(at, at + SLICE));
		}
		await demand.there;
	}
	await writer.close();
}

/** Whether output is waited for: without this, input would run ahead as far as the queues of the platform go. */
class Demand {
	there: Promise<void> = Promise.resolve();
	#arrive: () => void = () => {};

	begin(): void {
		this.#arrive();
	}

	end(): void {
		this.there = new Promise((resolve) => {
			this.#arrive = resolve;
		});
	}
}
