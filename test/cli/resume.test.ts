// What the response to a range request means for a partial file.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FileError, ResponseError } from '../../src/cli/errors.ts';
import { judgeResumption, lengthOfPartialFile, type Resumption } from '../../src/cli/resume.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hyper-resume-'));
after(() => rmSync(folder, { recursive: true }));

function judge(status: number, range?: string, coding?: string): Resumption {
	const headers = new HTTPHeaderMap();
	if (range !== undefined) headers.append('Content-Range', range);
	if (coding !== undefined) headers.append('Content-Encoding', coding);
	return judgeResumption(status, headers, 100);
}

const ANSWERS: [status: number, range: string | undefined, expected: Resumption][] = [
	[206, 'bytes 100-199/200', { kind: 'append', total: 200 }],
	[206, 'bytes 100-149/200', { kind: 'append', total: 200 }],
	[206, 'Bytes 100-199/*', { kind: 'append', total: null }],
	[200, undefined, { kind: 'start over' }],
	[203, undefined, { kind: 'start over' }],
	[416, 'bytes */100', { kind: 'complete' }],
];

const REFUSALS: [status: number, range: string | undefined, message: RegExp][] = [
	[206, undefined, /^cannot continue at byte 100: the server sent no content-range$/],
	[206, 'bytes 0-199/200', /^cannot continue at byte 100: the server sent content-range "bytes 0-199\/200"$/],
	[206, 'bytes 101-199/200', /the server sent content-range/],
	[206, 'bytes 100-99/200', /the server sent content-range/],
	[206, 'bytes */200', /the server sent content-range/],
	[206, 'lines 100-199/200', /the server sent content-range/],
	[206, 'bytes 100-199', /the server sent content-range/],
	[416, 'bytes */200', /^cannot continue at byte 100: the server has 200 bytes in total$/],
	[416, 'bytes */99', /the server has 99 bytes in total$/],
	[416, 'bytes */*', /the server has no bytes there$/],
	[416, undefined, /the server has no bytes there$/],
	[304, undefined, /^cannot continue: the server responded with status 304$/],
	[404, undefined, /^cannot continue: the server responded with status 404$/],
	[500, undefined, /^cannot continue: the server responded with status 500$/],
];

describe('resume', () => {
	for (const [status, range, expected] of ANSWERS) {
		test(`a response ${status} with content-range ${range} means to ${expected.kind}`, () => {
			assert.deepEqual(judge(status, range), expected);
		});
	}

	for (const [status, range, message] of REFUSALS) {
		test(`a response ${status} with content-range ${range} is an error`, () => {
			assert.throws(
				() => judge(status, range),
				(error: unknown) => error instanceof ResponseError && message.test(error.message),
			);
		});
	}

	test('a range with a content coding is an error', () => {
		assert.throws(
			() => judge(206, 'bytes 100-199/200', 'gzip'),
			/^ResponseError: .* sent the range with content-encoding "gzip"$/,
		);
		assert.deepEqual(judge(206, 'bytes 100-199/200', 'Identity'), { kind: 'append', total: 200 });
	});

	test('a partial file has its length, a missing one 0, and a folder is an error', async () => {
		const file = join(folder, 'part');
		writeFileSync(file, 'abc');
		assert.equal(await lengthOfPartialFile(file), 3);
		assert.equal(await lengthOfPartialFile(join(folder, 'none')), 0);
		await assert.rejects(
			lengthOfPartialFile(folder),
			(error: unknown) => error instanceof FileError && /needs a regular file/.test(error.message),
		);
	});
});
