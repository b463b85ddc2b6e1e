// Writing to standard error only what the user asked for.

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import type { Show } from '../../src/cli/arguments.ts';
import { Report } from '../../src/cli/report.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

const NOTHING: Show = { requestHeads: false, responseHeads: false, log: false, frames: false };

function makeReport(show: Partial<Show>, isTTY = false) {
	const written: string[] = [];
	const stream = new Writable({
		write(chunk, _encoding, callback) {
			written.push(String(chunk));
			callback();
		},
	});
	const report = new Report(Object.assign(stream, { isTTY }), { ...NOTHING, ...show }, {});
	return { report, text: () => written.join('') };
}

const headers = new HTTPHeaderMap([['a', 'b']]);
const request = {
	...{ method: 'GET', origin: 'https://[::1]:8443', path: '/x', headers },
	...{ body: null, once: false, trusted: true },
};

function reportAll(report: Report): void {
	report.requestHead(request, 'HTTP/2');
	report.responseHead({ status: 200, reason: '', version: 'HTTP/2', headers });
	report.trailers(headers);
	report.trailers(new HTTPHeaderMap());
}

describe('report', () => {
	test('a report is silent by default', () => {
		const { report, text } = makeReport({});
		reportAll(report);
		assert.equal(text(), '');
		assert.deepEqual([report.logger, report.onFrame], [undefined, undefined]);
	});

	test('a report of requests and responses has heads and trailers', () => {
		const { report, text } = makeReport({ requestHeads: true, responseHeads: true });
		reportAll(report);
		assert.equal(text(), 'GET /x HTTP/2\nhost: [::1]:8443\na: b\n\nHTTP/2 200\na: b\n\na: b\n\n');
	});

	test('a report of responses has no request heads', () => {
		const { report, text } = makeReport({ responseHeads: true });
		reportAll(report);
		assert.equal(text(), 'HTTP/2 200\na: b\n\na: b\n\n');
	});

	test('a report of the log has info and warn, escaped, and no frames', () => {
		const { report, text } = makeReport({ log: true });
		assert.deepEqual(Object.keys(report.logger ?? {}), ['info', 'warn']);
		report.logger?.info?.('one');
		report.logger?.warn?.('two\x1b[2J');
		assert.equal(text(), 'one\ntwo\\x1b[2J\n');
	});

	test('a report of frames has one line per frame', () => {
		const { report, text } = makeReport({ frames: true });
		report.onFrame?.({ type: 'preface', connection: 1, direction: 'sent', time: 12 });
		assert.equal(text().split('\n').length, 2);
		assert.notEqual(text(), '\n');
	});

	test('a report draws a bar only on a terminal without log or frames', async () => {
		assert.equal(await makeReport({}).report.progress({ from: 0, total: 1 }), null);
		assert.equal(await makeReport({ log: true }, true).report.progress({ from: 0, total: 1 }), null);
		assert.equal(await makeReport({ frames: true }, true).report.progress({ from: 0, total: 1 }), null);
		const { report, text } = makeReport({}, true);
		const progress = await report.progress({ from: 0, total: 1 });
		progress?.stop();
		assert.match(text(), /%/);
	});
});
