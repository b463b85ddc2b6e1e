// Decoded content from an iterator of the test, read in the ways of BodyBuffer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { DecodedContent } from '../../src/content/decoded-content.ts';

const reader = {};
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function createContent(...pieces: string[]): DecodedContent {
	const left = pieces.map(encode);
	return new DecodedContent({
		next: async () => {
			const value = left.shift();
			return value === undefined ? { done: true, value: undefined } : { done: false, value };
		},
	});
}

test('readAll returns all remaining content as one array', async () => {
	assert.equal(decode(await createContent('ab', '', 'c').readAll(reader)), 'abc');
	assert.deepEqual(await createContent().readAll(reader), new Uint8Array(0));
	const content = createContent('abc', 'def');
	await content.readExactly(reader, 2);
	assert.equal(decode(await content.readAll(reader)), 'cdef');
});

test('readExactly returns the exact amount, and less only at the end', async () => {
	const content = createContent('abc', 'def', 'g');
	const amounts = [2, 0, 3, 1, 5, 1];
	const texts: string[] = [];
	for (const amount of amounts) texts.push(decode(await content.readExactly(reader, amount)));
	assert.deepEqual(texts, ['ab', '', 'cde', 'f', 'g', '']);
});

test('readSome and readFrame return non-empty chunks one by one, starting with the rest of a partly read one', async () => {
	const content = createContent('abc', '', 'd');
	assert.equal(decode(await content.readExactly(reader, 1)), 'a');
	assert.deepEqual(await content.readSome(), { done: false, value: encode('bc') });
	assert.deepEqual(await content.readFrame(), { done: false, value: encode('d') });
	assert.deepEqual(await content.readFrame(), { done: true, value: undefined });
});

test('a second read at the same time is an error', async () => {
	const content = createContent('abc');
	const first = content.readAll(reader);
	await assert.rejects(content.readSome(), LocalProtocolError);
	assert.equal(decode(await first), 'abc');
	assert.equal((await content.readSome()).done, true);
});

test('an error of the source rejects the read, and another read may follow', async () => {
	const fault = new Error('cut');
	const content = new DecodedContent({ next: () => Promise.reject(fault) });
	await assert.rejects(content.readAll(reader), (error) => error === fault);
	await assert.rejects(content.readSome(), (error) => error === fault);
});
