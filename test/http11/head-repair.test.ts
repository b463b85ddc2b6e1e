import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadRepair } from '../../src/http11/head-repair.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the parser gets for a response that arrives in pieces of this size, and the repair. */
function repair(text: string, size = text.length, limit = 65_536) {
	const head = new HeadRepair(limit, false);
	head.begin('GET');
	let passed = '';
	for (let at = 0; at < text.length; at += size) {
		passed += latin1(head.push(Buffer.from(text.slice(at, at + size), 'latin1')));
	}
	return { passed, head };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CASES: [what: string, given: string, passed: string, isDoubtful?: boolean][] = [
	['a plain head', `${OK}A: b\r\nContent-Length: 2\r\n\r\nok`, `${OK}A: b\r\nContent-Length: 2\r\n\r\nok`],
	['a folded field', `${OK}A: b\r\n c\r\n\td\r\nE: f\r\n\r\n\r\n x`, `${OK}A: b   c  \td\r\nE: f\r\n\r\n\r\n x`],
	['a fold of blanks', `${OK}A: b\r\n  \r\nE: f\r\n\r\n`, `${OK}A: b    \r\nE: f\r\n\r\n`],
	[
		'equal lengths',
		`${OK}content-length: 5\r\nA: b\r\nContent-Length: 5\r\n\r\nhello`,
		`${OK}content-length: 5\r\nA: b\r\n\r\nhello`,
	],
	[
		'a list of equal lengths',
		`${OK}Content-Length: 5, 5 ,5\r\nContent-Length:5\r\n\r\n`,
		`${OK}Content-Length: 5\r\n\r\n`,
	],
	['a folded length', `${OK}Content-Length:\r\n 5\r\n\r\n`, `${OK}Content-Length:   5\r\n\r\n`, true],
	['a length within a fold', `${OK}A: b\r\n Content-Length: 5\r\n\r\n`, `${OK}A: b   Content-Length: 5\r\n\r\n`, true],
	[
		'a 1xx before',
		`HTTP/1.1 103 X\r\nA: b\r\n c\r\n\r\n${OK}A: b\r\n c\r\n\r\n`,
		`HTTP/1.1 103 X\r\nA: b   c\r\n\r\n${OK}A: b   c\r\n\r\n`,
	],
	['line breaks before it', `\r\n\n\r\r\n${OK}A: b\r\n c\r\n\r\n`, `\r\n\n\r\r\n${OK}A: b   c\r\n\r\n`],
	['other bytes after a 101', 'HTTP/1.1 101 X\r\nA: b\r\n\r\nA: b\r\n c', 'HTTP/1.1 101 X\r\nA: b\r\n\r\nA: b\r\n c'],
];
/** What the parser refuses itself. */
const UNCHANGED: readonly string[] = [
	`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
	`${OK}Content-Length: 5, 6\r\n\r\n`,
	`${OK}Content-Length: 5,\r\n\r\n`,
	`${OK}Content-Length: 5, 05\r\n\r\n`,
	`${OK}Content-Length: +5\r\n\r\n`,
	`${OK} A: b\r\n\r\n`,
	`${OK}A: b\n c\r\n\r\n`,
	'HTTP/1.1 200 OK\nA: b\n\n',
	'\0\0\0\x04\0\0\0\0\0',
	'SSH-2.0-x\r\n\r\n',
];

for (const [what, given, passed, isDoubtful = false] of CASES) {
	test(`the head of a response with ${what} is passed on as the parser accepts it, however it arrives`, () => {
		for (const size of [given.length, 1, 2, 3, 7]) {
			const result = repair(given, size);
			assert.equal(result.passed, passed, `pieces of ${size}`);
			assert.equal(result.head.isDoubtful, isDoubtful);
		}
	});
}

test('what differs, or is invalid in another way, is passed on unchanged', () => {
	for (const given of UNCHANGED) {
		for (const size of [given.length, 1, 2]) assert.equal(repair(given, size).passed, given, JSON.stringify(given));
	}
});

test('bytes that need no repair are passed on without a copy', () => {
	const head = new HeadRepair(65_536, false);
	head.begin('GET');
	const bytes = Buffer.from(`${OK}A: b\r\nContent-Length: 2\r\n\r\nok`);
	const passed = head.push(bytes);
	assert.ok(passed.buffer === bytes.buffer);
	assert.deepEqual([passed.byteOffset, passed.length], [bytes.byteOffset, bytes.length]);
	assert.equal(head.push(bytes), bytes);
});

test('a field line over the limit, and one with too many folds, are left to the parser', () => {
	const long = `${OK}A: ${'b'.repeat(2000)}`;
	for (const size of [10, long.length]) assert.equal(repair(long, size, 1000).passed.length > 1000, true);
	const folded = `${OK}A: b${'\r\n c'.repeat(100)}\r\n\r\n`;
	for (const size of [folded.length, 1]) assert.match(repair(folded, size).passed, /\r\n c/);
});
