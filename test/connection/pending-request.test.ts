import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CANCEL, INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { openBody } from '../../src/body/request-body.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { Upload, type UploadTarget } from '../../src/connection/upload.ts';
import type { RequestOptions } from '../../src/index.ts';
import type { ResponseSink } from '../../src/message/response-sink.ts';
import { deliver, FakeCarrier, makeHead, makePending, makeRequest, RecordingSink } from '../support/http20-fakes.ts';

const reason = new Error('enough');

/** A request that was made at time 1 and sent at time 2 on stream 1, and the sink of its response. */
function create(throwsIn: string[] = [], options: RequestOptions & { method?: string } = {}) {
	const carrier = new FakeCarrier();
	const sink = new RecordingSink(...throwsIn);
	const { method = 'GET', ...others } = options;
	const pending = new PendingRequest(makeRequest(method, others), 1, sink);
	pending.onSent(carrier, 2, 1);
	return { carrier, sink, pending, calls: sink.calls };
}

/** A target that ignores the content. */
const nowhere: UploadTarget = {
	pieceSize: Number.POSITIVE_INFINITY,
	stopsAfterError: false,
	write: () => true,
	writeTrailers: () => undefined,
	onUploadFailed: () => undefined,
};

/** Delivers everything after the head, each piece of content in a buffer that is then overwritten. */
function receiveRest(pending: PendingRequest): void {
	for (const text of ['abc', 'de']) {
		const bytes = new TextEncoder().encode(text);
		pending.onContent(bytes, text === 'de', 4);
		bytes.fill(0xdd);
	}
	pending.onTrailers(['sum', '5']);
	pending.onEnd(5);
}

/** Everything in order. */
function receiveAll(pending: PendingRequest): void {
	pending.onInformational(103, ['a', 'b'], null);
	pending.onHead(makeHead(), 3);
	receiveRest(pending);
}

test('the calls of a sink come in order, and content is consumed when it is delivered', () => {
	const { pending, calls, carrier } = create();
	receiveAll(pending);
	assert.deepEqual(calls, [
		...['start 1', 'informational 103', 'head 200', 'content abc...', 'content de', 'trailers sum=5', 'end'],
	]);
	assert.deepEqual(carrier.calls, ['consume 1 3', 'consume 1 2']);
	pending.close(null);
	assert.equal(calls.at(-1), 'end');
});

test('a sink that implements no call receives a whole response without effect', () => {
	const carrier = new FakeCarrier();
	const pending = new PendingRequest(makeRequest(), 1, {});
	pending.onSent(carrier, 2, 1);
	receiveAll(pending);
	pending.close(null);
	const failed = new PendingRequest(makeRequest(), 1, {});
	failed.abort(reason);
	assert.deepEqual([carrier.calls, failed.failure], [['consume 1 3', 'consume 1 2'], { reason }]);
});

test('the state of a request follows its events from waiting to closed, and a lost request waits again', () => {
	const pending = makePending();
	const states = [pending.state];
	const steps: (() => void)[] = [
		() => pending.onSent(new FakeCarrier(), 2, 1),
		() => pending.requeue(),
		() => pending.onSent(new FakeCarrier(), 2, 3),
		() => pending.onHead(makeHead(), 3),
		() => deliver(pending, 'abc'),
		() => pending.onEnd(4),
		() => pending.close(null),
	];
	for (const step of steps) {
		step();
		states.push(pending.state);
	}
	assert.deepEqual(states, [...['waiting', 'sent', 'waiting', 'sent', 'answered', 'answered', 'complete', 'closed']]);
});

test('events in the wrong state do not reach the sink, and their content is consumed', () => {
	const { pending, calls, carrier } = create();
	deliver(pending, 'early');
	pending.onTrailers(['a', 'b']);
	pending.onEnd(3);
	assert.deepEqual(calls, ['start 1']);
	pending.onHead(makeHead(), 3);
	pending.onHead(makeHead([], -1, 404), 3);
	pending.onInformational(103, [], null);
	pending.onEnd(4);
	deliver(pending, 'late');
	pending.onEnd(5);
	pending.onTrailers(['a', 'b']);
	assert.deepEqual(calls, ['start 1', 'head 200', 'end']);
	assert.deepEqual(carrier.calls, ['consume 1 5', 'consume 1 4']);
});

