// What the response to a range request means for a partial file.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { FileError, ResponseError } from '../../src/cli/errors.ts';
import {
	forgetValidator,
	judgeResumption,
	type PartialFile,
	type Resumption,
	readPartialFile,
	rememberValidator,
	strongValidator,
	withinRange,
} from '../../src/cli/resume.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hyper-resume-'));
after(() => rmSync(folder, { recursive: true }));

const OLD = 'Mon, 01 Jan 2024 00:00:00 GMT';
const NOW = 'Tue, 02 Jan 2024 00:00:00 GMT';

const PART: PartialFile = { length: 100, age: 60_000, validator: null };

function judge(status: number, range?: string, coding?: string): Resumption {
	const headers = new HTTPHeaderMap();
	if (range !== undefined) headers.append('Content-Range', range);
	if (coding !== undefined) headers.append('Content-Encoding', coding);
	return judgeResumption(status, headers, PART);
}

const ANSWERS: [status: number, range: string | undefined, expected: Resumption][] = [
	[206, 'bytes 100-199/200', { kind: 'append', length: 100, total: 200 }],
	[206, 'bytes 100-149/200', { kind: 'append', length: 50, total: 200 }],
	[206, 'Bytes 100-199/*', { kind: 'append', length: 100, total: null }],
	[200, undefined, { kind: 'start over' }],
	[203, undefined, { kind: 'start over' }],
	[416, 'bytes */100', { kind: 'complete' }],
];

const REFUSALS: [status: number, range: string | undefined, message: RegExp][] = [
	[206, undefined, /^cannot continue at byte 100: the server sent no content-range$/],
	[206, 'bytes 0-199/200', /^cannot continue at byte 100: the server sent content-range "bytes 0-199\/200"$/],
	[206, 'bytes 101-199/200', /the server sent content-range/],
	[206, 'bytes 100-99/200', /the server sent content-range/],
	[206, 'bytes 100-200/200', /the server sent content-range/],
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
		assert.deepEqual(judge(206, 'bytes 100-199/200', 'Identity'), { kind: 'append', length: 100, total: 200 });
	});

	for (const [status, validator, fields, isChanged] of [
		[206, '"a"', { etag: '"a"' }, false],
		[206, '"a"', {}, false],
		[206, '"a"', { etag: '"b"' }, true],
		[206, '"a"', { etag: 'W/"a"' }, true],
		[200, '"a"', { etag: '"a"' }, false],
		[200, '"a"', { etag: '"b"' }, true],
		[200, '"a"', {}, true],
		[416, '"a"', { etag: '"b"' }, true],
		[206, OLD, { 'last-modified': OLD }, false],
		[206, OLD, { 'last-modified': NOW }, true],
		[206, null, { 'last-modified': OLD, date: NOW }, false],
		[206, null, { 'last-modified': NOW, date: NOW }, true],
		[206, null, { 'last-modified': 'never', date: NOW }, false],
		[200, null, { 'last-modified': NOW, date: NOW }, false],
	] as const) {
		const found = `${status} with ${JSON.stringify(fields)}`;
		test(`a response ${found} to the rest of ${validator} ${isChanged ? 'is an error' : 'is accepted'}`, () => {
			const headers = new HTTPHeaderMap(fields);
			headers.append('content-range', status === 416 ? 'bytes */100' : 'bytes 100-199/200');
			const act = () => judgeResumption(status, headers, { ...PART, validator });
			if (!isChanged) act();
			else assert.throws(act, /^ResponseError: cannot continue at byte 100: the file has changed on the server; omit /);
		});
	}

	test('a validator is strong if it is an entity tag that is not weak, or a date before that of the response', () => {
		for (const [fields, expected] of [
			[{ etag: '"a"', 'last-modified': OLD, date: NOW }, '"a"'],
			[{ etag: 'W/"a"', 'last-modified': OLD, date: NOW }, null],
			[{ 'last-modified': OLD, date: NOW }, OLD],
			[{ 'last-modified': NOW, date: NOW }, null],
			[{ 'last-modified': OLD }, null],
			[{}, null],
		] as const) {
			assert.equal(strongValidator(new HTTPHeaderMap(fields)), expected);
		}
	});

	test('a body within its range passes, a longer one is cut and a shorter one reported', async () => {
		const chunks = () => Readable.from([Buffer.from('abc'), Buffer.from('def')]);
		for (const [length, passed, message] of [
			[6, 'abcdef', null],
			[4, 'abcd', /^ResponseError: the server sent more than the 4 bytes of its range$/],
			[3, 'abc', /^ResponseError: the server sent more than the 3 bytes/],
			[7, 'abcdef', /^ResponseError: the server sent 6 of 7 bytes; use --continue again to get more$/],
		] as const) {
			let got = '';
			const read = async () => {
				for await (const chunk of withinRange(chunks(), length)) got += Buffer.from(chunk).toString();
			};
			if (message === null) await read();
			else await assert.rejects(read(), message);
			assert.equal(got, passed);
		}
	});

	test('a partial file has its length and its validator, a missing one nothing, and a folder is an error', async () => {
		const file = join(folder, 'part');
		writeFileSync(file, 'abc');
		await rememberValidator(file, '"a"');
		const part = await readPartialFile(file);
		assert.deepEqual([part.length, part.validator], [3, '"a"']);
		assert.ok(part.age >= -1000 && part.age < 60_000);
		await forgetValidator(file);
		assert.equal((await readPartialFile(file)).validator, null);
		await rememberValidator(file, '"a"');
		await rememberValidator(file, null);
		assert.equal((await readPartialFile(file)).validator, null);
		assert.deepEqual(await readPartialFile(join(folder, 'none')), { length: 0, age: 0, validator: null });
		await assert.rejects(
			readPartialFile(folder),
			(error: unknown) => error instanceof FileError && /needs a regular file/.test(error.message),
		);
	});

	test('no validator is kept beside a device', async () => {
		await rememberValidator('/dev/null', '"a"');
		assert.equal(existsSync('/dev/null.hyper-etag'), false);
	});
});
