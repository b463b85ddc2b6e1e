import { DynamicTable } from '../hpack/table';
import {
	arenaAddress,
	blockAddress,
	encoderTableAddress,
	eventsAddress,
	inputAddress,
	outputAddress,
	headRingAddress,
	reset,
	setEncoderTableSize,
} from '../index';
import {
	ARENA,
	BLOCK,
	DECODER_TABLE,
	ENCODER_TABLE,
	EVENTS,
	HEAD,
	INPUT,
	load16,
	load32,
	OUTPUT,
	PREFIX,
	HEAD_RING,
	store32,
	TABLE_BYTES,
} from '../memory';
import * as Limit from '../shared/limit';
import { hexAt, putHex } from './support/bytes';

describe('buffers', () => {
	test('the buffers do not overlap and lie at multiples of 16', () => {
		const starts: usize[] = [
			INPUT,
			BLOCK,
			ARENA,
			EVENTS,
			OUTPUT,
			HEAD,
			PREFIX,
			HEAD_RING,
			DECODER_TABLE,
			ENCODER_TABLE,
		];
		const sizes: usize[] = [
			Limit.INPUT_BYTES,
			Limit.BLOCK_BYTES,
			Limit.ARENA_BYTES,
			Limit.EVENT_WORDS << 2,
			Limit.OUTPUT_BYTES,
			Limit.HEAD_BYTES,
			8,
			Limit.RECORDED_HEADS * Limit.RECORDED_HEAD_BYTES,
			TABLE_BYTES,
			TABLE_BYTES,
		];
		for (let i = 0; i < starts.length; i++) {
			expect(starts[i] & 15).toBe(0);
			expect(starts[i] + sizes[i]).toBeLessThanOrEqual(__heap_base);
			for (let k = 0; k < i; k++) {
				const apart = starts[i] >= starts[k] + sizes[k] || starts[k] >= starts[i] + sizes[i];
				expect(apart).toBeTruthy('buffers ' + k.toString() + ' and ' + i.toString());
			}
		}
	});

	test('the buffers are as large as their bounds require', () => {
		expect(Limit.TABLE_ENTRIES * Limit.ENTRY_OVERHEAD).toBeGreaterThanOrEqual(Limit.ENGINE_MAX_TABLE);
		// Indices into the ring are masked, so its size must be a power of two.
		expect(popcnt(Limit.TABLE_ENTRIES)).toBe(1);
		// Room for the strings of the largest block, whose Huffman codes have 5 bits, and for the largest block with its heads.
		expect(Limit.ARENA_BYTES).toBeGreaterThan((Limit.BLOCK_BYTES * 8) / 5 + 1);
		expect(Limit.BLOCK_BYTES).toBe((1 + Limit.MAX_CONTINUATIONS) * Limit.DEFAULT_MAX_FRAME_SIZE);
		expect(Limit.OUTPUT_BYTES).toBeGreaterThan(Limit.BLOCK_BYTES + 9 * Limit.HEAD_BYTES);
	});
});

describe('addresses for the host', () => {
	test('the exported addresses are those of the buffers', () => {
		expect(inputAddress()).toBe(INPUT);
		expect(blockAddress()).toBe(BLOCK);
		expect(arenaAddress()).toBe(ARENA);
		expect(eventsAddress()).toBe(EVENTS);
		expect(outputAddress()).toBe(OUTPUT);
		expect(encoderTableAddress()).toBe(ENCODER_TABLE);
		expect(headRingAddress()).toBe(HEAD_RING);
	});

	test("the encoder's table begins with its capacity, size, insertions and evictions", () => {
		reset(false);
		const words = encoderTableAddress();
		const table = changetype<DynamicTable>(ENCODER_TABLE);
		table.insert(100, 100, 0);
		table.insert(1, 2, 0);
		table.insert(3, 4, 0);
		setEncoderTableSize(128);
		expect(load<u32>(words)).toBe(128);
		expect(load<u32>(words, 4)).toBe(74);
		expect(load<u32>(words, 8)).toBe(3);
		expect(load<u32>(words, 12)).toBe(1);
	});
});

describe('big-endian access', () => {
	test('a big-endian load reads 16 bits', () => {
		putHex(BLOCK, 'fffe');
		expect(load16(BLOCK)).toBe(0xfffe);
	});

	test('big-endian loads and stores take 32 bits, aligned or not', () => {
		for (let shift: usize = 0; shift < 4; shift++) {
			store32(BLOCK + shift, 0xfedcba98);
			expect(hexAt(BLOCK + shift, 4)).toBe('fedcba98');
			expect(load32(BLOCK + shift)).toBe(0xfedcba98);
		}
	});
});