test('onStart is called again with the new stream id when a request is sent again', () => {
	const { pending, calls } = create();
	pending.requeue();
	assert.equal(pending.carrier, null);
	pending.onSent(new FakeCarrier(), 7, 5);
	pending.onHead(makeHead(), 8);
	assert.deepEqual(calls, ['start 1', 'start 5', 'head 200']);
	assert.deepEqual([pending.id, pending.sentAt, pending.timings.sent], [5, 7, 7]);
});

test('onStart is called only once the HTTP version is known', () => {
	for (const streamId of [1, null]) {
		const sink = new RecordingSink();
		const pending = new PendingRequest(makeRequest(), 1, sink);
		pending.onSent(new FakeCarrier(), 2);
		assert.deepEqual([sink.calls, pending.state], [[], 'sent']);
		pending.onStart(streamId);
		assert.deepEqual([sink.calls, pending.id], [[`start ${streamId}`], streamId]);
	}
});

test('a promised request does not call onStart', () => {
	const sink = new RecordingSink();
	const pending = new PendingRequest(makeRequest(), 1, sink);
	const carrier = new FakeCarrier();
	pending.onPromised(carrier, 2);
	assert.deepEqual(
		[sink.calls, pending.state, pending.id, pending.carrier, pending.timings.sent],
		[...[[], 'sent', 2, carrier, null]],
	);
	pending.onHead(makeHead(), 3);
	assert.deepEqual(sink.calls, ['head 200']);
});

test('a closed request stays so when its head is written', () => {
	const { pending, calls } = create();
	pending.close(reason);
	calls.length = 0;
	pending.onSent(new FakeCarrier(), 9, 3);
	assert.deepEqual([pending.state, pending.id, calls], ['closed', 1, []]);
});

test('a paused response that has ended is complete after it was delivered, and closed by its connection', () => {
	const { pending, calls } = create();
	pending.pause();
	receiveAll(pending);
	pending.resume();
	assert.deepEqual([calls.at(-1), pending.state], ['end', 'complete']);
	pending.close(null);
	assert.equal(pending.state, 'closed');
});

test('timings are the times of the events, whether head, content or trailers end the response', () => {
	const ends: ((pending: PendingRequest) => void)[] = [
		(pending) => pending.onEnd(4),
		(pending) => {
			deliver(pending, 'a', 4);
			assert.equal(pending.timings.end, null);
			pending.onEnd(4);
		},
		(pending) => {
			pending.onTrailers(['a', 'b']);
			pending.onEnd(4);
		},
	];
	for (const end of ends) {
		const pending = makePending(new FakeCarrier());
		pending.onHead(makeHead(), 4);
		end(pending);
		const { timings, reader } = pending;
		assert.deepEqual(timings, { queued: 1, dialled: null, secured: null, sent: 2, firstByte: 4, end: 4 });
		assert.equal(reader.ended, true);
	}
});

test('timings of the dial are those of the connection that carries the request', () => {
	const pending = makePending();
	assert.deepEqual([pending.timings.dialled, pending.timings.secured], [null, null]);
	pending.onSent(Object.assign(new FakeCarrier(), { openedAt: { connected: 3, secured: 4 } }), 5, 1);
	assert.deepEqual([pending.timings.dialled, pending.timings.secured, pending.timings.sent], [3, 4, 5]);
});

test('informational responses reach the sink and onInformational, and a callback that throws ends the request', () => {
	const told: number[] = [];
	const { pending, calls, carrier, sink } = create([], {
		onInformational: (status, headers) => {
			told.push(status);
			assert.deepEqual([...headers.raw()], [['a', 'b']]);
			if (status === 103) throw reason;
		},
	});
	pending.onInformational(100, [':status', '100', 'a', 'b'], null, 2);
	assert.deepEqual(carrier.calls, []);
	pending.onInformational(103, ['a', 'b'], null);
	assert.deepEqual(told, [100, 103]);
	assert.deepEqual(calls, ['start 1', 'informational 100', 'informational 103', 'error enough']);
	assert.deepEqual(carrier.calls, [`cancel 1 ${CANCEL}`]);
	assert.equal(sink.error, reason);
});

