// Formatting heads: unchanged bytes for a file, colours and escapes for a terminal.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatRequestHead, formatResponseHead, formatTrailers } from '../../src/cli/heads.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

const FILE = { terminal: false, color: false };
const TERMINAL = { terminal: true, color: true };
const BLEAK = { terminal: true, color: false };

const request = { method: 'GET', path: '/a?b', version: 'HTTP/2', authority: 'a.example:8443' };

function text(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('utf8');
}

describe('heads', () => {
	test('a request head has its method and path, its authority and its fields', () => {
		const headers = new HTTPHeaderMap([
			['Accept', '*/*'],
			['empty', ''],
		]);
		assert.equal(
			text(formatRequestHead({ ...request, headers }, FILE)),
			'GET /a?b HTTP/2\nhost: a.example:8443\nAccept: */*\nempty:\n\n',
		);
	});

	test('a typed :authority or host field replaces the host line', () => {
		const headers = new HTTPHeaderMap([[':authority', 'b.example']]);
		assert.equal(text(formatRequestHead({ ...request, headers }, FILE)), 'GET /a?b HTTP/2\n:authority: b.example\n\n');
		const host = new HTTPHeaderMap([['Host', 'c.example']]);
		const shown = text(formatRequestHead({ ...request, version: '', headers: host }, FILE));
		assert.equal(shown, 'GET /a?b\nHost: c.example\n\n');
	});

	test('a response head has its status line and its fields', () => {
		const headers = new HTTPHeaderMap([['content-type', 'text/plain']]);
		const head = { status: 404, reason: 'Not Found', version: 'HTTP/1.1', headers };
		assert.equal(text(formatResponseHead(head, FILE)), 'HTTP/1.1 404 Not Found\ncontent-type: text/plain\n\n');
		const bare = { status: 200, reason: '', version: 'HTTP/2', headers: new HTTPHeaderMap() };
		assert.equal(text(formatResponseHead(bare, FILE)), 'HTTP/2 200\n\n');
	});

	for (const [status, color] of [
		[103, 2],
		[204, 32],
		[301, 36],
		[404, 33],
		[500, 31],
	] as const) {
		test(`the status ${status} is coloured on a terminal`, () => {
			const head = { status, reason: '', version: 'HTTP/2', headers: new HTTPHeaderMap([['a', 'b']]) };
			const shown = text(formatResponseHead(head, TERMINAL));
			assert.ok(shown.includes(`\x1b[${color}m${status}\x1b[`), JSON.stringify(shown));
			assert.ok(shown.includes('\x1b[36ma\x1b[39m: b\n'), JSON.stringify(shown));
			assert.equal(text(formatResponseHead(head, BLEAK)), `HTTP/2 ${status}\na: b\n\n`);
		});
	}

	test('a status outside the known classes is shown without a colour', () => {
		const head = { status: 999, reason: '', version: 'HTTP/1.1', headers: new HTTPHeaderMap() };
		assert.equal(text(formatResponseHead(head, FILE)), 'HTTP/1.1 999\n\n');
		assert.ok(text(formatResponseHead(head, TERMINAL)).includes('999'));
	});

	test('control characters from a server are escaped on a terminal', () => {
		const headers = new HTTPHeaderMap([['a', '\x1b[2J\xc2\x9b1m\xc3\xbc\xff']]);
		const head = { status: 200, reason: '\x1b]0;x\x07', version: 'HTTP/1.1', headers };
		const shown = text(formatResponseHead(head, BLEAK));
		assert.doesNotMatch(shown.replaceAll('\n', ''), /\p{Cc}/u);
		assert.match(shown, /^HTTP\/1\.1 200 \\x1b\]0;x\\x07\na: \\x1b\[2J/);
	});

	test('bytes are written to a file unchanged', () => {
		const bytes = formatTrailers(new HTTPHeaderMap([['a', '\x01\xc3\xbc\xff']]), FILE);
		assert.equal(Buffer.from(bytes).toString('latin1'), 'a: \x01\xc3\xbc\xff\n\n');
	});
});
