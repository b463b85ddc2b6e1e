// The progress line of a download in any width, and the bar on a terminal.

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { formatEnd, formatProgress, Meter, startProgress } from '../../src/cli/progress.ts';

const MIB = 1024 * 1024;

describe('progress', () => {
	test('a progress line has a bar, sizes, rate and time left', () => {
		const line = formatProgress(5 * MIB, 10 * MIB, { bytes: 2 * MIB, elapsed: 1000 }, 80);
		assert.equal(line, ' 50% [==============---------------]  5.0 MiB of 10.0 MiB  2.0 MiB/s  0:03 left');
	});

	test('a progress line without a total has neither bar nor time left', () => {
		assert.equal(formatProgress(1536, null, { bytes: 1024, elapsed: 500 }, 80), '1.5 KiB  2.0 KiB/s');
		assert.equal(formatProgress(0, null, null, 80), '0 B');
	});

	test('a progress line omits an unknown rate, and the time left when nothing arrives', () => {
		assert.match(formatProgress(0, 1000, null, 80), /^ {2}0% \[-+\] {2}0 B of 1000 B$/);
		assert.match(formatProgress(10, 1000, { bytes: 0, elapsed: 3000 }, 80), /10 B of 1000 B {2}0 B\/s$/);
	});

	test('the last progress line has the average rate', () => {
		const pace = { bytes: 8 * MIB, elapsed: 65_000 };
		assert.match(formatEnd(10 * MIB, 10 * MIB, pace, 80), /^100% \[=+\] {2}10\.0 MiB {2}126\.0 KiB\/s {2}in 1:05$/);
		assert.equal(formatEnd(10 * MIB, null, pace, 80), '10.0 MiB  126.0 KiB/s  in 1:05');
		assert.match(formatEnd(0, 0, { bytes: 0, elapsed: 0 }, 80), /^100% \[=+\] {2}0 B {2}0 B\/s {2}in 0:00$/);
	});

	for (const columns of [0, 1, 10, 40, 50, 60, 80, 200]) {
		test(`every progress line is shorter than ${columns} columns`, () => {
			const pace = { bytes: 1023.96 * MIB, elapsed: 1000 };
			for (const line of [
				formatProgress(1023.99 * MIB, 9000 * MIB, pace, columns),
				formatProgress(1023.99 * MIB, null, pace, columns),
				formatEnd(9000 * MIB, 9000 * MIB, pace, columns),
			]) {
				assert.ok(line.length < Math.max(columns, 1), `${line.length}: ${line}`);
			}
		});
	}

	test('a download above its announced size stays at 100%', () => {
		assert.match(formatProgress(2000, 1000, { bytes: 1, elapsed: 1 }, 80), /^100% \[=+\]/);
	});

	test('sizes and times use units that fit', () => {
		const size = (bytes: number) => formatProgress(bytes, null, null, 80);
		assert.deepEqual([1023, 1024, 1023.99 * 1024, MIB, 1024 * MIB, 5000 * 1024 * MIB].map(size), [
			'1023 B',
			'1.0 KiB',
			'1.0 MiB',
			'1.0 MiB',
			'1.0 GiB',
			'4.9 TiB',
		]);
		const left = (bytes: number) => formatProgress(0, bytes, { bytes: 1, elapsed: 1000 }, 80).split('  ').at(-1);
		assert.deepEqual([9, 61, 3600, 36_061].map(left), ['0:09 left', '1:01 left', '1:00:00 left', '10:01:01 left']);
	});

	test('the rate is measured over the last seconds', () => {
		const meter = new Meter();
		assert.equal(meter.measure(0, 0), null);
		assert.deepEqual(meter.measure(1000, 1000), { bytes: 1000, elapsed: 1000 });
		assert.deepEqual(meter.measure(2000, 2000), { bytes: 2000, elapsed: 2000 });
		assert.deepEqual(meter.measure(2000, 4000), { bytes: 1000, elapsed: 3000 });
		assert.deepEqual(meter.measure(2000, 5000), { bytes: 0, elapsed: 3000 });
		assert.deepEqual(meter.measure(2000, 60_000), { bytes: 0, elapsed: 55_000 });
	});

	test('a terminal gets the first and the last progress line and no mode that needs undoing', async () => {
		const written: string[] = [];
		const stream = new Writable({
			write(chunk, _encoding, callback) {
				written.push(String(chunk));
				callback();
			},
		});
		const progress = await startProgress(Object.assign(stream, { isTTY: true, columns: 80 }), { from: 5, total: 10 });
		progress.add(3);
		progress.add(2);
		progress.stop();
		const text = written.join('');
		assert.match(text, / 50% \[=+-+\] {2}5 B of 10 B/);
		assert.match(text, /100% \[=+\] {2}10 B {2}\S+ \S+\/s {2}in 0:01/);
		assert.ok(text.endsWith('\n'));
		assert.ok(!text.includes('\x1b[?'), JSON.stringify(text));
	});
});