test('an error thrown by any call of a sink ends the request and is passed to onError', () => {
	const cases: [name: string, calls: string[]][] = [
		['start', ['start 1', 'error sink']],
		['informational', ['start 1', 'informational 103', 'error sink']],
		['head', ['start 1', 'informational 103', 'head 200', 'error sink']],
		['content', ['start 1', 'informational 103', 'head 200', 'content abc...', 'error sink']],
		[
			'trailers',
			['start 1', 'informational 103', 'head 200', 'content abc...', 'content de', 'trailers sum=5', 'error sink'],
		],
	];
	for (const [name, expected] of cases) {
		const { pending, calls, carrier, sink } = create([name]);
		receiveAll(pending);
		assert.deepEqual(calls, expected);
		assert.equal(sink.error, sink.fault);
		assert.deepEqual(
			carrier.calls.filter((call) => call.startsWith('cancel')),
			[`cancel 1 ${CANCEL}`],
		);
		const consumed = carrier.calls.filter((call) => call.startsWith('consume'));
		assert.deepEqual(consumed, ['consume 1 3', 'consume 1 2'], 'what comes afterwards is given back');
	}
});

for (const name of ['onStart', 'onInformational', 'onHead', 'onContent', 'onTrailers'] as const) {
	test(`a promise of ${name} that rejects ends the request with its reason`, async () => {
		const errors: unknown[] = [];
		const sink: ResponseSink = { [name]: () => Promise.reject(reason), onError: (error) => errors.push(error) };
		const carrier = new FakeCarrier();
		const pending = new PendingRequest(makeRequest(), 1, sink);
		pending.onSent(carrier, 2, 1);
		pending.onInformational(103, [], null);
		if (name !== 'onInformational') pending.onHead(makeHead(), 3);
		if (name === 'onContent') pending.onContent(Uint8Array.of(1), true, 4);
		if (name === 'onTrailers') pending.onTrailers(['sum', '5']);
		await turn();
		assert.deepEqual(errors, [reason]);
		assert.ok(carrier.calls.includes(`cancel 1 ${CANCEL}`));
	});
}

test('a promise of the option onInformational that rejects ends the request with its reason', async () => {
	const { pending, sink } = create([], { onInformational: () => Promise.reject(reason) });
	pending.onInformational(103, [], null);
	await turn();
	assert.equal(sink.error, reason);
});

test('a promise of a sink that rejects after the response is complete becomes an uncaught exception', async (t) => {
	const later: (() => void)[] = [];
	const carrier = new FakeCarrier();
	const pending = new PendingRequest(makeRequest(), 1, { onTrailers: () => Promise.reject(reason) });
	pending.onSent(carrier, 2, 1);
	receiveAll(pending);
	t.mock.method(globalThis, 'queueMicrotask', (callback: () => void) => later.push(callback));
	await turn();
	for (const callback of later) assert.throws(callback, reason);
	assert.deepEqual([later.length, pending.failure], [1, null]);
	assert.ok(!carrier.calls.some((call) => call.startsWith('cancel')));
});

test('an error thrown by the last call of a sink becomes an uncaught exception', async (t) => {
	const uncaught: unknown[] = [];
	const later: (() => void)[] = [];
	t.mock.method(globalThis, 'queueMicrotask', (callback: () => void) => later.push(callback));
	const ended = create(['end']);
	receiveAll(ended.pending);
	const failed = create(['error']);
	failed.pending.abort(reason);
	for (const callback of later) assert.throws(callback, (error) => uncaught.push(error) > 0);
	assert.deepEqual(uncaught, [ended.sink.fault, failed.sink.fault]);
	assert.deepEqual([ended.calls.at(-1), failed.calls.at(-1)], ['end', 'error enough']);
});

test('a request that is cancelled before it is sent closes, and leaves the queue once', () => {
	const sink = new RecordingSink();
	const pending = new PendingRequest(makeRequest(), 1, sink);
	let dropped = 0;
	pending.onClosed = () => dropped++;
	pending.abort(reason);
	pending.abort(new Error('again'));
	assert.deepEqual([pending.isClosed, pending.failure, dropped, sink.calls], [true, { reason }, 1, ['error enough']]);
});

test('a request that is cancelled after it was sent is stopped once by its connection, with the reason', () => {
	const { pending, carrier, calls } = create();
	pending.abort(reason, INTERNAL_ERROR);
	pending.abort(new Error('again'));
	assert.deepEqual(carrier.calls, [`cancel 1 ${INTERNAL_ERROR}`]);
	assert.equal(carrier.reason, reason);
	assert.deepEqual(calls, ['start 1', 'error enough']);
});

test('abort ends the request with the given reason, or with an AbortError', () => {
	const [given, plain] = [create(), create()];
	given.pending.abort(reason);
	plain.pending.abort();
	assert.equal(given.sink.error, reason);
	assert.ok(plain.sink.error instanceof DOMException);
	assert.equal(plain.sink.error.name, 'AbortError');
	for (const { pending, calls } of [given, plain]) {
		pending.abort();
		assert.equal(calls.length, 2);
	}
});

