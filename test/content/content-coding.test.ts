import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinBytes } from '../../src/base/bytes.ts';
import { ContentDecodingError, LocalProtocolError } from '../../src/base/errors.ts';
import { canDecode, contentCodings, type DecodingLimits, decodeContent } from '../../src/content/content-coding.ts';
import { decompress } from '../../src/runtime/node/compression.ts';
import type { Compression } from '../../src/runtime/runtime.ts';
import { decompress as decompressOnWeb } from '../../src/runtime/web/compression.ts';
import { readAll, sourceOf, split, type TestSource } from '../support/byte-source.ts';
import { compress } from '../support/decompression-contract.ts';
import { mutate, Random, seed } from '../support/random.ts';
import { noise, words } from '../support/zstd-frames.ts';

const LIMITS: DecodingLimits = { contentCodings: 5, decodedBody: Number.POSITIVE_INFINITY };
const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
const CONTENT = words(500);

/** 32 MiB of zeros in 53 bytes: node:zlib of Node 20, quality 11. */
const BOMB = Buffer.from(
	'cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfbbffcffffc33f0110870500baf77f',
	'hex',
);

function decode(
	source: TestSource,
	codings: string[],
	limits: Partial<DecodingLimits> = {},
): AsyncIterator<Uint8Array> {
	return decodeContent(source, codings, { ...LIMITS, ...limits }, { decompress });
}

async function decoded(bytes: Uint8Array, codings: string[], size = bytes.length): Promise<Uint8Array> {
	return await readAll(decode(sourceOf(split(bytes, size)), codings));
}

function encode(content: Uint8Array, codings: readonly Compression[]): Uint8Array {
	return codings.reduce((bytes, coding) => compress(coding, bytes), content);
}

function assertDecodingError(message: RegExp, caused: boolean): (error: unknown) => true {
	return (error) => {
		assert.ok(error instanceof ContentDecodingError, String(error));
		assert.equal(error.code, 'HYPER_CONTENT_DECODING');
		assert.match(error.message, message);
		assert.equal(error.cause instanceof Error, caused);
		return true;
	};
}

test('content codings are read from all field lines, in order', () => {
	assert.deepEqual(contentCodings([]), []);
	assert.deepEqual(contentCodings(['gzip']), ['gzip']);
	assert.deepEqual(contentCodings(['GZip, BR', '\tzstd ,, Identity', '', 'x-gzip']), ['gzip', 'br', 'zstd', 'gzip']);
	assert.deepEqual(contentCodings(['identity']), []);
	assert.deepEqual(contentCodings(['x-compress, aes128gcm,gzip;q=1']), ['x-compress', 'aes128gcm', 'gzip;q=1']);
});

test('a Content-Encoding with many spaces is parsed quickly', () => {
	const value = `a${' '.repeat(60_000)}b`;
	const before = performance.now();
	for (let i = 0; i < 10; i++) assert.deepEqual(contentCodings([value]), [value]);
	// A regular expression for trailing spaces took 80 seconds.
	assert.ok(performance.now() - before < 10_000);
});

test('canDecode is true only if every coding is known', () => {
	assert.equal(canDecode([]), true);
	assert.equal(canDecode([...CODINGS]), true);
	for (const coding of ['compress', 'x-compress', 'aes128gcm', 'gzip;q=1', 'deflate-raw', 'constructor']) {
		assert.equal(canDecode(['gzip', coding, 'br']), false, coding);
	}
});

test('content without codings or with an unknown one is returned unchanged', () => {
	const source = sourceOf([CONTENT]);
	assert.equal(decode(source, []), source);
	assert.equal(decode(source, ['gzip', 'aes128gcm']), source);
});

