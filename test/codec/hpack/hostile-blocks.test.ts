// Field blocks made to harm: bounds hold, the table stays in step, and the work is linear in the octets received, which
// is measured in calls of the engine and not in time. Letters are those of the list of scenarios.

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

/** HEADERS, then CONTINUATION frames; only the last one ends the block. */
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

/** What a codec with the limits tells, and how often it called the engine. */
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

/** A literal of that many octets for name and value together, which enters the table. */
function insertion(octets: number): Uint8Array {
	const block = Buffer.concat([fromHex('400161 7f'), Buffer.alloc(4), Buffer.alloc(octets - 1, 'x')]);
	let length = octets - 1 - 127;
	let at = 4;
	for (; length >= 0x80; length >>= 7) block[at++] = 0x80 | (length & 0x7f);
	block[at++] = length;
	return Buffer.concat([block.subarray(0, at), block.subarray(8)]);
}

describe('CONTINUATION without end (S1)', () => {
	test('eight are taken, the ninth is refused, empty or not', () => {
		for (const fragment of [new Uint8Array(0), fromHex('82')]) {
			assert.equal(record([framed(repeat(9, fragment))]).fault, null);
			for (const ends of [true, false]) {
				const refused = record([framed(repeat(10, fragment), ends)]);
				assert.deepEqual(refused.fault, calm(Fault.TOO_MANY_CONTINUATIONS));
				assert.deepEqual(refused.lines.length, 1);
			}
		}
	});

	test('a block of nine full frames is taken, one octet more is refused before that octet has come', () => {
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

describe('sections over a limit (S2, S4)', () => {
	test('fields beyond it are left out, the table is not', () => {
		const fields = Array.from({ length: 300 }, (_, i): [string, string] => [`x-${i}`, `${i}`]);
		const encoder = new Encoder();
		const first = framed([encoder.encode(fields)]);
		const second = framed([encoder.encode(fields.slice(-50))]);
		const { frames } = receive([first, second], 65_536, 256);
		assert.equal(frames.sections[0]?.faults, Event.TOO_LARGE);
		assert.deepEqual(frames.sections[0]?.fields, fields.slice(0, 256).flat());
		assert.deepEqual(frames.sections[1], { fields: fields.slice(-50).flat(), neverIndexed: [], faults: 0 });
	});

	test('thousands of fields of one octet end at the field limit, cookie crumbs too', () => {
		for (const crumb of ['82', '400000', '6000']) {
			const octets = fromHex(crumb);
			const block = Buffer.concat(repeat(Math.floor(16_384 / octets.length), octets));
			const { frames } = receive([framed(repeat(9, block))], 1_000_000, 256);
			const { fields = [], faults = 0 } = frames.sections[0] ?? {};
			assert.equal(faults & Event.TOO_LARGE, Event.TOO_LARGE);
			assert.equal(fields.length, 512);
		}
	});
});

describe('the HPACK bomb (S3)', () => {
	const bomb = Buffer.concat([insertion(4000), new Uint8Array(16_000).fill(0xbe)]);

	test('4 KiB by 16,000 references stops at the limit, without a string for any of them', () => {
		const { frames, calls } = receive([framed([bomb.subarray(0, 16_384), bomb.subarray(16_384)])], 65_536, 100_000);
		assert.equal(frames.sections[0]?.faults, Event.TOO_LARGE);
		assert.equal(frames.sections[0]?.fields.length, 2 * Math.floor(65_536 / 4032));
		assert.ok(calls <= 3, `${calls} calls`);
		assert.throws(() => new Decoder({ maxFields: 100_000 }).decode(bomb), HPACKListSizeError);
	});

	test('memory is bounded by what the limit lets through', () => {
		const decoder = new Decoder({ maxFields: 100_000 });
		const grown = heapGrowth(() => {
			for (let i = 0; i < 200; i++) assert.throws(() => decoder.decode(bomb), HPACKListSizeError);
		});
		assert.ok(grown < 5_000_000, `${grown} octets for 200 bombs of 64 MB`);
	});

	test('entries of the table do not keep alive the blocks they came in', () => {
		const decoder = new Decoder({ maxTableSize: 65_536, maxListSize: 1_000_000 });
		const ballast = Buffer.concat([fromHex('000162 7f 81f307'), Buffer.alloc(127 + 0x1f981, 'y')]);
		const entry = Buffer.from('@\x01a\x14xxxxxxxxxxxxxxxxxxxx', 'latin1');
		const grown = heapGrowth(() => {
			for (let i = 0; i < 300; i++) assert.equal(decoder.decode(Buffer.concat([entry, ballast])).length, 2);
		});
		assert.equal(decoder.decode(fromHex('be'))[0]?.[1].length, 20);
		assert.ok(grown < 10_000_000, `${grown} octets for 300 entries of 53`);
	});
});

describe('work is linear (S5)', () => {
	/** Long strings of Huffman codes, and integers of as many octets as there may be. */
	const blocks: [what: string, block: (size: number) => Uint8Array][] = [
		['one long string of Huffman codes', (size) => new Encoder().encode([['a', 'e'.repeat(size * 8)]])],
		['many short fields', (size) => new Uint8Array(size * 4).fill(0x82)],
		['integers with four octets of nothing', (size) => Buffer.concat(repeat(size, fromHex('ff80808000')))],
	];

	for (const [what, block] of blocks) {
		test(`${what}: one call for each octet that comes alone`, () => {
			for (const octets of [framed([block(200)]), framed([block(400)])]) {
				const { frames, calls } = receive(byteByByte(octets), 10_000_000, 100_000);
				assert.equal(calls, octets.length);
				assert.equal(frames.lines.length, 1);
			}
		});
	}

	test('calls for a whole block grow with its octets, not faster', () => {
		const calls = [1, 2, 4, 8].map((times) => {
			const block = new Uint8Array(16_000).fill(0x82);
			return receive([framed(repeat(times, block))], 10_000_000, 1_000_000).calls;
		});
		const [one] = calls as [number];
		calls.forEach((count, i) => {
			assert.ok(count <= (one + 2) * 2 ** i, `${calls.join(', ')} calls`);
		});
	});

	test('integers with more octets than any length needs are refused', () => {
		for (const block of ['ff8080808000', '7f8080808000', '1f8080808000', '3f8080808000', '00ff8080808000']) {
			assert.throws(() => new Decoder().decode(fromHex(block)), /integer in the field block is too large/, block);
		}
	});

	test('a size update above the limit is refused, not obeyed', () => {
		assert.throws(() => new Decoder().decode(fromHex('3fffffff07')), HPACKDecodingError);
	});
});

test('our encoder takes no table above 64 KiB, whatever the peer allows (S6)', () => {
	assert.throws(() => new Encoder().setMaxTableSize(2 ** 32 - 1), RangeError);
});

/** Octets of live heap that `run` adds. */
function heapGrowth(run: () => void): number {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	collect();
	const before = process.memoryUsage().heapUsed;
	run();
	collect();
	return process.memoryUsage().heapUsed - before;
}
