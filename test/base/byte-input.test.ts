import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodedFrom, Input } from '../../src/base/byte-input.ts';
import { readAll, sourceOf } from '../support/octet-source.ts';

const A = Uint8Array.of(1);

test('what the source gives is passed on, and that it ended', async () => {
	const source = sourceOf([A, A]);
	const input = new Input(source);
	assert.deepEqual(await readAll(input), Uint8Array.of(1, 1));
	assert.equal(input.state, 'ended');
	assert.equal((await input.next()).done, true);
	assert.equal(source.asked, 3);
	await input.return();
	assert.equal(source.returned, 0, 'it has ended by itself');
});

test('what the source fails with is passed on, and kept', async () => {
	const failure = new Error('of the source');
	const source = sourceOf([], failure);
	const input = new Input(source);
	await assert.rejects(input.next(), failure);
	assert.equal(input.state, 'failed');
	assert.equal(input.error, failure);
	assert.equal((await input.next()).done, true);
	await input.return();
	assert.equal(source.returned, 0);
});

test('a source is let go of while it is waited for', async () => {
	const source = sourceOf([], 'stalls');
	const input = new Input(source);
	const waiting = input.next();
	await input.return();
	assert.deepEqual(await waiting, { done: true, value: undefined });
	assert.equal(input.state, 'released');
	await input.return();
	assert.equal(source.returned, 1);
});

test('a source that fails once it is let go of, or fails to be let go of, troubles nobody', async () => {
	let fail: (error: Error) => void = () => {};
	const input = new Input({
		next: () => new Promise((_, reject) => (fail = reject)),
		return: () => Promise.reject(new Error('cannot be let go of')),
	});
	const waiting = input.next();
	await input.return();
	fail(new Error('too late'));
	assert.equal((await waiting).done, true);
	assert.equal(input.state, 'released');
	// An unhandled rejection would fail this test before the next turn.
	await new Promise((resolve) => setImmediate(resolve));
});

test('a source without return is let go of too', async () => {
	const input = new Input({ next: () => new Promise(() => {}) });
	const waiting = input.next();
	await input.return();
	assert.equal((await waiting).done, true);
});

async function* decode(input: Input): AsyncGenerator<Uint8Array, void, undefined> {
	for (let octets = await input.next(); octets.done !== true; octets = await input.next()) yield octets.value;
	throw new Error('ends early');
}

test('pieces end without an error where their input is let go of, and at once', async () => {
	const source = sourceOf([A], 'stalls');
	const input = new Input(source);
	const pieces = decodedFrom(input, decode(input));
	assert.deepEqual(await pieces.next(), { done: false, value: A });
	const waiting = pieces.next();
	assert.deepEqual(await pieces.return?.(), { done: true, value: undefined });
	assert.equal((await waiting).done, true);
	assert.equal((await pieces.next()).done, true);
	assert.equal(source.returned, 1);
});

test('pieces that nobody has asked for let go of their input as well', async () => {
	const source = sourceOf([A]);
	const input = new Input(source);
	await decodedFrom(input, decode(input)).return?.();
	assert.equal(source.returned, 1);
	assert.equal(source.asked, 0);
});

test('a fault of the decoder is passed on, and its input let go of', async () => {
	const source = sourceOf([A], 'stalls');
	const input = new Input(source);
	const fault = new Error('of the decoder');
	async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
		yield (await input.next()).value ?? A;
		throw fault;
	}
	await assert.rejects(readAll(decodedFrom(input, failing())), fault);
	assert.equal(source.returned, 1);
});
