// Outgoing frames: what FrameReader reads from them, how blocks and bodies are split, and errors that write nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OUTPUT_BYTES } from '../../assembly/shared/limit.ts';
import { HPACKEncodingError } from '../../src/base/errors.ts';
import { Codec } from '../../src/codec/codec.ts';
import { type Frame, FrameReader, FrameType } from '../../src/frames.ts';
import { record } from '../support/frame-record.ts';
import { toHex } from '../support/hpack-stories.ts';

function read(chunks: readonly Uint8Array[], maxFrameSize = 16_384): Frame[] {
	using reader = new FrameReader({ maxFrameSize });
	return [...reader.read(Buffer.concat(chunks))];
}

/** Characters that no Huffman code shortens, so that lengths are known beforehand. */
function incompressible(length: number): string {
	return '\xfe'.repeat(length);
}

test('every type of frame is written byte for byte, in the order of the calls', () => {
	const codec = new Codec();
	const { output } = codec;
	output.writeBytes(Buffer.from('preface'));
	output.writeSettings([3, 100, 4, 0xffffffff]);
	output.writeSettingsAck();
	output.writeHeaders(1, [':method', 'GET'], null, true);
	output.writeData(1, Buffer.from('abc'), false);
	output.writeRstStream(3, 8);
	output.writePing(0xffffffff, 1, true);
	output.writeWindowUpdate(0, 0x7fffffff);
	output.writeGoaway(5, 0xb, Buffer.from('bye'));
	const expected = [
		toHex(Buffer.from('preface')),
		'00000c0400000000000003000000640004ffffffff',
		'000000040100000000',
		'00000101050000000182',
		'000003000000000001616263',
		'00000403000000000300000008',
		'000008060100000000ffffffff00000001',
		'0000040800000000007fffffff',
		'00000b070000000000000000050000000b627965',
	].join('');
	assert.equal(output.length, expected.length / 2);
	assert.equal(toHex(Buffer.concat(output.take())), expected);
	assert.equal(output.length, 0);
	assert.deepEqual(output.take(), []);
	codec.close();
});

describe('field blocks', () => {
	for (const maxFrameSize of [16_384, 20_000, 16_777_215]) {
		test(`field blocks are split at a frame size of ${maxFrameSize} and are read back whole`, () => {
			for (const size of [8, 16_384, 16_385, 32_768, 32_769, 60_000, 147_000]) {
				const codec = new Codec();
				codec.output.maxFrameSize = maxFrameSize;
				const fields = ['x', incompressible(size - 7)];
				codec.output.writePing(1, 2, false);
				codec.output.writeHeaders(1, fields, new Set([0]), true);
				codec.output.writePing(3, 4, false);
				const chunks = codec.output.take();
				codec.close();

				const [, ...frames] = read(chunks, maxFrameSize).slice(0, -1);
				const lengths = frames.map(({ length }) => length);
				assert.ok(lengths.slice(0, -1).every((length) => length === maxFrameSize));
				assert.ok((lengths.at(-1) as number) <= maxFrameSize && (lengths.at(-1) as number) > 0);
				frames.forEach((frame, i) => {
					assert.equal(frame.type, i === 0 ? FrameType.HEADERS : FrameType.CONTINUATION);
					assert.ok('endHeaders' in frame && frame.endHeaders === (i === frames.length - 1));
				});
				const { sections, lines } = record(maxFrameSize === 16_384 ? chunks : []);
				if (maxFrameSize !== 16_384) continue;
				assert.deepEqual(sections, [{ fields, neverIndexed: [0], faults: 0 }]);
				assert.deepEqual([lines[0], lines[2]], ['PING 1 2 false', 'PING 3 4 false']);
			}
		});
	}

	test('a field block that cannot be encoded writes nothing, and the next one can be decoded', () => {
		const codec = new Codec();
		const { output } = codec;
		output.writeHeaders(1, ['a', 'b'], null, false);
		const { length } = output;
		assert.throws(() => output.writeHeaders(3, ['c', 'd', 'e', '\u0100'], null, false), TypeError);
		assert.throws(() => output.writeHeaders(3, ['c', 'x'.repeat(150_000)], null, false), HPACKEncodingError);
		assert.equal(output.length, length);
		output.writeHeaders(3, ['a', 'b', 'c', 'd'], null, true);
		output.writeHeaders(5, ['a', 'b', 'c', 'd'], null, true);
		assert.deepEqual(record(output.take()).lines, [
			'HEADERS 1 false ["a","b"]  0',
			'HEADERS 3 true ["a","b","c","d"]  0',
			'HEADERS 5 true ["a","b","c","d"]  0',
		]);
		codec.close();
	});
});

