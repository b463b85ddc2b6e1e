// Instances of the engine and the free list they come from.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as Event from '../../assembly/shared/event.ts';
import { EVENT_WORDS, INPUT_BYTES, OUTPUT_BYTES } from '../../assembly/shared/limit.ts';
import { Engine, hasEngine, releaseEngine, takeEngine } from '../../src/codec/engine.ts';

/** The number of instances that the free list keeps. */
const MAX_FREE = 16;

/** Runs with an empty free list: takes all instances that it may hold and returns them at the end. */
function withEmptyList(run: () => void): void {
	const taken = Array.from({ length: MAX_FREE }, () => takeEngine(false));
	try {
		run();
	} finally {
		for (const engine of taken) releaseEngine(engine);
	}
}

describe('an engine', () => {
	test('the views of an engine lie inside its memory, and no two overlap', () => {
		const { bytes, input, block, arena, events, encoderTable, headRing, output, outputEnd } = new Engine();
		const places = [input, block, arena, events, encoderTable, headRing]
			.map((view): [from: number, to: number] => [view.byteOffset, view.byteOffset + view.byteLength])
			.concat([[output, outputEnd]])
			.sort(([a], [b]) => a - b);
		assert.ok(places.every(([from], i) => from >= (places[i - 1]?.[1] ?? 0)));
		assert.ok((places.at(-1)?.[1] as number) <= bytes.length);
		assert.equal(input.length, INPUT_BYTES);
		assert.equal(events.length, EVENT_WORDS);
		assert.equal(outputEnd - output, OUTPUT_BYTES);
	});

	test('the memory of an engine cannot grow, so its buffer stays the same', () => {
		const { exports, bytes } = new Engine();
		assert.throws(() => exports.memory.grow(1), RangeError);
		assert.equal(exports.memory.buffer, bytes.buffer);
	});
});

describe('the free list', () => {
	test('the free list returns the engine released last first', () => {
		withEmptyList(() => {
			const first = takeEngine(false);
			const second = takeEngine(false);
			assert.notEqual(first, second);
			releaseEngine(first);
			releaseEngine(second);
			assert.equal(takeEngine(false), second);
			assert.equal(takeEngine(false), first);
			assert.notEqual(takeEngine(false), first);
		});
	});

	test('the free list keeps no more than 16 engines', () => {
		withEmptyList(() => {
			const engines = Array.from({ length: MAX_FREE + 4 }, () => takeEngine(false));
			for (const engine of engines) releaseEngine(engine);
			const again = engines.map(() => takeEngine(false));
			assert.equal(again.filter((engine) => engines.includes(engine)).length, MAX_FREE);
		});
	});

	test('an engine from the free list is like a new one: reader, tables, limits and pending updates are reset', () => {
		withEmptyList(() => {
			const used = takeEngine(true);
			const { exports, input, output, bytes, block } = used;
			exports.setMaxFrameSize(20_000);
			exports.setDecoderTableSize(0);
			exports.setSectionLimits(0, 0);
			exports.setHuffman(false);
			exports.setEncoderTableSize(1000);
			input.set([0, 0, 0, 0, 0, 0, 0, 0, 0]);
			exports.receive(0, 9, 9);
			assert.equal((used.events[Event.FIRST] as number) & 0xff, Event.FAULT);
			releaseEngine(used);

			assert.equal(takeEngine(false), used);
			assert.deepEqual([...used.encoderTable], [4096, 0, 0, 0]);
			assert.equal(exports.beginBlock(output), output, 'no size update is pending');
			used.arena.set(Buffer.from('aaaaaaaa'));
			const end = exports.encodeLiteral(output, false, 1, 0, 8);
			assert.equal(bytes[output + 1], 0x85, 'Huffman codes are on again');
			assert.equal(end, output + 7);

			block.set([0x82]);
			exports.decode(1, false);
			assert.equal((used.events[Event.FIRST] as number) & 0xff, Event.FIELD_INDEXED);
			// A PING, which in whole-frame mode would be a FRAME.
			input.set([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
			exports.receive(0, 17, 17);
			assert.equal((used.events[Event.FIRST] as number) & 0xff, Event.PING);
		});
	});
});

test('without room for another instance there is no engine, and any other error is passed on', () => {
	const { Instance } = WebAssembly;
	const taken = Array.from({ length: 16 }, () => takeEngine(false));
	WebAssembly.Instance = class {
		constructor() {
			throw new RangeError('out of address space');
		}
	} as unknown as typeof Instance;
	try {
		assert.equal(hasEngine(), false);
		assert.throws(() => takeEngine(false), { name: 'EngineError', message: /raise the limit on address space$/ });
	} finally {
		WebAssembly.Instance = Instance;
	}
	for (const engine of taken) releaseEngine(engine);
	assert.equal(hasEngine(), true);
});
