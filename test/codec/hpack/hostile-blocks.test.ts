// Malicious field blocks: limits hold, the table stays in step, and the work is linear in the received bytes, which is measured
// in calls of the engine, not in time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as Event from '../../../assembly/shared/event.ts';
import * as Fault from '../../../assembly/shared/fault.ts';
import { Codec } from '../../../src/codec/codec.ts';
import { releaseEngine, takeEngine } from '../../../src/codec/engine.ts';
import { ErrorCode, FrameType, FrameWriter } from '../../../src/frames.ts';
import { Decoder, Encoder, HPACKDecodingError, HPACKListSizeError } from '../../../src/hpack.ts';
import { byteByByte, FrameRecord, record } from '../../support/frame-record.ts';
import { fromHex } from '../../support/hpack-stories.ts';

const writer = new FrameWriter();
const calm = (fault: number) => ({ streamId: 0, errorCode: ErrorCode.ENHANCE_YOUR_CALM, fault });

/** HEADERS, then CONTINUATION frames. Only the last frame ends the block. */
function framed(fragments: readonly Uint8Array[], ends = true): Uint8Array {
	return Buffer.concat(
		fragments.map((fragment, i) => {
			const endHeaders = ends && i === fragments.length - 1;
			const type = i === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
			return writer.write({ type, streamId: 1, fragment, endHeaders });
		}),
	);
}

function repeat<T>(times: number, item: T): T[] {
	return Array.from({ length: times }, () => item);
}

/** What a codec with these limits reports, and how often it called the engine. */
function receive(
	pieces: Iterable<Uint8Array>,
	listSize: number,
	fields: number,
): { frames: FrameRecord; calls: number } {
	const engine = takeEngine(false);
	const { exports } = engine;
	let calls = 0;
	const counting = {
		...exports,
		receive(from: number, to: number, total: number): number {
			calls++;
			return exports.receive(from, to, total);
		},
	};
	// The codec takes the instance that was given back last.
	Object.assign(engine, { exports: counting });
	releaseEngine(engine);
	const codec = new Codec();
	const frames = new FrameRecord();
	codec.setSectionLimits(listSize, fields);
	for (const piece of pieces) codec.receive(piece, frames);
	codec.close();
	assert.equal(takeEngine(false), engine);
	Object.assign(engine, { exports });
	releaseEngine(engine);
	return { frames, calls };
}

/** A literal that enters the table and whose name and value have this many bytes together. */
function insertion(size: number): Uint8Array {
	const block = Buffer.concat([fromHex('400161 7f'), Buffer.alloc(4), Buffer.alloc(size - 1, 'x')]);
	let length = size - 1 - 127;
	let at = 4;
	for (; length >= 0x80; length >>= 7) block[at++] = 0x80 | (length & 0x7f);
	block[at++] = length;
	return Buffer.concat([block.subarray(0, at), block.subarray(8)]);
}

describe('CONTINUATION without end', () => {
	test('eight CONTINUATION frames are accepted, the ninth is refused, empty or not', () => {
		for (const fragment of [new Uint8Array(0), fromHex('82')]) {
			assert.equal(record([framed(repeat(9, fragment))]).fault, null);
			for (const ends of [true, false]) {
				const refused = record([framed(repeat(10, fragment), ends)]);
				assert.deepEqual(refused.fault, calm(Fault.TOO_MANY_CONTINUATIONS));
				assert.deepEqual(refused.lines.length, 1);
			}
		}
	});

	test('a field block of nine full frames is accepted, one more byte is refused before it has arrived', () => {
		const full = new Uint8Array(16_384).fill(0x82);
		const frames = record([framed(repeat(9, full))]);
		assert.equal(frames.sections[0]?.fields.length, 2 * 9 * 16_384);

		const codec = new Codec();
		codec.setMaxFrameSize(20_000);
		const handler = new FrameRecord();
		codec.receive(framed(repeat(8, full), false), handler);
		codec.receive(
			writer.write({ type: FrameType.CONTINUATION, streamId: 1, fragment: new Uint8Array(16_385) }).subarray(0, 9),
			handler,
		);
		assert.deepEqual(handler.fault, calm(Fault.BLOCK_TOO_LARGE));
		codec.close();
	});
});

describe('sections over a limit', () => {
	test('fields beyond the field limit are left out, but enter the table', () => {
		const fields = Array.from({ length: 300 }, (_, i): [string, string] => [`x-${i}`, `${i}`]);
		const encoder = new Encoder();
		const first = framed([encoder.encode(fields)]);
		const second = framed([encoder.encode(fields.slice(-50))]);
		const { frames } = receive([first, second], 65_536, 256);
		assert.equal(frames.sections[0]?.faults, Event.TOO_LARGE);
		assert.deepEqual(frames.sections[0]?.fields, fields.slice(0, 256).flat());
		assert.deepEqual(frames.sections[1], { fields: fields.slice(-50).flat(), neverIndexed: [], faults: 0 });
	});

	test('thousands of one-byte fields, also cookie crumbs, end at the field limit', () => {
		for (const crumb of ['82', '400000', '6000']) {
			const field = fromHex(crumb);
			const block = Buffer.concat(repeat(Math.floor(16_384 / field.length), field));
			const { frames } = receive([framed(repeat(9, block))], 1_000_000, 256);
			const { fields = [], faults = 0 } = frames.sections[0] ?? {};
			assert.equal(faults & Event.TOO_LARGE, Event.TOO_LARGE);
			assert.equal(fields.length, 512);
		}
	});
});

