import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { ConnectionError, StreamResetError } from '../../src/base/errors.ts';
import { HTTP11Response, HTTP20Response } from '../../src/index.ts';
import { HandedOut } from '../../src/message/buffered-response.ts';
import { ResponseHead } from '../../src/message/response.ts';
import { deliver, FakeCarrier, FakeRuntime, makeHead, makePending, type ReadPending } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

/** Collects the watched responses; the test decides which are garbage. */
class FakeRegistry {
	static watched = new Map<object, () => void>();
	/** By their tokens. */
	static targets = new Map<object, object>();
	readonly #onGarbage: (held: unknown) => void;

	constructor(onGarbage: (held: unknown) => void) {
		this.#onGarbage = onGarbage;
	}

	register(target: object, held: unknown, token: object): void {
		FakeRegistry.watched.set(target, () => this.#onGarbage(held));
		FakeRegistry.targets.set(token, target);
	}

	unregister(token: object): void {
		FakeRegistry.watched.delete(FakeRegistry.targets.get(token) as object);
	}
}

before(() => {
	globalThis.FinalizationRegistry = FakeRegistry as unknown as FinalizationRegistryConstructor;
});

/** A request whose response has unread content, and that response. */
async function createAnswered(end: boolean) {
	const carrier = new FakeCarrier();
	const pending = makePending(carrier);
	pending.onHead(makeHead(), 3);
	const response = await pending.reader.response();
	deliver(pending, 'abc');
	if (end) pending.onEnd(3);
	carrier.calls.length = 0;
	return { carrier, pending, response };
}

function handOut(pending: ReadPending, response: object): FakeRuntime {
	const runtime = new FakeRuntime();
	const handedOut = new HandedOut(runtime);
	handedOut.add(response, pending.reader);
	assert.equal(FakeRegistry.watched.has(response), false, 'only at the end of the turn');
	handedOut.watch();
	handedOut.watch();
	return runtime;
}

const collect = (response: object) => FakeRegistry.watched.get(response)?.();

test('a response that is garbage-collected before its end has its stream reset, with a warning', async () => {
	const { carrier, pending, response } = await createAnswered(false);
	const runtime = handOut(pending, response);
	assert.deepEqual(carrier.calls, []);
	collect(response);
	assert.deepEqual(carrier.calls, ['consume 1 3', `cancel 1 ${CANCEL}`]);
	assert.deepEqual(runtime.warnings, ['Response of stream 1 was neither read nor closed: its stream is reset']);
});

test('a response that is garbage-collected after its end has its unread content consumed, without a warning', async () => {
	const { carrier, pending, response } = await createAnswered(true);
	const runtime = handOut(pending, response);
	collect(response);
	assert.deepEqual([carrier.calls, runtime.warnings], [['consume 1 3'], []]);
});

test('a response whose stream is closed is not reset when it is garbage-collected', async () => {
	const { carrier, pending, response } = await createAnswered(false);
	const runtime = handOut(pending, response);
	pending.close(new Error('cut'));
	carrier.calls.length = 0;
	collect(response);
	assert.deepEqual([carrier.calls, runtime.warnings], [[], []]);
});

for (const [how, end] of [
	['closed by its reader', (pending) => pending.reader.abandon()],
	['whose request failed', (pending) => pending.close(new Error('cut'))],
	[
		'read to its end',
		(pending, response) => {
			pending.reader.readAll(response);
			pending.onEnd(4);
		},
	],
] as [string, (pending: ReadPending, response: object) => unknown][]) {
	test(`a response ${how} is no longer watched, because the registry would keep it alive`, async () => {
		const { pending, response } = await createAnswered(false);
		handOut(pending, response);
		assert.equal(FakeRegistry.watched.has(response), true);
		end(pending, response);
		assert.equal(FakeRegistry.watched.has(response), false);
	});
}

test('a response that was read within the turn is not watched', async () => {
	const { pending, response } = await createAnswered(true);
	await pending.reader.readAll(response);
	handOut(pending, response);
	assert.equal(FakeRegistry.watched.has(response), false);
});

test('an HTTP/1.1 response that is garbage-collected before its end has its connection dropped, with a warning', async () => {
	const carrier = new FakeCarrier();
	const pending = makePending();
	pending.onSent(carrier, 2, null);
	pending.onHead(new ResponseHead('HTTP/1.1', 200, 'OK', -1, []), 3);
	const response = await pending.reader.response();
	const runtime = handOut(pending, response);
	collect(response);
	assert.deepEqual(carrier.calls, ['hand out null', `cancel null ${CANCEL}`]);
	assert.deepEqual(runtime.warnings, ['Response was neither read nor closed: its connection is dropped']);
});

test("started resolves when the request's head is written, response when the response's head has arrived", async () => {
	const pending = makePending();
	const { reader } = pending;
	const [started, waiting] = [reader.started(), reader.response()];
	assert.equal(await stateOf(started), 'pending');
	const carrier = new FakeCarrier();
	pending.onSent(carrier, 20, 5);
	assert.equal(await started, 5);
	assert.equal(await stateOf(waiting), 'pending');
	pending.onHead(makeHead([], 9), 30);
	assert.equal((await waiting).status, 200);
	assert.equal(reader.contentLength, 9);
	assert.deepEqual(carrier.calls, ['hand out 5']);
});

test('started resolves once for a request that is sent again', async () => {
	const pending = makePending();
	const started = pending.reader.started();
	pending.onSent(new FakeCarrier(), 2, 1);
	pending.requeue();
	pending.onSent(new FakeCarrier(), 3, 7);
	assert.equal(await started, 1);
});

test('a response whose head has already arrived is handed out as soon as the caller asks for it', async () => {
	const carrier = new FakeCarrier();
	const pending = makePending(carrier);
	pending.onHead(makeHead(), 3);
	assert.deepEqual(carrier.calls, []);
	assert.equal((await pending.reader.response()).status, 200);
	assert.deepEqual(carrier.calls, ['hand out 1']);
});

test('the class of a response matches its HTTP version', async () => {
	for (const [version, Class] of [
		['HTTP/2', HTTP20Response],
		['HTTP/1.1', HTTP11Response],
	] as const) {
		const pending = makePending(new FakeCarrier());
		const waiting = pending.reader.response();
		pending.onHead(new ResponseHead(version, 200, 'Fine', -1, []), 3);
		assert.ok((await waiting) instanceof Class);
		assert.equal((await waiting).version, version);
	}
});

test('bytes read from the body are reported to the carrier', async () => {
	const carrier = new FakeCarrier();
	const pending = makePending(carrier);
	pending.onHead(makeHead(), 3);
	deliver(pending, 'abc');
	assert.deepEqual(carrier.calls, []);
	await (await pending.reader.response()).read(2);
	assert.deepEqual(carrier.calls.slice(1), ['consume 1 2']);
});

test('body and trailers of a complete response outlive the end of its connection', async () => {
	const carrier = new FakeCarrier();
	const pending = makePending(carrier);
	const before = pending.reader.response();
	pending.onHead(makeHead([], 5), 2);
	deliver(pending, 'hello');
	pending.onTrailers(['x-a', '1']);
	pending.onEnd(3);
	pending.close(new ConnectionError('cut'));
	assert.equal(await (await before).text(), 'hello');
	assert.deepEqual((await (await before).trailers).get('x-a'), ['1']);
	assert.equal(pending.reader.isRead, true);
	assert.deepEqual(carrier.calls, ['hand out 1', 'consume 1 5']);
});

test('informational responses are collected in order', async () => {
	const pending = makePending(new FakeCarrier());
	pending.onInformational(103, ['Link', '</a>'], null);
	pending.onInformational(104, [], null);
	pending.onHead(makeHead(), 3);
	const { informational } = await pending.reader.response();
	assert.deepEqual(
		informational.map(({ status, headers }) => [status, headers.get('link')]),
		[
			[103, ['</a>']],
			[104, []],
		],
	);
});

test('a failure before the head rejects pending and later calls of started and response', async () => {
	const pending = makePending();
	const { reader } = pending;
	const [started, waiting] = [reader.started(), reader.response()];
	const reason = new Error('no more');
	pending.abort(reason);
	for (const promise of [started, waiting, reader.response()]) await assert.rejects(promise, reason);
});

test('the end of a connection fails an incomplete body, and a complete one can still be read', async () => {
	const reason = new ConnectionError('cut');
	const [begun, complete] = [makePending(new FakeCarrier()), makePending(new FakeCarrier())];
	for (const pending of [begun, complete]) {
		pending.onHead(makeHead(), 3);
		deliver(pending, 'whole');
	}
	complete.onEnd(3);
	for (const pending of [begun, complete]) pending.close(reason);
	await assert.rejects((await begun.reader.response()).text(), reason);
	assert.equal(await (await complete.reader.response()).text(), 'whole');
});

test('abandoning a response discards unread content and resets an open stream', async () => {
	const { carrier, pending, response } = await createAnswered(false);
	pending.reader.abandon();
	assert.deepEqual(carrier.calls, ['consume 1 3', `cancel 1 ${CANCEL}`]);
	assert.ok(carrier.reason instanceof StreamResetError);
	await assert.rejects(response.text(), /closed before its end/);
	carrier.calls.length = 0;
	pending.reader.abandon();
	assert.deepEqual(carrier.calls, []);
});

test('abandoning an HTTP/1.1 response closes its connection', async () => {
	const carrier = new FakeCarrier();
	const pending = makePending();
	pending.onSent(carrier, 2, null);
	pending.onHead(new ResponseHead('HTTP/1.1', 200, 'OK', -1, []), 3);
	deliver(pending, 'abc');
	await (await pending.reader.response()).close();
	assert.deepEqual(carrier.calls, ['hand out null', 'consume null 3', `cancel null ${CANCEL}`]);
	assert.ok(carrier.reason instanceof ConnectionError);
	assert.equal(carrier.reason.message, 'Response was closed before its end');
	await assert.rejects((await pending.reader.response()).bytes(), ConnectionError);
});

test('isReading is true while nothing is unread or a read is pending', async () => {
	const { pending, response } = await createAnswered(false);
	const { reader } = pending;
	assert.equal(reader.isReading, false);
	const reading = response.read(5);
	assert.equal(reader.isReading, true);
	deliver(pending, 'de');
	await reading;
	assert.deepEqual([reader.unread, reader.isReading], [0, true]);
	pending.close(null);
});

test('a response that is garbage-collected where nothing can be sent is reset at the end of the next turn', async () => {
	const { carrier, pending, response } = await createAnswered(false);
	const runtime = Object.assign(new FakeRuntime(), { canFinalize: false });
	const handedOut = new HandedOut(runtime);
	handedOut.add(response, pending.reader);
	handedOut.watch();
	collect(response);
	assert.deepEqual([carrier.calls, runtime.warnings], [[], []]);
	handedOut.watch();
	handedOut.watch();
	assert.deepEqual(carrier.calls, ['consume 1 3', `cancel 1 ${CANCEL}`]);
	assert.equal(runtime.warnings.length, 1);
});

test('without FinalizationRegistry, responses are not watched', async () => {
	const { pending, response } = await createAnswered(false);
	const registry = globalThis.FinalizationRegistry;
	(globalThis as { FinalizationRegistry?: unknown }).FinalizationRegistry = undefined;
	try {
		handOut(pending, response);
		assert.equal(FakeRegistry.watched.has(response), false);
	} finally {
		globalThis.FinalizationRegistry = registry;
	}
});
