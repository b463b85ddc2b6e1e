// Random chunked responses, whole and damaged, in random pieces: node:http reads the same from what HeadRepair makes of them
// as from the bytes themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadRepair } from '../../src/http11/head-repair.ts';
import { readWithNode } from '../support/http11-parser.ts';
import { mutate, Random, seed } from '../support/random.ts';

const RESPONSES = 2000;
/** No blanks, because damage must not make a fold: those are accepted. */
const CONTENT = '0123456789abcdefABCDEF;="\r\n:xyz\xe4';
const EXTENSIONS = [
	';a',
	';a=b',
	';a="b c\\"d\xe4"',
	';a=b;c',
	';a="";b',
	`;a=${'b'.repeat(300)}`,
	';;=',
	';a=b"c"',
	';\xe4',
	'; a',
	' ;a',
	';',
];
const CODINGS = [
	...['chunked', 'Chunked', ' chunked', 'chunked  ', 'gzip, chunked', 'gzip,chunked', ',chunked', 'gzip'],
	...[
		'chunked, gzip',
		'xchunked',
		'chunked\r\nTransfer-Encoding:',
		'gzip\r\ntransfer-encoding: chunked',
		'',
		'chunked x',
	],
];

function chunk(random: Random): string {
	const length = random.pick([1, 1, 1, 2, 3, random.below(20), random.below(600), 256, 257]) || 1;
	const content = Array.from({ length }, () => random.pick([...CONTENT])).join('');
	return `${sizeLine(random, length)}${content}\r\n`;
}

function sizeLine(random: Random, size: number): string {
	const digits = size.toString(16);
	const zeros = random.chance(1, 8) ? '0'.repeat(random.pick([1, 5, 300])) : '';
	const extension = random.chance(1, 8) ? random.pick(EXTENSIONS) : '';
	return `${zeros}${random.chance(1, 2) ? digits : digits.toUpperCase()}${extension}\r\n`;
}

/** The head, and what follows it. */
function response(random: Random): [head: string, content: string] {
	const before = random.chance(1, 8) ? 'HTTP/1.1 103 X\r\nTransfer-Encoding: chunked\r\n\r\n' : '';
	const status = random.pick(['200 OK', '200 OK', '200 OK', '404 X', '204 X', '304 X']);
	const coding = random.chance(2, 3) ? ' chunked' : random.pick(CODINGS);
	const length = random.chance(1, 8) ? 'Content-Length: 5\r\n' : '';
	const head = `${before}HTTP/1.1 ${status}\r\nServer: x\r\nTransfer-Encoding:${coding}\r\n${length}TE: y\r\n\r\n`;
	const chunks = Array.from({ length: random.below(random.pick([3, 12, 60])) }, () => chunk(random)).join('');
	const trailers = random.chance(1, 3) ? 'A: b\r\nX-Sum:c d \r\n' : '';
	const surplus = random.chance(1, 8) ? 'HTTP/1.1 200 OK\r\n\r\n' : '';
	return [head, `${chunks}${sizeLine(random, 0)}${trailers}\r\n${surplus}`];
}

function* split(random: Random, bytes: Uint8Array): Generator<Uint8Array> {
	const most = random.pick([1, 2, 5, 30, 400, 1e9]);
	for (let at = 0; at < bytes.length; ) {
		const length = 1 + random.below(most);
		yield bytes.subarray(at, at + length);
		at += length;
	}
}

test(`node:http reads the same content, trailers and errors from ${RESPONSES} random responses after their chunks are joined`, async () => {
	let joined = 0;
	for (let round = 0; round < RESPONSES; round++) {
		const random = new Random(round);
		const [head, content] = response(random);
		const body = Buffer.from(content, 'latin1');
		const damaged = Buffer.from(random.chance(1, 3) ? mutate(body, random) : body);
		// A fold, which is accepted.
		if (/\r\n[ \t]/.test(damaged.toString('latin1'))) continue;
		const pieces = [...split(random, Buffer.concat([Buffer.from(head, 'latin1'), damaged]))];
		const method = random.chance(1, 12) ? 'HEAD' : 'GET';
		const repair = new HeadRepair(65_536, false);
		repair.begin(method);
		const passed = pieces.map((piece) => repair.push(piece).slice());
		const options = { method, insecureHTTPParser: random.chance(1, 4) };
		const [expected, actual] = [await readWithNode(pieces, options), await readWithNode(passed, options)];
		const where = `HYPER_SEED=${seed}, round ${round}: ${JSON.stringify(Buffer.concat(pieces).toString('latin1'))}`;
		assert.deepEqual(actual, expected, where);
		if (passed.some((piece, i) => piece.length < (pieces[i] as Uint8Array).length)) joined++;
	}
	assert.ok(joined > RESPONSES / 8, `only ${joined} responses had chunks to join`);
});
