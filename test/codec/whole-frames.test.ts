// Whole-frame mode: raw frames, unfinished frames, and stream faults, after which reading continues.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Fault from '../../assembly/shared/fault.ts';
import { type RawFrame, WholeFrames } from '../../src/codec/whole-frames.ts';
import { fromHex } from '../support/hpack-stories.ts';

class Recorder {
	readonly frames: RawFrame[] = [];
	readonly faults: number[][] = [];

	onFrame(frame: RawFrame): void {
		this.frames.push(frame);
	}

	onFault(streamId: number, errorCode: number, fault: number): void {
		this.faults.push([streamId, errorCode, fault]);
	}
}

const empty = { padding: null, first: 0, second: 0, settings: [], body: new Uint8Array(0) };

test('WholeFrames reports a frame as its head, its fixed fields as words, and its body', () => {
	const frames = new WholeFrames(16_384);
	const told = new Recorder();
	frames.receive(fromHex('000009 01 28 00000001 01 80000003 0f 8284 00'), told);
	frames.receive(fromHex('000000 09 04 00000001'), told);
	frames.receive(fromHex('00000b 07 00 00000000 80000001 ffffffff 616263'), told);
	frames.receive(fromHex('00000c 04 00 00000000 0001 80000000 9999 ffffffff'), told);
	frames.close();
	assert.deepEqual(told.frames, [
		{
			type: 1,
			flags: 0x28,
			streamId: 1,
			length: 9,
			padding: 1,
			first: 0x80000003,
			second: 15,
			settings: [],
			body: fromHex('8284'),
		},
		{ ...empty, type: 9, flags: 4, streamId: 1, length: 0 },
		{
			...empty,
			type: 7,
			flags: 0,
			streamId: 0,
			length: 11,
			first: 0x80000001,
			second: 0xffffffff,
			body: fromHex('616263'),
		},
		{ ...empty, type: 4, flags: 0, streamId: 0, length: 12, settings: [1, 0x80000000, 0x9999, 0xffffffff] },
	]);
});

test('a frame is unfinished from its complete head to the end of its body', () => {
	const frames = new WholeFrames(16_384);
	const told = new Recorder();
	const bytes = fromHex('000005 00 08 00000001 02 6162 0000');
	const states = Array.from(bytes, (byte) => {
		frames.receive(Uint8Array.of(byte), told);
		return frames.unfinished?.length ?? null;
	});
	frames.close();
	assert.deepEqual(states, [...Array(9).fill(null), 5, 5, null, null, null]);
	assert.equal(told.frames.length, 1);
});

test('a stream fault leaves out its frame, and a connection fault ends WholeFrames', () => {
	const frames = new WholeFrames(16_384);
	const told = new Recorder();
	const ping = fromHex('000008 06 00 00000000 0000000000000000');
	frames.receive(fromHex('000004 08 00 00000003 00000000'), told);
	frames.receive(fromHex('000004 02 00 00000005 00000000'), told);
	frames.receive(ping, told);
	// The head is valid, the value is not: no frame stays unfinished.
	frames.receive(fromHex('000006 04 00 00000000 0002 00000002'), told);
	assert.equal(frames.unfinished, null);
	frames.receive(ping, told);
	frames.close();
	frames.receive(ping, told);
	assert.equal(told.frames.length, 1);
	assert.deepEqual(told.faults, [
		[3, ErrorCode.PROTOCOL_ERROR, Fault.ZERO_INCREMENT],
		[5, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH],
		[0, ErrorCode.PROTOCOL_ERROR, Fault.BAD_SETTING],
	]);
});

test('closing WholeFrames during a call stops its reports', () => {
	const frames = new WholeFrames(16_384);
	const ping = fromHex('000008 06 00 00000000 0000000000000000');
	let count = 0;
	frames.receive(Buffer.concat([ping, ping, ping]), {
		onFrame() {
			count++;
			frames.close();
		},
		onFault: () => assert.fail('no fault is expected'),
	});
	assert.equal(count, 1);
});

test('WholeFrames that are closed twice give their engine back once, so that no two share it', () => {
	const closed = new WholeFrames(16_384);
	closed.close();
	closed.close();
	const readers = [new WholeFrames(16_384), new WholeFrames(16_384)];
	const told = readers.map(() => new Recorder());
	closed.receive(fromHex('0000'), new Recorder());
	for (const part of ['000000 04 01', '00000000']) {
		for (const [i, reader] of readers.entries()) reader.receive(fromHex(part), told[i] as Recorder);
	}
	for (const reader of readers) reader.close();
	assert.deepEqual(
		told.map(({ frames }) => frames.length),
		[1, 1],
	);
});
