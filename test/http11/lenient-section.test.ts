import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LenientSection } from '../../src/http11/lenient-section.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the parser gets if the text arrives in pieces of this size. */
function push(section: LenientSection, text: string, size = text.length): string {
	let passed = '';
	for (let at = 0; at < text.length; at += size) {
		passed += latin1(section.push(Buffer.from(text.slice(at, at + size), 'latin1')));
	}
	return passed;
}

function begin(what: 'head' | 'trailers', limit = 65_536): LenientSection {
	const section = new LenientSection(limit);
	if (what === 'head') section.beginHead();
	else section.beginTrailers();
	return section;
}

const TRAILERS: [given: string, passed: string][] = [
	['\r\nrest', '\r\nrest'],
	['\nrest', '\r\nrest'],
	['A: b\r\n c\r\n\r\nrest\n', 'A: b\r\n c\r\n\r\nrest\n'],
	['A: b\n c\nnonsense\n folded\nD : e\n\nrest', 'A: b\r\n c\r\nD: e\r\n\r\nrest'],
	['Content-Length: 5\r\nA: b\r\nTransfer-encoding: chunked\r\n\r\nrest', 'A: b\r\n\r\nrest'],
	['A: b\0\n\nrest', 'A: b\0\n\nrest'],
];

test('a trailer section is rewritten like a head, and loses fields that say where the message ends', () => {
	for (const [given, passed] of TRAILERS) {
		for (const size of [given.length, 1, 2, 3]) {
			const section = begin('trailers');
			assert.equal(push(section, given, size), passed);
			assert.equal(section.isDoubtful, passed !== given);
		}
	}
});

const HEADS: [what: string, given: string, passed: string][] = [
	[
		'a length beside chunked',
		'content-length: 2\r\nTransfer-Encoding: gzip, Chunked',
		'Transfer-Encoding: gzip, Chunked',
	],
	['chunked before another coding', 'Transfer-Encoding: chunked, gzip\r\nA: b', 'A: b\r\nTransfer-Encoding: chunked'],
	['a folded coding', 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 2', 'Transfer-Encoding:\r\n chunked'],
	['an unknown coding beside a length', 'Transfer-Encoding: x\r\nContent-Length: 2', 'Content-Length: 2'],
	['invalid lengths that are equal', 'Content-Length: x, x\r\nContent-Length:x\r\nA: b', 'A: b'],
	['different lengths', 'Content-Length: 2\r\nContent-Length: 02', 'Content-Length: 2\r\nContent-Length: 02'],
	['an empty element in a list of lengths', 'Content-Length: 2,', 'Content-Length: 2,'],
];

for (const [what, given, passed] of HEADS) {
	test(`a head with ${what} says where the message ends as browsers read it`, () => {
		const section = begin('head');
		assert.equal(push(section, `HTTP/1.1 200 OK\r\n${given}\r\n\r\n2\n`), `HTTP/1.1 200 OK\r\n${passed}\r\n\r\n2\n`);
		assert.equal(section.isDoubtful, passed !== given);
	});
}

test('every informational head and the final one are rewritten, but nothing behind them', () => {
	const section = begin('head');
	const given = 'HTTP/1.1 100\n\n\n\nHTTP/1.1 103 X\nA\n\nHTTP/1.1 200 OK\nA\n\nHTTP/1.1 200 OK\nA\n\n';
	const passed = 'HTTP/1.1 100\r\n\r\nHTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\nA\n\n';
	for (const size of [given.length, 1, 2, 3, 7]) {
		section.beginHead();
		assert.equal(push(section, given, size), passed);
	}
});

test('a section over the limit, and what cannot become a head, are left to the parser at once', () => {
	const long = `HTTP/1.1 200 OK\nA: ${'b'.repeat(2000)}`;
	assert.ok(push(begin('head', 1000), long, 10).length > 1000);
	for (const given of ['\0\0\x12\x04\0\0\0\0', 'SSH-2.0-x', 'no\n', '\r\n\r\nno\r\n']) {
		assert.ok(push(begin('head'), given, 1).length > 0, given);
	}
});