test('abort after the end has no effect on the sink', () => {
	const { pending, calls } = create();
	receiveAll(pending);
	pending.abort(reason);
	pending.close(null);
	pending.abort(reason);
	assert.equal(calls.filter((call) => call === 'end' || call.startsWith('error')).length, 1);
	assert.equal(pending.failure, null);
});

test('a signal cancels the request with its own reason, and has no listener after the end', () => {
	const controller = new AbortController();
	const [aborted, ended] = [create(), create()];
	for (const { pending } of [aborted, ended]) pending.listen(controller.signal);
	ended.pending.onHead(makeHead(), 3);
	ended.pending.onEnd(3);
	ended.pending.close(null);
	controller.abort(reason);
	assert.equal(aborted.sink.error, reason);
	assert.deepEqual(aborted.carrier.calls, [`cancel 1 ${CANCEL}`]);
	assert.deepEqual([ended.carrier.calls, ended.pending.failure], [[], null]);
});

test('the end of a connection fails an incomplete response once, and does not change a complete one', () => {
	const cut = new ConnectionError('cut');
	const [begun, complete] = [create(), create()];
	begun.pending.onHead(makeHead(), 3);
	receiveAll(complete.pending);
	for (const { pending } of [begun, complete]) {
		pending.close(cut);
		pending.close(new Error('again'));
	}
	assert.deepEqual(begun.calls, ['start 1', 'head 200', 'error cut']);
	assert.deepEqual([complete.calls.at(-1), complete.pending.failure], ['end', null]);
});

test('a request that is closed without a reason fails as incomplete', () => {
	const { pending, sink } = create();
	pending.close(null);
	assert.ok(sink.error instanceof ConnectionError);
	assert.match(sink.error.message, /closed before the response was complete/);
});

test('a source that was never read is released when its request is closed, unless it can be read again', async () => {
	let returned = 0;
	const body = {
		[Symbol.asyncIterator]: () => ({
			next: () => assert.fail('nobody asks'),
			return: async () => {
				returned++;
				return { done: true as const, value: undefined };
			},
		}),
	};
	const pending = makePending(null, { method: 'POST', body });
	pending.close(new Error('given up'));
	pending.close(new Error('again'));
	await turn();
	assert.equal(returned, 1);
	makePending(null, { method: 'POST', body: 'text' }).close(null);
});

test('a stream of the platform that was never read is cancelled', async () => {
	let cancelled: unknown = null;
	const body = new ReadableStream({
		cancel: (why) => {
			cancelled = why ?? 'cancelled';
		},
	});
	const pending = makePending(null, { method: 'POST', body });
	pending.abort(reason);
	pending.close(reason);
	await turn();
	assert.equal(cancelled, 'cancelled');
});

test('an upload stops when its request is closed or waits again', () => {
	for (const end of ['close', 'requeue'] as const) {
		const { pending } = create([], { method: 'POST', body: 'text' });
		const upload = new Upload(pending, nowhere);
		pending.upload = upload;
		if (end === 'close') pending.close(null);
		else pending.requeue();
		assert.equal(upload.state, 'stopped');
	}
});

test("the server's time counts from the request, or from the last received bytes", () => {
	const { pending } = create();
	assert.equal(pending.since, 1);
	pending.onHead(makeHead(), 3);
	assert.equal(pending.since, 3);
	deliver(pending, 'abc', 4);
	assert.equal(pending.since, 4);
});

test('onEnded is called at the end of the response, or of a request without one', () => {
	for (const end of ['response', 'request'] as const) {
		const pending = makePending(new FakeCarrier());
		let ends = 0;
		pending.onEnded = () => ends++;
		if (end === 'response') {
			pending.onHead(makeHead(), 3);
			pending.onEnd(3);
		} else {
			pending.close(new Error('cut'));
		}
		assert.equal(ends, 1);
	}
});

test('send rejects after the request has ended, with the reason of a failure', async () => {
	const unsent = makePending();
	await assert.rejects(unsent.send(openBody('a'), false), LocalProtocolError);
	const ended = makePending(new FakeCarrier());
	ended.upload = new Upload(ended, nowhere);
	await ended.send(openBody('a'), false);
	ended.onHead(makeHead(), 3);
	ended.onEnd(3);
	ended.close(null);
	await assert.rejects(ended.send(openBody('a'), true), {
		name: 'LocalProtocolError',
		message: 'Cannot send content: the request has ended',
	});
	const failed = makePending(new FakeCarrier());
	failed.upload = new Upload(failed, nowhere);
	for (const cancelled of [failed, unsent]) {
		cancelled.abort(reason);
		await assert.rejects(cancelled.send(openBody('a'), false), reason);
	}
});

