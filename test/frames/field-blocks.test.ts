import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BLOCK_BYTES } from '../../assembly/shared/limit.ts';
import { FieldBlocks, openDecoder } from '../../src/frames/field-blocks.ts';
import { type Frame, FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';
import { Decoder, Encoder, HPACKDecodingError } from '../../src/hpack.ts';

const writer = new FrameWriter();
const PING = writer.write({ type: FrameType.PING });

function read(bytes: Uint8Array): Frame {
	const [frame] = new FrameReader({ maxFrameSize: 16_777_215 }).read(bytes);
	return frame as Frame;
}

function headers(fragment: Uint8Array, endHeaders = true): Frame {
	return read(writer.write({ type: FrameType.HEADERS, streamId: 1, fragment, endHeaders }));
}

/** Made by hand, because a FrameReader rejects CONTINUATION that follows no HEADERS. */
function continuation(fragment: Uint8Array, endHeaders = true): Frame {
	const head = { type: FrameType.CONTINUATION, flags: 0, streamId: 1, length: fragment.length } as const;
	return { ...head, endHeaders, fragment };
}

describe('field blocks', () => {
	const block = new Encoder().encode([
		[':status', '200'],
		['x-a', 'b'],
	]);

	test('field blocks of HEADERS and PUSH_PROMISE are joined from their fragments', () => {
		const blocks = new FieldBlocks(new Decoder());
		assert.equal(blocks.read(headers(block.subarray(0, 1), false)), null);
		assert.equal(blocks.read(continuation(block.subarray(1, 2), false)), null);
		const fields = [
			[':status', '200'],
			['x-a', 'b'],
		];
		assert.deepEqual(blocks.read(continuation(block.subarray(2))), fields);
		const push = writer.write({
			type: FrameType.PUSH_PROMISE,
			streamId: 1,
			promisedStreamId: 2,
			fragment: Uint8Array.of(0xbe),
		});
		assert.deepEqual(blocks.read(read(push)), [['x-a', 'b']]);
	});

	test('frames without a field block have no fields', () =>
		assert.equal(new FieldBlocks(new Decoder()).read(read(PING)), null));

	test('an unfinished field block is dropped when the next begins', () => {
		const blocks = new FieldBlocks(new Decoder());
		blocks.read(headers(block.subarray(0, 1), false));
		assert.equal(blocks.read(headers(block))?.length, 2);
	});

	test('a field block that is too large is not kept, and no later block is decoded', () => {
		const blocks = new FieldBlocks(openDecoder());
		blocks.read(headers(new Uint8Array(BLOCK_BYTES), false));
		for (let i = 0; i < 100; i++) blocks.read(continuation(new Uint8Array(16_384), false));
		assert.throws(() => blocks.read(continuation(new Uint8Array(0))), /of 1785856 bytes: the maximum is 147456/);
		assert.throws(() => blocks.read(headers(block)), HPACKDecodingError);
	});

	test('empty fragments are not kept', () => {
		const blocks = new FieldBlocks(new Decoder());
		blocks.read(headers(block.subarray(0, 1), false));
		let looks = 0;
		class Empty extends Uint8Array {
			override get length(): number {
				looks++;
				return 0;
			}
		}
		const empty = continuation(new Empty(), false);
		blocks.read(empty);
		const before = looks;
		assert.equal(blocks.read(continuation(block.subarray(1)))?.length, 2);
		assert.equal(looks, before);
	});
});

test('openDecoder follows every table size that the peers agree on', () => {
	const decoder = openDecoder();
	const encoder = new Encoder();
	let sections = 0;
	for (const size of [4096, 0, 100, 65_536, 1000, 4096]) {
		encoder.setMaxTableSize(size);
		for (let i = 0; i < 200; i++) {
			const fields: [string, string][] = Array.from({ length: 5 }, (_, j) => [`x-${(i * j) % 37}`, `${(i + j) % 11}`]);
			assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
			sections++;
		}
	}
	assert.equal(sections, 1200);
});
