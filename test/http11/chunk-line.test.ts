import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkLine } from '../../src/http11/chunk-line.ts';

/** The size of a first chunk whose line is this text, followed by other bytes; null: invalid. Any pieces are read alike. */
function sizeOf(text: string, isLenient: boolean): number | null {
	const results = [text.length + 1, 1, 2, 3].map((size) => {
		const line = new ChunkLine(isLenient);
		const bytes = Buffer.from(`${text}x`, 'latin1');
		let read = 0;
		for (let at = 0; at < bytes.length && !line.isComplete && !line.isInvalid; at += size) {
			read = at + line.read(bytes.subarray(at, at + size), 0);
		}
		assert.equal(line.isComplete, !line.isInvalid, `neither valid nor invalid: ${JSON.stringify(text)}`);
		if (line.isComplete) assert.equal(read, text.length);
		return line.isComplete ? line.size : null;
	});
	assert.equal(new Set(results).size, 1, `in pieces: ${JSON.stringify(text)}`);
	return results[0] as number | null;
}

const VALID: [text: string, size: number][] = [
	['0\r\n', 0],
	['1aF\r\n', 0x1af],
	[`${'0'.repeat(40)}5\r\n`, 5],
	['1000000000000\r\n', 2 ** 48],
	['5;a\r\n', 5],
	['5;a=b;c;d="e \\"\xe4\t";f=""\r\n', 5],
	['5;;=;a=b"c"\r\n', 5],
];
/** What only lenient readers accept. */
const ODD: [text: string, size: number][] = [
	['5\n', 5],
	[' \t5 \t\r\n', 5],
	['5 ;a\r\n', 5],
	['5;\r\n', 5],
	['5;\n', 5],
	['5; a b = "c\r\n', 5],
	['5;a="b\n', 5],
	['5;a="b\0"\r\n', 5],
	['5;a="b\\\n', 5],
	['5;a="b"c\r\n', 5],
	['5;a=b=c\r\n', 5],
	['5;a"b"\r\n', 5],
];
const INVALID = ['\r\n', 'x', '-5', '+5', '0x5', '5 5', '5\rx', '5;a\rx', '1000000000001', `${'f'.repeat(17)}`];

test('a size line has hexadecimal digits and extensions as node:http reads them', () => {
	for (const [text, size] of VALID)
		for (const isLenient of [false, true]) assert.equal(sizeOf(text, isLenient), size, text);
	for (const text of INVALID) for (const isLenient of [false, true]) assert.equal(sizeOf(text, isLenient), null, text);
	for (const [text] of ODD) assert.equal(sizeOf(text, false), null, text);
});

test('a lenient reader accepts bare LF, blanks around the size and any extension, and says so', () => {
	for (const [text, size] of ODD) assert.equal(sizeOf(text, true), size, text);
	for (const [text, isDoubtful] of [
		...VALID.map(([text]) => [text, false]),
		...ODD.map(([text]) => [text, true]),
	] as const) {
		const line = new ChunkLine(true);
		line.read(Buffer.from(`${text}`, 'latin1'), 0);
		assert.equal(line.isDoubtful, isDoubtful, `${text}`);
	}
});

test('behind the content of a chunk, a size line begins with a line end', () => {
	for (const [text, strict, lenient] of [
		['\r\n5\r\n', true, true],
		['\n5\r\n', false, true],
		['5\r\n', false, false],
		['\r5\r\n', false, false],
		['\r\n\r\n', false, false],
	] as const) {
		for (const isLenient of [false, true]) {
			const line = new ChunkLine(isLenient);
			line.begin();
			line.read(Buffer.from(text), 0);
			assert.equal(line.isComplete, isLenient ? lenient : strict, JSON.stringify(text));
		}
	}
});
