import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { HandedOut } from '../../src/connection/unread-responses.ts';
import type { Stream } from '../../src/http20/stream.ts';
import { dataEvent, FakeCarrier, FakeRuntime, makeStream, responseEvent } from '../support/http20-fakes.ts';

/** Collects what is watched: the test says what is garbage. */
class FakeRegistry {
	static watched = new Map<object, () => void>();
	readonly #onGarbage: (held: unknown) => void;

	constructor(onGarbage: (held: unknown) => void) {
		this.#onGarbage = onGarbage;
	}

	register(target: object, held: unknown): void {
		FakeRegistry.watched.set(target, () => this.#onGarbage(held));
	}
}

before(() => {
	globalThis.FinalizationRegistry = FakeRegistry as unknown as FinalizationRegistryConstructor;
});

/** A stream with a head and unread content, and the response that was handed out. */
function createAnswered(end: boolean) {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	const response = stream.onResponse(responseEvent(), 3) ?? {};
	stream.onData(dataEvent('abc', end), 3);
	return { carrier, stream, response };
}

function handOut(stream: Stream, response: object): FakeRuntime {
	const runtime = new FakeRuntime();
	const handedOut = new HandedOut();
	handedOut.add(response, stream);
	assert.equal(FakeRegistry.watched.has(response), false, 'only at the end of the turn');
	handedOut.watch(runtime);
	handedOut.watch(runtime);
	return runtime;
}

const collect = (response: object) => FakeRegistry.watched.get(response)?.();

test('a response that is garbage before its end has its stream reset, with a warning', () => {
	const { carrier, stream, response } = createAnswered(false);
	const runtime = handOut(stream, response);
	assert.deepEqual(carrier.calls, []);
	collect(response);
	assert.deepEqual(carrier.calls, ['consume 1 3', `reset 1 ${CANCEL}`]);
	assert.deepEqual(runtime.warnings, ['Response of stream 1 was neither read nor closed: its stream is reset']);
});

test('of one that has ended, what is unread is given back, without a word', () => {
	const { carrier, stream, response } = createAnswered(true);
	const runtime = handOut(stream, response);
	collect(response);
	assert.deepEqual([carrier.calls, runtime.warnings], [['consume 1 3'], []]);
});

test('one whose stream is closed is not reset again', () => {
	const { carrier, stream, response } = createAnswered(false);
	const runtime = handOut(stream, response);
	stream.close(new Error('cut'));
	carrier.calls.length = 0;
	collect(response);
	assert.deepEqual([carrier.calls, runtime.warnings], [[], []]);
});

test('one that was read within the turn is not watched', async () => {
	const { stream, response } = createAnswered(true);
	await stream.body.readAll(response);
	handOut(stream, response);
	assert.equal(FakeRegistry.watched.has(response), false);
});