describe('the HPACK bomb', () => {
	const bomb = Buffer.concat([insertion(4000), new Uint8Array(16_000).fill(0xbe)]);

	test('an HPACK bomb of 16,000 references to 4 KiB stops at the limit after a few calls of the engine', () => {
		const { frames, calls } = receive([framed([bomb.subarray(0, 16_384), bomb.subarray(16_384)])], 65_536, 100_000);
		assert.equal(frames.sections[0]?.faults, Event.TOO_LARGE);
		assert.equal(frames.sections[0]?.fields.length, 2 * Math.floor(65_536 / 4032));
		assert.ok(calls <= 3, `${calls} calls`);
		assert.throws(() => new Decoder({ maxFields: 100_000 }).decode(bomb), HPACKListSizeError);
	});

	test('the memory for an HPACK bomb is bounded by the section limit', () => {
		const decoder = new Decoder({ maxFields: 100_000 });
		const grown = heapGrowth(() => {
			for (let i = 0; i < 200; i++) assert.throws(() => decoder.decode(bomb), HPACKListSizeError);
		});
		assert.ok(grown < 5_000_000, `${grown} bytes for 200 bombs of 64 MB`);
	});

	test('table entries do not keep the blocks alive that they arrived in', () => {
		const decoder = new Decoder({ maxTableSize: 65_536, maxListSize: 1_000_000 });
		const ballast = Buffer.concat([fromHex('000162 7f 81f307'), Buffer.alloc(127 + 0x1f981, 'y')]);
		const entry = Buffer.from('@\x01a\x14xxxxxxxxxxxxxxxxxxxx', 'latin1');
		const grown = heapGrowth(() => {
			for (let i = 0; i < 300; i++) assert.equal(decoder.decode(Buffer.concat([entry, ballast])).length, 2);
		});
		assert.equal(decoder.decode(fromHex('be'))[0]?.[1].length, 20);
		assert.ok(grown < 10_000_000, `${grown} bytes for 300 entries of 53`);
	});
});

describe('work is linear', () => {
	/** Long strings of Huffman codes, many fields, and integers with as many bytes as allowed. */
	const blocks: [what: string, block: (size: number) => Uint8Array][] = [
		['one long string of Huffman codes', (size) => new Encoder().encode([['a', 'e'.repeat(size * 8)]])],
		['many short fields', (size) => new Uint8Array(size * 4).fill(0x82)],
		['integers with four bytes without value', (size) => Buffer.concat(repeat(size, fromHex('ff80808000')))],
	];

	for (const [what, block] of blocks) {
		test(`decoding ${what} byte by byte takes one call of the engine per byte`, () => {
			for (const bytes of [framed([block(200)]), framed([block(400)])]) {
				const { frames, calls } = receive(byteByByte(bytes), 10_000_000, 100_000);
				assert.equal(calls, bytes.length);
				assert.equal(frames.lines.length, 1);
			}
		});
	}

	test('the calls of the engine for a block grow no faster than its length', () => {
		const calls = [1, 2, 4, 8].map((times) => {
			const block = new Uint8Array(16_000).fill(0x82);
			return receive([framed(repeat(times, block))], 10_000_000, 1_000_000).calls;
		});
		const [one] = calls as [number];
		calls.forEach((count, i) => {
			assert.ok(count <= (one + 2) * 2 ** i, `${calls.join(', ')} calls`);
		});
	});

	test('integers with more bytes than any length needs are refused', () => {
		for (const block of ['ff8080808000', '7f8080808000', '1f8080808000', '3f8080808000', '00ff8080808000']) {
			assert.throws(() => new Decoder().decode(fromHex(block)), /integer in the field block is too large/, block);
		}
	});

	test('a table size update above the limit is refused', () => {
		assert.throws(() => new Decoder().decode(fromHex('3fffffff07')), HPACKDecodingError);
	});
});

test('our encoder accepts no table size above 64 KiB, whatever the peer allows', () => {
	assert.throws(() => new Encoder().setMaxTableSize(2 ** 32 - 1), RangeError);
});

/** Bytes of live heap that `run` adds. */
function heapGrowth(run: () => void): number {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	collect();
	const before = process.memoryUsage().heapUsed;
	run();
	collect();
	return process.memoryUsage().heapUsed - before;
}
