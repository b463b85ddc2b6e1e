import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { LocalProtocolError } from '../../../src/base/errors.ts';
import type { Compression } from '../../../src/runtime/runtime.ts';
import { decompress } from '../../../src/runtime/web/compression.ts';
import { sourceOf } from '../../support/byte-source.ts';
import { testDecompression } from '../../support/decompression-contract.ts';

/** DecompressionStream of Node supports br since 22.15. */
const hasBrotli = await decompress('br', sourceOf([])).then(
	() => true,
	() => false,
);
const compressions: Compression[] = ['gzip', 'deflate', 'deflate-raw', 'zstd'];

testDecompression(decompress, hasBrotli ? [...compressions, 'br'] : compressions);

test('a decoder that the platform lacks is a LocalProtocolError, and the source is not read', {
	skip: hasBrotli,
}, async () => {
	const source = sourceOf([]);
	await assert.rejects(decompress('br', source), (error) => {
		assert.ok(error instanceof LocalProtocolError);
		assert.match(error.message, /no decoder for br/);
		assert.ok(error.cause instanceof Error);
		return true;
	});
	assert.equal(source.asked, 0);
});

test('input that decodes to much more is decoded a slice at a time', async () => {
	const content = new Uint8Array(64 * 2 ** 20);
	const bytes = zlib.gzipSync(content, { level: 9 });
	const decoded = await decompress('gzip', sourceOf([bytes]));
	const before = process.memoryUsage().arrayBuffers;
	await decoded.next();
	await new Promise((resolve) => setTimeout(resolve, 50));
	const held = process.memoryUsage().arrayBuffers - before;
	assert.ok(held < 24 * 2 ** 20, `${held} bytes ahead`);
	await decoded.return?.();
});