describe('one coding', () => {
	for (const coding of CODINGS) {
		test(`${coding} is decoded`, async () => {
			const bytes = compress(coding, CONTENT);
			for (const size of [1, 100, bytes.length]) assert.deepEqual(await decoded(bytes, [coding], size), CONTENT);
		});

		test(`${coding} of empty content is empty`, async () => {
			for (const chunks of [[], [new Uint8Array(0)]]) {
				const source = sourceOf(chunks);
				assert.deepEqual(await readAll(decode(source, [coding])), new Uint8Array(0));
				assert.equal(source.returned, 0);
			}
		});

		test(`content that is not ${coding} or ends early is a ContentDecodingError with its cause`, async () => {
			const bytes = compress(coding, CONTENT);
			const message = new RegExp(`^The content cannot be decoded as ${coding}: .`);
			await assert.rejects(
				decoded(new TextEncoder().encode('<!doctype html>'), [coding]),
				assertDecodingError(message, true),
			);
			for (const end of [1, 3, bytes.length - 9]) {
				await assert.rejects(decoded(bytes.subarray(0, end), [coding]), assertDecodingError(message, true));
			}
		});

		test(`mutated ${coding} is a ContentDecodingError or content`, async () => {
			const random = new Random(coding.length);
			const bytes = compress(coding, CONTENT);
			for (let round = 0; round < 40; round++) {
				const result = await decoded(mutate(bytes, random), [coding], 1 + random.below(bytes.length)).catch(
					(error) => error,
				);
				const fine = result instanceof ContentDecodingError || result instanceof Uint8Array;
				assert.ok(fine, `HYPER_SEED=${seed}, round ${round}: ${result}`);
			}
		});
	}

	test('deflate without the zlib format is decoded, even one byte at a time', async () => {
		for (const content of [CONTENT, noise(200), Uint8Array.of(1), new Uint8Array(0)]) {
			const bytes = compress('deflate-raw', content);
			for (const size of [1, 2, 100, bytes.length]) {
				assert.deepEqual(await decoded(bytes, ['deflate'], size), Uint8Array.from(content));
			}
		}
	});

	test('deflate without the zlib format is decoded although its first byte looks like that of the format', async () => {
		// A stored block with bits that have no meaning: method 8 with too large a window, and with a wrong check.
		for (const [first, length] of [
			[0x88, 28],
			[0x78, 2],
		] as const) {
			const content = noise(length);
			const block = [first, length, 0, length ^ 0xff, 0xff, ...content];
			assert.deepEqual(await decoded(Uint8Array.of(...block, 1, 0, 0, 0xff, 0xff), ['deflate']), content);
		}
	});
});

describe('chains of codings', () => {
	test('the coding applied last is decoded first', async () => {
		const bytes = encode(CONTENT, ['deflate', 'gzip', 'br']);
		assert.deepEqual(await decoded(bytes, ['deflate', 'gzip', 'br']), CONTENT);
		await assert.rejects(decoded(bytes, ['br', 'gzip', 'deflate']), ContentDecodingError);
	});

	test('any chain of codings is decoded, with node:zlib and with DecompressionStream', async () => {
		const random = new Random(3);
		for (let round = 0; round < 40; round++) {
			const chain = Array.from({ length: 1 + random.below(5) }, () =>
				random.pick([...CODINGS, 'deflate-raw'] as const),
			);
			const web = random.chance(1, 2);
			if (web && chain.includes('br')) continue;
			const content = random.pick([words, noise])(1 + random.below(3000));
			const source = sourceOf(split(encode(content, chain), 1 + random.below(500)));
			const codings = chain.map((coding) => (coding === 'deflate-raw' ? 'deflate' : coding));
			const runtime = { decompress: web ? decompressOnWeb : decompress };
			const result = await readAll(decodeContent(source, codings, LIMITS, runtime));
			assert.deepEqual(result, content, `HYPER_SEED=${seed}, round ${round}: ${chain}`);
		}
	});

	test('a chain of codings of empty content is empty', async () => {
		assert.equal((await decoded(new Uint8Array(0), ['gzip', 'deflate', 'zstd', 'br'])).length, 0);
	});

	test('a ContentDecodingError names the coding that failed', async () => {
		const bytes = encode(CONTENT.subarray(0, 100), ['br']);
		const message = /cannot be decoded as gzip/;
		await assert.rejects(decoded(encode(bytes, ['zstd']), ['gzip', 'zstd']), assertDecodingError(message, true));
	});

	test('more codings than limits.contentCodings are an error before anything is read', async () => {
		const source = sourceOf([CONTENT], 'stalls');
		const message = /6 codings, but limits\.contentCodings is 5/;
		await assert.rejects(readAll(decode(source, new Array(6).fill('gzip'))), assertDecodingError(message, false));
		assert.deepEqual([source.asked, source.returned], [0, 1]);
		await assert.rejects(readAll(decode(sourceOf([]), ['br'], { contentCodings: 0 })), ContentDecodingError);
	});
});