test('a source that is passed to send after its request has failed is released', async () => {
	const { pending } = create([], { method: 'POST' });
	pending.abort(reason);
	let returned = 0;
	const source = {
		[Symbol.asyncIterator]: () => ({
			next: () => new Promise<never>(() => {}),
			return: async () => {
				returned++;
				return { done: true as const, value: undefined };
			},
		}),
	};
	await assert.rejects(pending.send(openBody(source), false), reason);
	assert.equal(returned, 1);
});

test('a response that is abandoned is reset, with an error that says that it was closed before its end', () => {
	const { pending, carrier } = create();
	pending.onHead(makeHead(), 3);
	pending.abandon();
	assert.ok(carrier.reason instanceof StreamResetError);
	assert.deepEqual([carrier.reason.streamId, carrier.reason.initiator], [1, 'local']);
	assert.match(carrier.reason.message, /Response of stream 1 was closed before its end/);
});

test('content that arrives while the sink is paused is delivered later in order, followed by trailers and end', () => {
	const { pending, calls, carrier } = create();
	pending.onHead(makeHead(), 3);
	pending.pause();
	pending.pause();
	assert.equal(pending.isReading, false);
	receiveRest(pending);
	pending.close(null);
	assert.deepEqual([calls.splice(0), carrier.calls], [['start 1', 'head 200'], []]);
	pending.resume();
	pending.resume();
	assert.deepEqual(calls, ['content abc...', 'content de', 'trailers sum=5', 'end']);
	assert.deepEqual(carrier.calls, ['consume 1 3', 'consume 1 2']);
	assert.equal(pending.isReading, true);
});

test('a sink that pauses at each piece gets one piece at a time', () => {
	const texts: string[] = [];
	const sink: ResponseSink = {
		onContent(bytes) {
			texts.push(Buffer.from(bytes).toString());
			pending.pause();
		},
		onTrailers: () => texts.push('trailers'),
		onEnd: () => texts.push('end'),
	};
	const carrier = new FakeCarrier();
	const pending = new PendingRequest(makeRequest(), 1, sink);
	pending.onSent(carrier, 2, 1);
	pending.onHead(makeHead(), 3);
	for (const text of ['a', 'bc', 'def']) deliver(pending, text);
	pending.onTrailers(['a', 'b']);
	pending.onEnd(4);
	for (const expected of [['a'], ['bc'], ['def'], ['trailers', 'end']]) {
		assert.deepEqual(texts.splice(0), expected);
		pending.resume();
	}
	assert.deepEqual([texts, carrier.calls], [[], ['consume 1 1', 'consume 1 2', 'consume 1 3']]);
});

test('content that arrives while kept content is being delivered queues behind it', () => {
	const texts: string[] = [];
	const pending = new PendingRequest(makeRequest(), 1, {
		onContent(bytes) {
			const text = Buffer.from(bytes).toString();
			texts.push(text);
			if (text === 'a') deliver(pending, 'c');
		},
	});
	pending.onSent(new FakeCarrier(), 2, 1);
	pending.onHead(makeHead(), 3);
	pending.pause();
	for (const text of ['a', 'b']) deliver(pending, text);
	pending.resume();
	assert.deepEqual(texts, ['a', 'b', 'c']);
});

test('a sink that pauses and resumes within a call gets everything once', () => {
	const texts: string[] = [];
	const pending = new PendingRequest(makeRequest(), 1, {
		onContent(bytes) {
			texts.push(Buffer.from(bytes).toString());
			pending.pause();
			pending.resume();
		},
		onTrailers() {
			texts.push('trailers');
			pending.pause();
			pending.resume();
		},
		onEnd: () => texts.push('end'),
	});
	pending.onSent(new FakeCarrier(), 2, 1);
	pending.onHead(makeHead(), 3);
	pending.pause();
	for (const text of ['a', 'b', 'c']) deliver(pending, text);
	pending.onTrailers(['a', 'b']);
	pending.onEnd(4);
	pending.resume();
	assert.deepEqual(texts, ['a', 'b', 'c', 'trailers', 'end']);
});

