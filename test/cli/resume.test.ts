// What a server's answer to a range means for the file of which the beginning is there.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FileError, ResponseError } from '../../src/cli/errors.ts';
import { judgeResumption, lengthOfBeginning, type Resumption } from '../../src/cli/resume.ts';
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
	[206, undefined, /^cannot continue at octet 100: the server sends "nothing"$/],
	[206, 'bytes 0-199/200', /^cannot continue at octet 100: the server sends "bytes 0-199\/200"$/],
	[206, 'bytes 101-199/200', /the server sends/],
	[206, 'bytes 100-99/200', /the server sends/],
	[206, 'bytes */200', /the server sends/],
	[206, 'lines 100-199/200', /the server sends/],
	[206, 'bytes 100-199', /the server sends/],
	[416, 'bytes */200', /^cannot continue at octet 100: the server has 200 octets in all$/],
	[416, 'bytes */99', /the server has 99 octets in all$/],
	[416, 'bytes */*', /the server has nothing there$/],
	[416, undefined, /the server has nothing there$/],
	[304, undefined, /^cannot continue: the server answered 304$/],
	[404, undefined, /^cannot continue: the server answered 404$/],
	[500, undefined, /^cannot continue: the server answered 500$/],
];

describe('resume', () => {
	for (const [status, range, expected] of ANSWERS) {
		test(`${status} ${range ?? ''} is to ${expected.kind}`, () => assert.deepEqual(judge(status, range), expected));
	}

	for (const [status, range, message] of REFUSALS) {
		test(`${status} ${range ?? ''} leaves the file as it is`, () => {
			assert.throws(
				() => judge(status, range),
				(error: unknown) => error instanceof ResponseError && message.test(error.message),
			);
		});
	}

	test('a rest with a content coding is no rest', () => {
		assert.throws(() => judge(206, 'bytes 100-199/200', 'gzip'), /^ResponseError: .* sends the rest as "gzip"$/);
		assert.deepEqual(judge(206, 'bytes 100-199/200', 'Identity'), { kind: 'append', total: 200 });
	});

	test('what is there counts, nothing is nothing, and a folder is no file', async () => {
		const file = join(folder, 'part');
		writeFileSync(file, 'abc');
		assert.equal(await lengthOfBeginning(file), 3);
		assert.equal(await lengthOfBeginning(join(folder, 'none')), 0);
		await assert.rejects(
			lengthOfBeginning(folder),
			(error: unknown) => error instanceof FileError && /not a regular file/.test(error.message),
		);
	});
});