describe('limits.decodedBody', () => {
	test('53 bytes that decode to 32 MiB are an error at limits.decodedBody', async () => {
		const source = sourceOf([BOMB], 'stalls');
		const content = decode(source, ['br'], { decodedBody: 2 ** 20 });
		let length = 0;
		const message = /exceeds limits\.decodedBody, 1048576 bytes/;
		await assert.rejects(
			async () => {
				for (let item = await content.next(); item.done !== true; item = await content.next())
					length += item.value.length;
			},
			assertDecodingError(message, false),
		);
		assert.ok(length > 0 && length <= 2 ** 20, `${length} bytes were read`);
		assert.equal(source.returned, 1);
		assert.equal((await content.next()).done, true);
	});

	test('content as long as limits.decodedBody is accepted', async () => {
		const bytes = compress('gzip', CONTENT);
		const bounded = (decodedBody: number) => readAll(decode(sourceOf([bytes]), ['gzip'], { decodedBody }));
		assert.deepEqual(await bounded(CONTENT.length), CONTENT);
		await assert.rejects(bounded(CONTENT.length - 1), ContentDecodingError);
	});

	test('limits.decodedBody also applies between the codings of a chain', async () => {
		const inner = encode(new Uint8Array(0), ['gzip']);
		const bytes = encode(joinBytes(new Array(2000).fill(inner)), ['gzip']);
		assert.equal((await decoded(bytes, ['gzip', 'gzip'])).length, 0);
		const bounded = decode(sourceOf([bytes]), ['gzip', 'gzip'], { decodedBody: 30_000 });
		await assert.rejects(readAll(bounded), assertDecodingError(/limits\.decodedBody/, false));
	});
});

describe('the source', () => {
	const bytes = encode(noise(5000), ['gzip', 'br']);

	test('an error of the source is passed on unchanged', async () => {
		for (const failure of [new Error('source failed'), new LocalProtocolError('source failed')]) {
			for (const given of [[], [bytes.subarray(0, 1)], [bytes.subarray(0, 2000)]]) {
				const source = sourceOf(given, failure);
				await assert.rejects(readAll(decode(source, ['gzip', 'br'])), (error) => error === failure);
				assert.equal(source.returned, 0);
			}
		}
	});

	test('invalid data releases the source', async () => {
		const source = sourceOf([noise(1000)], 'stalls');
		await assert.rejects(readAll(decode(source, ['gzip', 'br'])), ContentDecodingError);
		assert.equal(source.returned, 1);
	});

	test('return releases the source before, between and during reads', async () => {
		const unread = sourceOf([bytes]);
		await decode(unread, ['gzip', 'br']).return?.();
		assert.deepEqual([unread.asked, unread.returned], [0, 1]);

		const halfRead = sourceOf([bytes.subarray(0, 4000)], 'stalls');
		const content = decode(halfRead, ['gzip', 'br']);
		await content.next();
		await content.return?.();
		assert.equal(halfRead.returned, 1);
		assert.equal((await content.next()).done, true);

		for (const given of [[], [bytes.subarray(0, 1)], [bytes.subarray(0, 8)]]) {
			const source = sourceOf(given, 'stalls');
			const waited = decode(source, ['gzip', 'br']);
			const waiting = waited.next();
			await new Promise((resolve) => setImmediate(resolve));
			assert.deepEqual(await waited.return?.(), { done: true, value: undefined });
			assert.deepEqual(await waiting, { done: true, value: undefined });
			assert.equal(source.returned, 1);
		}
	});

	test('a missing decoder rejects and releases the source', async () => {
		const missing = new LocalProtocolError('This platform has no decoder for br');
		const source = sourceOf([bytes], 'stalls');
		const content = decodeContent(source, ['br'], LIMITS, { decompress: () => Promise.reject(missing) });
		await assert.rejects(content.next(), (error) => error === missing);
		assert.equal(source.returned, 1);
	});
});
