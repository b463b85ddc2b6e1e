import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { buildFSETable, type FSETable, readFSETable, repeatingFSETable } from '../../src/zstd/fse.ts';
import { Random, seed } from '../support/random.ts';
import { describeFSE } from '../support/zstd-frames.ts';

const OFFSETS = [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];

test('the predefined offset table equals the one in RFC 8878, appendix A', () => {
	const table = buildFSETable(OFFSETS, 5);
	assert.equal(
		Array.from(table.symbols, (symbol, state) => `${symbol}:${table.bits[state]}:${table.bases[state]}`).join(' '),
		'0:5:0 6:4:0 9:5:0 15:5:0 21:5:0 3:5:0 7:4:0 12:5:0 18:5:0 23:5:0 5:5:0 8:4:0 14:5:0 20:5:0 2:5:0 7:4:16 ' +
			'11:5:0 17:5:0 22:5:0 4:5:0 8:4:16 13:5:0 19:5:0 1:5:0 6:4:16 10:5:0 16:5:0 28:5:0 27:5:0 26:5:0 25:5:0 24:5:0',
	);
});

test('an FSE table that was read equals the one built from its frequencies', () => {
	const random = new Random(1);
	for (let round = 0; round < 500; round++) {
		const log = 5 + random.below(5);
		const frequencies = anyFrequencies(random, log);
		const reader = new ByteReader(Uint8Array.from([...describeFSE(frequencies, log), 0xab]));
		const table = readFSETable(reader, 9, 255);
		assert.deepEqual(table, buildFSETable(frequencies, log), `HYPER_SEED=${seed}, round ${round}`);
		assert.equal(reader.byte(), 0xab);
		assertPartition(table);
	}
});

test('an FSE table of a single symbol takes no bits', () => {
	const table = readFSETable(new ByteReader(Uint8Array.from(describeFSE([0, 0, 32], 5))), 6, 11);
	assert.ok(table.symbols.every((symbol) => symbol === 2));
	assert.ok(table.bits.every((bits) => bits === 0));
	assert.deepEqual(repeatingFSETable(7), {
		accuracyLog: 0,
		symbols: Uint8Array.of(7),
		bits: Uint8Array.of(0),
		bases: Uint16Array.of(0),
	});
});

test('an FSE table may consist of symbols less likely than 1', () => {
	assertPartition(buildFSETable(new Array(32).fill(-1), 5));
});

test('FSE tables that are too large, have unknown symbols or end early are an error', () => {
	const read = (reader: number[], log: number, symbol: number) =>
		readFSETable(new ByteReader(Uint8Array.from(reader)), log, symbol);
	assert.throws(() => read(describeFSE([128], 7), 6, 11), /too large/);
	assert.throws(() => read(describeFSE([16, 8, 8], 5), 6, 1), /too many symbols/);
	assert.throws(() => read(describeFSE([31, 0, 0, 0, 0, 0, 0, 1], 5), 6, 6), /too many symbols/);
	assert.throws(() => read(describeFSE([16, 8, 8], 5).slice(0, -1), 6, 11), /ends early/);
	assert.throws(() => read([], 6, 11), /ends early/);
	// Frequency 0, repeated without end.
	assert.throws(() => read([0x10, 0xfe, ...new Array(1000).fill(0xff)], 6, 11), /too many symbols/);
});

/** From the states of one symbol, every state is reached exactly once. */
function assertPartition(table: FSETable): void {
	const size = 1 << table.accuracyLog;
	const reached = new Map<number, number[]>();
	table.symbols.forEach((symbol, state) => {
		const states = reached.get(symbol) ?? [];
		const base = table.bases[state]!;
		for (let next = base; next < base + (1 << table.bits[state]!); next++) states.push(next);
		reached.set(symbol, states);
	});
	for (const states of reached.values()) {
		assert.deepEqual(
			states.sort((one, other) => one - other),
			Array.from({ length: size }, (_, state) => state),
		);
	}
}

function anyFrequencies(random: Random, log: number): number[] {
	const frequencies: number[] = [];
	for (let remaining = 1 << log; remaining > 0; ) {
		const frequency = random.chance(1, 4) ? -1 : random.below(random.chance(1, 3) ? remaining + 1 : 4);
		if (Math.abs(frequency) > remaining || frequencies.length > 200) {
			frequencies.push(remaining);
			break;
		}
		frequencies.push(frequency);
		remaining -= Math.abs(frequency);
	}
	return frequencies;
}
