import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinBytes } from '../../src/base/bytes.ts';
import { FrameExtent } from '../../src/zstd/frame-extent.ts';
import { split } from '../support/byte-source.ts';
import { frameOf, readZstdVectors } from '../support/zstd-frames.ts';

const SKIPPABLE = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
const FRAMES: [name: string, bytes: Uint8Array][] = [
	['a frame of raw blocks', frameOf([0, new Uint8Array(300)], [0, new Uint8Array(5)])],
	['a frame with a block of one repeated byte', frameOf([1, [7], 1000], [0, [1]])],
	['an empty frame', frameOf([0, []])],
	['a skippable frame', SKIPPABLE],
	['an empty skippable frame', Uint8Array.of(...SKIPPABLE.subarray(0, 4), 0, 0, 0, 0)],
];

for (const [name, frame] of FRAMES) {
	test(`the extent of ${name} ends with its last byte, however it is split`, () => {
		for (const size of [1, 2, 7, 1000]) {
			const extent = new FrameExtent();
			let length = 0;
			for (const chunk of split(joinBytes([frame, frame]), size)) {
				assert.equal(extent.isOver, length === frame.length);
				length += extent.push(chunk);
			}
			assert.deepEqual([length, extent.isOver], [frame.length, true], `in chunks of ${size}`);
		}
	});

	test(`the extent of ${name} is not over before its last byte`, () => {
		for (let end = 0; end < frame.length; end++) {
			const extent = new FrameExtent();
			assert.equal(extent.push(frame.subarray(0, end)), end);
			assert.equal(extent.isOver, false);
		}
	});
}

test('the extent of frames of other encoders is their length', () => {
	for (const { name, bytes } of readZstdVectors()) {
		const extent = new FrameExtent();
		let length = 0;
		// Some have several frames.
		for (let at = 0; at < bytes.length; at = length) {
			const each = at === 0 ? extent : new FrameExtent();
			length += each.push(bytes.subarray(at));
			assert.equal(each.isOver, true, name);
		}
		assert.equal(length, bytes.length, name);
	}
});

test('the extent of what is no Zstandard frame is an error at its fourth byte', () => {
	const extent = new FrameExtent();
	assert.equal(extent.push(Uint8Array.of(0x28, 0xb5, 0x2f)), 3);
	assert.throws(() => extent.push(Uint8Array.of(0xfe)), /no frame/);
});
