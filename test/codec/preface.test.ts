import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PREFACE, PrefaceReader } from '../../src/codec/preface.ts';

const text = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

test('the preface is the text of RFC 9113 §3.4', () => {
	assert.equal(Buffer.from(PREFACE).toString('latin1'), text);
});

test('a preface in pieces is read to its end, and the bytes after it are left', () => {
	const bytes = Buffer.from(`${text}frames`);
	for (let size = 1; size <= bytes.length; size++) {
		const reader = new PrefaceReader();
		let rest = '';
		for (let at = 0; at < bytes.length; at += size) {
			const piece = bytes.subarray(at, at + size);
			rest += piece.subarray(reader.read(piece)).toString();
			assert.equal(reader.length, Math.min(PREFACE.length, at + piece.length));
			assert.equal(reader.isComplete, reader.length === PREFACE.length);
		}
		assert.equal(rest, 'frames');
	}
});

test('a byte that differs from the preface is found in any piece', () => {
	assert.equal(new PrefaceReader().read(Buffer.from('GET / HTTP/1.1\r\n')), -1);
	const reader = new PrefaceReader();
	assert.equal(reader.read(Buffer.from('PRI * HTTP/')), 11);
	assert.equal(reader.read(Buffer.from('1.1')), -1);
});
