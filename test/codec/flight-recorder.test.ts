import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import type { FrameHead } from '../../src/base/frame-heads.ts';
import { typeName } from '../../src/base/frame-names.ts';
import { Codec, type FrameHandler } from '../../src/codec/codec.ts';
import { frameBytes } from '../support/frame-bytes.ts';

const handler = new Proxy({}, { get: () => () => undefined }) as FrameHandler;

function text(heads: readonly FrameHead[]): string[] {
	return heads.map(
		({ direction, type, flags, streamId, length }) => `${direction} ${typeName(type)} ${flags} ${streamId} ${length}`,
	);
}

test('the recorder has frames of both directions in their order, with all that their heads say', () => {
	const codec = new Codec();
	const { output, recorder } = codec;
	assert.deepEqual(recorder.heads, []);
	output.writeSettings([3, 100]);
	codec.receive(frameBytes(FrameType.SETTINGS, 0, 0, new Uint8Array(6)), handler);
	output.writeHeaders(0x7fffffff, [':method', 'GET'], null, true);
	output.writeData(3, new Uint8Array(5000), false);
	codec.receive(frameBytes(0xee, 0xff, 0x7fffffff, new Uint8Array(3)).subarray(0, 9), handler);
	const expected = [
		'sent SETTINGS 0 0 6',
		'received SETTINGS 0 0 6',
		'sent HEADERS 5 2147483647 1',
		'sent DATA 0 3 5000',
		'received 0xee 255 2147483647 3',
	];
	assert.deepEqual(text(recorder.heads), expected);
	assert.equal(recorder.heads, recorder.heads, 'the same array while nothing more is recorded');
	codec.close();
	assert.deepEqual(text(recorder.heads), expected, 'kept when the codec is closed');
	const other = new Codec();
	other.output.writePing(1, 2, false);
	assert.deepEqual(text(other.recorder.heads), ['sent PING 0 0 8'], 'nothing of the connection before');
	assert.deepEqual(text(recorder.heads), expected);
	other.close();
});

test('the recorder keeps the last 128 frames', () => {
	const codec = new Codec();
	for (let id = 1; id <= 300; id++) codec.output.writeRstStream(id, 8);
	const ids = codec.recorder.heads.map(({ streamId }) => streamId);
	assert.deepEqual(
		ids,
		Array.from({ length: 128 }, (_, i) => 173 + i),
	);
	codec.close();
});

test('the recorder has the frames of a long field block in the order in which they are sent', () => {
	const codec = new Codec();
	codec.output.writeHeaders(1, ['a', '\xfe'.repeat(40_000)], null, true);
	assert.deepEqual(
		text(codec.recorder.heads).map((line) => line.replace(/ \d+$/, '')),
		['sent HEADERS 1 1', 'sent CONTINUATION 0 1', 'sent CONTINUATION 4 1'],
	);
	const lengths = codec.recorder.heads.map(({ length }) => length);
	assert.deepEqual(lengths.slice(0, 2), [16_384, 16_384]);
	codec.close();
});

test('the recorder has the head that breaks the rules of framing', () => {
	const codec = new Codec();
	codec.receive(frameBytes(FrameType.DATA, 0, 1, new Uint8Array(0), 16_385), handler);
	assert.deepEqual(text(codec.recorder.heads), ['received DATA 0 1 16385']);
	codec.close();
});