describe('field blocks without frames', () => {
	test('encodeBlock uses the dynamic table and does not change the written output', () => {
		const codec = new Codec();
		const { output } = codec;
		output.writePing(1, 2, false);
		assert.equal(toHex(output.encodeBlock([':method', 'GET', ':path', '/'])), '8284');
		assert.ok(output.encodeBlock(['x-name', 'value']).length > 2);
		assert.equal(toHex(output.encodeBlock(['x-name', 'value'])), 'be');
		assert.deepEqual(record(output.take()).lines, ['PING 1 2 false']);
		codec.close();
	});

	test('encodeBlock may return a block longer than a frame', () => {
		const codec = new Codec();
		assert.equal(codec.output.encodeBlock(['x', incompressible(147_000 - 7)]).length, 147_000);
		assert.throws(() => codec.output.encodeBlock(['x', 'y'.repeat(150_000)]), HPACKEncodingError);
		codec.close();
		assert.deepEqual(codec.output.encodeBlock([':method', 'GET']), new Uint8Array(0));
	});
});

describe('bodies', () => {
	test('small bodies are copied, large ones become chunks of their own', () => {
		const codec = new Codec();
		const small = new Uint8Array(2048).fill(1);
		const large = new Uint8Array(2049).fill(2);
		codec.output.writeData(1, small, false);
		codec.output.writeData(1, large, false);
		codec.output.writeData(1, new Uint8Array(0), true);
		small.fill(9);
		const chunks = codec.output.take();
		codec.close();
		assert.equal(chunks.length, 3);
		assert.equal(chunks[1], large);
		const frames = read(chunks);
		assert.deepEqual(
			frames.map((frame) => frame.type === FrameType.DATA && [frame.data.length, frame.data[0], frame.endStream]),
			[
				[2048, 1, false],
				[2049, 2, false],
				[0, undefined, true],
			],
		);
	});
});

describe('linear memory', () => {
	test('output that exceeds linear memory is moved out and stays in order', () => {
		const codec = new Codec();
		const { output } = codec;
		const frames = 3 * Math.ceil(OUTPUT_BYTES / 2000);
		for (let i = 0; i < frames; i++) {
			output.writeData(i + 1, new Uint8Array(1990).fill(i), false);
			output.writeHeaders(i + 1, ['x', `${i}`], null, false);
			output.writeWindowUpdate(i + 1, i + 1);
		}
		const { length } = output;
		const chunks = output.take();
		codec.close();
		assert.ok(chunks.length > 2);
		assert.equal(Buffer.concat(chunks).length, length);
		assert.deepEqual(
			read(chunks).map(({ streamId }) => streamId),
			Array.from({ length: 3 * frames }, (_, i) => Math.floor(i / 3) + 1),
		);
	});

	test('taken chunks are copies that later frames do not change', () => {
		const codec = new Codec();
		codec.output.writePing(1, 2, false);
		const [chunk] = codec.output.take();
		const copy = (chunk as Uint8Array).slice();
		codec.output.writePing(3, 4, false);
		codec.output.take();
		assert.deepEqual(chunk, copy);
		codec.close();
	});
});

test('a closed codec writes nothing', () => {
	const codec = new Codec();
	const { output } = codec;
	codec.close();
	output.writeBytes(new Uint8Array(3));
	output.writeHeaders(1, ['a', 'b'], null, true);
	output.writeData(1, new Uint8Array(5000), true);
	output.writeRstStream(1, 0);
	output.writeSettings([1, 2]);
	output.writeSettingsAck();
	output.writePing(1, 2, false);
	output.writeGoaway(0, 0, new Uint8Array(3));
	output.writeWindowUpdate(0, 1);
	assert.equal(output.length, 0);
	assert.deepEqual(output.take(), []);
});
