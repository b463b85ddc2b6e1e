// The fields that are sent by default, and how to replace or remove them.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { parseArguments, type RequestCommand } from '../../src/cli/arguments.ts';
import type { CommandBody } from '../../src/cli/content.ts';
import { buildRequest } from '../../src/cli/request.ts';
import { version } from '../../src/index.ts';

const NOTHING: CommandBody = { body: null, type: null, once: false };

const CODINGS = ['accept-encoding', 'gzip, deflate, br, zstd'];
const AGENT = ['user-agent', `hyper/${version}`];

type Part = Parameters<typeof buildRequest>[2];

function build(args: string[], content: CommandBody = NOTHING, part: Part = null): string[][] {
	const command = parseArguments(['a.example', ...args]) as RequestCommand;
	return Array.from(buildRequest(command, content, part).headers.raw(), ([name, value]) => [name, value]);
}

describe('request', () => {
	test('a request has accept, accept-encoding and user-agent by default', () => {
		assert.deepEqual(build([]), [['accept', '*/*'], CODINGS, AGENT]);
	});

	test('typed fields come first, unchanged, and replace defaults', () => {
		const fields = build(['X-A:1', 'User-Agent:me', 'accept:text/plain', 'Accept-Encoding;']);
		assert.deepEqual(fields, [
			['X-A', '1'],
			['User-Agent', 'me'],
			['accept', 'text/plain'],
			['Accept-Encoding', ''],
		]);
	});

	test('removed default fields are not sent', () => {
		assert.deepEqual(build(['Accept:', 'accept-encoding:', 'USER-AGENT:']), []);
		const content = { body: '{}', type: 'application/json', once: false };
		const fields = build(['content-type:', 'accept:', 'accept-encoding:', 'user-agent:'], content);
		assert.deepEqual(fields, [['content-length', '2']]);
	});

	test('a request with a JSON body prefers JSON', () => {
		assert.deepEqual(build([], { body: '"\u00fc"', type: 'application/json', once: false }), [
			['content-type', 'application/json'],
			['content-length', '4'],
			['accept', 'application/json, */*;q=0.5'],
			CODINGS,
			AGENT,
		]);
	});

	test('content-length is sent when it is known', () => {
		const length = (body: CommandBody['body']) => build(['content-type:'], { body, type: 'a/b', once: false })[0];
		assert.deepEqual(length(new Blob(['abc'])), ['content-length', '3']);
		assert.deepEqual(length(Readable.from([])), ['accept', '*/*']);
		assert.deepEqual(length(new FormData()), ['accept', '*/*']);
	});

	test('a range is requested without content codings', () => {
		const fields = build(['Accept-Encoding:br', 'user-agent:', 'accept:'], NOTHING, { length: 100, validator: null });
		assert.deepEqual(fields, [
			['accept-encoding', 'identity'],
			['range', 'bytes=100-'],
		]);
		assert.deepEqual(build(['user-agent:', 'accept:'], NOTHING, { length: 0, validator: null }), [
			['accept-encoding', 'identity'],
		]);
	});

	test('a range is requested of the version that the file is a part of', () => {
		const part = { length: 100, validator: '"a"' };
		const [, ...fields] = build(['user-agent:', 'accept:'], NOTHING, part);
		assert.deepEqual(fields, [
			['range', 'bytes=100-'],
			['if-range', '"a"'],
		]);
		const [, ...typed] = build(['user-agent:', 'accept:', 'If-Range:"b"'], NOTHING, part);
		assert.deepEqual(typed.at(-1), ['range', 'bytes=100-']);
		assert.deepEqual(build(['user-agent:', 'accept:'], NOTHING, { ...part, length: 0 }).length, 1);
	});

	test('a file is requested without content codings, unless others are typed', () => {
		const others = ['user-agent:', 'accept:', '-o', 'x'];
		assert.deepEqual(build(others), [['accept-encoding', 'identity']]);
		assert.deepEqual(build([...others, 'Accept-Encoding:gzip']), [['Accept-Encoding', 'gzip']]);
	});

	test('building a request does not change the command', () => {
		const command = parseArguments(['a.example', 'X-A:1']) as RequestCommand;
		const request = buildRequest(command, NOTHING, null);
		assert.equal(command.headers.size, 1);
		assert.deepEqual(
			[request.method, request.origin, request.path, request.body, request.once, request.trusted],
			['GET', 'https://a.example', '/', null, false, true],
		);
	});
});
