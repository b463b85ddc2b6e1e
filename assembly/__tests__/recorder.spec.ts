import { recordedHeads, reset, writeHead, writePing } from '../index';
import { HEAD_RING, OUTPUT } from '../memory';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import { Host } from './support/host';
import { frame } from './support/bytes';

/** One word of an entry. */
function word(entry: u32, index: u32): u32 {
	return load<u32>(HEAD_RING + entry * Limit.RECORDED_HEAD_BYTES + index * 4);
}

describe('flight recorder', () => {
	beforeEach(() => {
		reset(false);
	});

	test('the recorder keeps length, type, flags, direction and stream of each frame', () => {
		// It resets the engine.
		const host = new Host();
		writeHead(OUTPUT, 0xffffff, FrameType.DATA, Flag.END_STREAM, 0x7fffffff);
		host.feedHex(frame(FrameType.WINDOW_UPDATE, 0, 3, '00000001'));
		expect(recordedHeads()).toBe(2);
		expect(word(0, 0)).toBe(0xffffff00);
		expect(word(0, 1)).toBe(0x101);
		expect(word(0, 2)).toBe(0x7fffffff);
		expect(word(1, 0)).toBe(0x408);
		expect(word(1, 1)).toBe(0);
		expect(word(1, 2)).toBe(3);
	});

	test('the recorder begins again at its first entry when it is full, and after a reset', () => {
		for (let i = 0; i < Limit.RECORDED_HEADS + 1; i++) writeHead(OUTPUT, 0, FrameType.DATA, 0, i + 1);
		expect(recordedHeads()).toBe(Limit.RECORDED_HEADS + 1);
		expect(word(0, 2)).toBe(Limit.RECORDED_HEADS + 1);
		expect(word(1, 2)).toBe(2);
		reset(false);
		expect(recordedHeads()).toBe(0);
		writePing(OUTPUT, 1, 2, true);
		expect(word(0, 0)).toBe(0x806);
		expect(word(0, 1)).toBe(0x101);
	});
});
