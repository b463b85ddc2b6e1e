import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteInput, decodedFrom } from '../../src/base/byte-input.ts';
import { readAll, sourceOf } from '../support/byte-source.ts';

const A = Uint8Array.of(1);

test('an input passes on the chunks and the end of its source', async () => {
	const source = sourceOf([A, A]);
	const input = new ByteInput(source);
	assert.deepEqual(await readAll(input), Uint8Array.of(1, 1));
	assert.equal(input.state, 'ended');
	assert.equal((await input.next()).done, true);
	assert.equal(source.asked, 3);
	await input.return();
	assert.equal(source.returned, 0, 'a source that ended is not released');
});

test('an input passes on the error of its source, and keeps it', async () => {
	const failure = new Error('source failed');
	const source = sourceOf([], failure);
	const input = new ByteInput(source);
	await assert.rejects(input.next(), failure);
	assert.equal(input.state, 'failed');
	assert.equal(input.error, failure);
	assert.equal((await input.next()).done, true);
	await input.return();
	assert.equal(source.returned, 0);
});

test('return of an input releases the source while a read is pending', async () => {
	const source = sourceOf([], 'stalls');
	const input = new ByteInput(source);
	const waiting = input.next();
	await input.return();
	assert.deepEqual(await waiting, { done: true, value: undefined });
	assert.equal(input.state, 'released');
	await input.return();
	assert.equal(source.returned, 1);
});

test('an input ignores errors of its source once that is released', async () => {
	let fail: (error: Error) => void = () => {};
	const input = new ByteInput({
		next: () => new Promise((_, reject) => (fail = reject)),
		return: () => Promise.reject(new Error('cannot be released')),
	});
	const waiting = input.next();
	await input.return();
	fail(new Error('too late'));
	assert.equal((await waiting).done, true);
	assert.equal(input.state, 'released');
	// An unhandled rejection would fail this test before the next turn.
	await new Promise((resolve) => setImmediate(resolve));
});

test('an input that was released stays so when its source ends', async () => {
	let end = () => {};
	const input = new ByteInput({
		next: () => new Promise((resolve) => (end = () => resolve({ done: true, value: undefined }))),
	});
	const waiting = input.next();
	await input.return();
	end();
	await waiting;
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(input.state, 'released');
});

test('return of an input settles a pending read although the source has no return', async () => {
	const input = new ByteInput({ next: () => new Promise(() => {}) });
	const waiting = input.next();
	await input.return();
	assert.equal((await waiting).done, true);
});

async function* decode(input: ByteInput): AsyncGenerator<Uint8Array, void, undefined> {
	for (let chunk = await input.next(); chunk.done !== true; chunk = await input.next()) yield chunk.value;
	throw new Error('ends early');
}

test('return ends the output of a decoder at once and without an error', async () => {
	const source = sourceOf([A], 'stalls');
	const input = new ByteInput(source);
	const output = decodedFrom(input, decode(input));
	assert.deepEqual(await output.next(), { done: false, value: A });
	const waiting = output.next();
	assert.deepEqual(await output.return?.(), { done: true, value: undefined });
	assert.equal((await waiting).done, true);
	assert.equal((await output.next()).done, true);
	assert.equal(source.returned, 1);
});

test('return releases the input of a decoder that was never read', async () => {
	const source = sourceOf([A]);
	const input = new ByteInput(source);
	await decodedFrom(input, decode(input)).return?.();
	assert.equal(source.returned, 1);
	assert.equal(source.asked, 0);
});

test('an error of the decoder is passed on and releases the input', async () => {
	const source = sourceOf([A], 'stalls');
	const input = new ByteInput(source);
	const fault = new Error('decoder failed');
	async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
		yield (await input.next()).value ?? A;
		throw fault;
	}
	await assert.rejects(readAll(decodedFrom(input, failing())), fault);
	assert.equal(source.returned, 1);
});
