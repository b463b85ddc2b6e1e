import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../src/zstd/backlog.ts';
import type { ByteReader } from '../../src/zstd/byte-reader.ts';

function read(reader: ByteReader | null): number[] | null {
	return reader === null ? null : [...reader.bytes.subarray(reader.at, reader.end)];
}

test('take of a backlog returns as many bytes as asked for or null, however they were pushed', () => {
	const backlog = new Backlog();
	assert.equal(backlog.take(1), null);
	backlog.push(Uint8Array.of(1));
	assert.equal(backlog.take(2), null);
	backlog.push(Uint8Array.of(2, 3));
	assert.deepEqual(read(backlog.peek(2)), [1, 2]);
	assert.deepEqual(read(backlog.take(2)), [1, 2]);
	assert.equal(backlog.length, 1);
	assert.deepEqual(read(backlog.take(0)), []);
	assert.deepEqual(read(backlog.take(1)), [3]);
	assert.equal(backlog.length, 0);
});

test('push of a backlog copies its bytes', () => {
	const backlog = new Backlog();
	const bytes = Uint8Array.of(1, 2);
	backlog.push(bytes);
	bytes.fill(9);
	assert.deepEqual(read(backlog.take(2)), [1, 2]);
});

test('drop of a backlog removes at most the bytes that have arrived', () => {
	const backlog = new Backlog();
	backlog.push(Uint8Array.of(1, 2, 3));
	assert.equal(backlog.drop(2), 2);
	assert.equal(backlog.drop(2), 1);
	assert.equal(backlog.drop(2), 0);
});

test('bytes of a backlog keep their order while it is compacted, and memory stays bounded', () => {
	const backlog = new Backlog();
	let pushed = 0;
	let taken = 0;
	let memory = 0;
	for (let round = 0; round < 5_000; round++) {
		backlog.push(Uint8Array.from({ length: (round % 7) + 1 }, () => pushed++));
		for (let unit = backlog.take(5); unit !== null; unit = backlog.take(5)) {
			memory = Math.max(memory, unit.bytes.length);
			assert.deepEqual(
				read(unit),
				Array.from({ length: 5 }, () => taken++ % 256),
			);
		}
	}
	assert.equal(pushed, taken + backlog.length);
	assert.ok(memory < 64, `${memory} bytes of memory`);
});
