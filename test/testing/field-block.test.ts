import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Codec } from '../../src/codec/codec.ts';
import { encodeBlock } from '../../src/testing/field-block.ts';
import { frameBytes } from '../../src/testing/frame-bytes.ts';
import { FrameRecord } from '../support/frame-record.ts';
import { toHex } from '../support/hpack-stories.ts';

test('a block has no frame around it, and is encoded with the table that the last one left', () => {
	const codec = new Codec();
	assert.equal(toHex(encodeBlock(codec.output, [':method', 'GET', ':path', '/'])), '8284');
	const first = encodeBlock(codec.output, ['x-name', 'value']);
	assert.ok(first.length > 2);
	assert.equal(toHex(encodeBlock(codec.output, ['x-name', 'value'])), 'be');
	assert.equal(codec.output.length, 0);
	codec.close();
});

test('a block above the size of a frame is one piece, without what CONTINUATION would add', () => {
	const [codec, reader, record] = [new Codec(), new Codec(), new FrameRecord()];
	const fields = ['big', '\u00ff'.repeat(20_000)];
	const block = encodeBlock(codec.output, fields);
	assert.ok(block.length > 16_384);
	reader.setMaxFrameSize(65_536);
	reader.setSectionLimits(100_000, 10);
	reader.receive(frameBytes(1, 4, 1, block), record);
	assert.deepEqual(record.sections, [{ fields, neverIndexed: [], faults: 0 }]);
	codec.close();
	reader.close();
});