test('onError of a paused sink is called at once, and kept content is consumed', () => {
	const { pending, calls, carrier } = create();
	pending.onHead(makeHead(), 3);
	pending.pause();
	deliver(pending, 'abc');
	pending.onTrailers(['a', 'b']);
	pending.close(new Error('cut'));
	pending.resume();
	assert.deepEqual(calls, ['start 1', 'head 200', 'error cut']);
	assert.deepEqual(carrier.calls, ['consume 1 3']);
});

test('abort ends a paused response whose end has arrived, whether or not its stream is closed', () => {
	for (const closes of [false, true]) {
		const { pending, calls, carrier } = create();
		pending.onHead(makeHead(), 3);
		pending.pause();
		deliver(pending, 'abc');
		pending.onEnd(4);
		if (closes) pending.close(null);
		pending.abort(reason);
		pending.resume();
		assert.deepEqual(calls, ['start 1', 'head 200', 'error enough']);
		assert.equal(carrier.calls[0], 'consume 1 3');
	}
});

test('a signal ends a response whose end is kept, and is listened to until its sink has got the end', () => {
	for (const end of ['signal', 'resume', 'abort'] as const) {
		const { pending, calls, carrier } = create();
		const controller = new AbortController();
		const removed = mock.method(controller.signal, 'removeEventListener');
		pending.listen(controller.signal);
		pending.onHead(makeHead(), 3);
		pending.pause();
		deliver(pending, 'abc');
		pending.onEnd(4);
		pending.close(null);
		assert.deepEqual([pending.state, removed.mock.callCount()], ['held', 0]);
		pending.close(new Error('again'));
		if (end === 'signal') controller.abort(reason);
		else if (end === 'resume') pending.resume();
		else pending.abort(reason);
		const expected = end === 'resume' ? ['content abc', 'end'] : ['error enough'];
		assert.deepEqual(calls, ['start 1', 'head 200', ...expected]);
		assert.deepEqual(carrier.calls, ['consume 1 3']);
		assert.equal(pending.state, 'closed');
		if (end !== 'signal') assert.equal(removed.mock.callCount(), 1);
		controller.abort(new Error('too late'));
		pending.resume();
		assert.equal(calls.length, 2 + expected.length);
	}
});

test('a request that is closed while its kept response is delivered ends when its sink has got the end', () => {
	const texts: string[] = [];
	const pending: PendingRequest = new PendingRequest(makeRequest(), 1, {
		onContent(bytes) {
			texts.push(Buffer.from(bytes).toString());
			if (pending.state === 'complete') pending.close(null);
		},
		onEnd: () => texts.push(`end when ${pending.state}`),
	});
	pending.onSent(new FakeCarrier(), 2, 1);
	pending.onHead(makeHead(), 3);
	pending.pause();
	for (const text of ['a', 'b']) deliver(pending, text);
	pending.onEnd(4);
	pending.resume();
	assert.deepEqual([texts, pending.state], [['a', 'b', 'end when closed'], 'closed']);
});

test('a call that throws while kept content is delivered is followed by onError only', () => {
	const { pending, calls, carrier } = create(['content']);
	pending.onHead(makeHead(), 3);
	pending.pause();
	for (const text of ['abc', 'de']) deliver(pending, text);
	pending.onTrailers(['a', 'b']);
	pending.onEnd(4);
	pending.resume();
	assert.deepEqual(calls, ['start 1', 'head 200', 'content abc', 'error sink']);
	const consumed = carrier.calls.filter((call) => call.startsWith('consume'));
	assert.deepEqual(consumed.sort(), ['consume 1 2', 'consume 1 3']);
});

test('a sink that is paused before the head still receives the head', () => {
	const { pending, calls } = create();
	pending.pause();
	pending.onInformational(103, [], null);
	pending.onHead(makeHead(), 3);
	deliver(pending, 'abc');
	assert.deepEqual(calls, ['start 1', 'informational 103', 'head 200']);
	pending.resume();
	assert.equal(calls.at(-1), 'content abc');
});

test('pausing after the end has no effect', () => {
	const { pending, calls } = create();
	receiveAll(pending);
	pending.pause();
	pending.resume();
	assert.equal(calls.filter((call) => call === 'end').length, 1);
});

test('the console shows method, path and state of a dispatched request, but no fields', () => {
	const { pending } = create([], { headers: { authorization: 'secret' } });
	assert.equal(inspect(pending), "PendingRequest { method: 'GET', path: '/', state: 'sent', streamId: 1 }");
});
