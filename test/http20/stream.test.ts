import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, StreamResetError } from '../../src/base/errors.ts';
import type { InformationalEvent } from '../../src/session/events.ts';
import { dataEvent, FakeCarrier, makeStream, responseEvent, trailersEvent } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

const informational = (status: number): InformationalEvent => {
	return { type: 'informational', streamId: 1, fields: [':status', `${status}`, 'a', 'b'], neverIndexed: null, status };
};

test('the id is told when HEADERS is written, the response when its head is there', async () => {
	const stream = makeStream();
	const [opened, waiting] = [stream.opened(), stream.response()];
	assert.equal(await stateOf(opened), 'pending');
	const carrier = new FakeCarrier();
	stream.onOpened(carrier, 5, 20);
	assert.equal(await opened, 5);
	const handed = stream.onResponse(responseEvent([], { contentLength: 9 }), 30);
	assert.equal(handed, await waiting);
	assert.equal(stream.body.contentLength, 9);
	assert.deepEqual(carrier.calls, [], 'the carrier hands it out itself');
});

test('a response that came before anybody asked is handed out when it is', async () => {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	assert.equal(stream.onResponse(responseEvent(), 3), null);
	assert.equal((await stream.response()).status, 200);
	assert.deepEqual(carrier.calls, ['hand out 1']);
});

test('times are those of the events, with the end by head, content or trailers', () => {
	for (const end of [
		(stream = makeStream(new FakeCarrier())) => {
			stream.onResponse(responseEvent([], { endStream: true }), 4);
			return stream;
		},
		(stream = makeStream(new FakeCarrier())) => {
			stream.onResponse(responseEvent(), 4);
			stream.onData(dataEvent('a'), 4);
			assert.equal(stream.timings.end, null);
			stream.onData(dataEvent('', true), 4);
			return stream;
		},
		(stream = makeStream(new FakeCarrier())) => {
			stream.onResponse(responseEvent(), 4);
			stream.onTrailers(trailersEvent(['a', 'b']), 4);
			return stream;
		},
	]) {
		const { timings, body } = end();
		assert.deepEqual(timings, { queued: 1, dialled: null, secured: null, sent: 2, firstByte: 4, end: 4 });
		assert.equal(body.ended, true);
	}
});

test('what is read of the body is reported to the carrier', async () => {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	stream.onResponse(responseEvent(), 3);
	stream.onData(dataEvent('abc'), 3);
	await (await stream.response()).read(2);
	assert.deepEqual(carrier.calls.slice(1), ['consume 1 2']);
});

test('informational responses are collected and told; a callback that throws cancels the stream', async () => {
	const told: number[] = [];
	const carrier = new FakeCarrier();
	const fault = new Error('callback');
	const stream = makeStream(carrier, 'GET', {
		onInformational: (status, headers) => {
			told.push(status);
			assert.deepEqual([...headers.raw()], [['a', 'b']]);
			if (status === 103) throw fault;
		},
	});
	const waiting = stream.response();
	stream.onInformational(informational(100));
	assert.deepEqual(carrier.calls, []);
	stream.onInformational(informational(103));
	assert.deepEqual(
		[told, stream.informational.map(({ status }) => status)],
		[
			[100, 103],
			[100, 103],
		],
	);
	assert.deepEqual(carrier.calls, [`reset 1 ${CANCEL}`]);
	await assert.rejects(waiting, fault);
});

test('a stream that is cancelled before it is carried closes, and all that waits rejects with the reason', async () => {
	const stream = makeStream();
	let dropped = 0;
	stream.onClosed = () => dropped++;
	const [opened, waiting] = [stream.opened(), stream.response()];
	const reason = new Error('no more');
	stream.cancel(reason);
	stream.cancel(new Error('again'));
	for (const promise of [opened, waiting, stream.response()]) await assert.rejects(promise, reason);
	assert.deepEqual([stream.closed, stream.failure, dropped], [true, { reason }, 1]);
});

test('a stream that is cancelled later is reset, with the reason as the cause', async () => {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	const waiting = stream.response();
	const reason = new Error('no more');
	stream.cancel(reason, INTERNAL_ERROR);
	assert.deepEqual(carrier.calls, [`reset 1 ${INTERNAL_ERROR}`]);
	assert.ok(carrier.resetError instanceof StreamResetError);
	assert.equal(carrier.resetError.cause, reason);
	await assert.rejects(waiting, reason);
});

test('a signal cancels with its own reason, and is let go of at the end', async () => {
	const controller = new AbortController();
	const carrier = new FakeCarrier();
	const [aborted, ended] = [makeStream(carrier), makeStream(carrier)];
	for (const stream of [aborted, ended]) stream.listen(controller.signal);
	ended.onResponse(responseEvent([], { endStream: true }), 3);
	ended.close(null);
	const waiting = aborted.response();
	const reason = new Error('signal');
	controller.abort(reason);
	await assert.rejects(waiting, reason);
	assert.deepEqual(carrier.calls, [`reset 1 ${CANCEL}`]);
	assert.equal(ended.failure, null);
});

test('an end fails what is incomplete, and leaves a complete response alone', async () => {
	const reason = new ConnectionError('cut');
	const [begun, complete] = [makeStream(new FakeCarrier()), makeStream(new FakeCarrier())];
	begun.onResponse(responseEvent(), 3);
	begun.onData(dataEvent('part'), 3);
	complete.onResponse(responseEvent(), 3);
	complete.onData(dataEvent('whole', true), 3);
	for (const stream of [begun, complete]) stream.close(reason);
	await assert.rejects((await begun.response()).text(), reason);
	assert.equal(await (await complete.response()).text(), 'whole');
});

test('abandoning throws away what is unread and resets what has not ended', async () => {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	stream.onResponse(responseEvent(), 3);
	stream.onData(dataEvent('abc'), 3);
	stream.abandon();
	assert.deepEqual(carrier.calls, ['consume 1 3', `reset 1 ${CANCEL}`]);
	await assert.rejects((await stream.response()).text(), /closed before its end/);
	carrier.calls.length = 0;
	stream.abandon();
	assert.deepEqual(carrier.calls, []);
});

test('a source that was never read is let go of, unless it can be read again', async () => {
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
	const stream = makeStream(null, 'POST', { body });
	stream.close(new Error('given up'));
	stream.close(new Error('again'));
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(returned, 1);
	makeStream(null, 'POST', { body: 'text' }).close(null);
});

test('an upload that waits is woken by the end', () => {
	const stream = makeStream(new FakeCarrier());
	let woken = 0;
	stream.wakeUpload = () => woken++;
	stream.close(null);
	assert.equal(woken, 1);
});

test('what the server owes counts from the request, or from the octets that came last', () => {
	const stream = makeStream(new FakeCarrier());
	assert.equal(stream.since, 1);
	stream.onResponse(responseEvent(), 3);
	assert.equal(stream.since, 3);
	stream.onData(dataEvent('abc'), 4);
	assert.equal(stream.since, 4);
});

test('content that is withheld is answered by a reset without error, once the response has ended', () => {
	for (const early of [true, false]) {
		const carrier = new FakeCarrier();
		const stream = makeStream(carrier, 'PUT', { body: 'x', headers: { expect: '100-continue' } });
		stream.onResponse(responseEvent([], { endStream: early }), 3);
		stream.withhold();
		if (!early) {
			assert.deepEqual(carrier.calls, []);
			stream.onData(dataEvent('no', true), 4);
		}
		assert.deepEqual(carrier.calls, ['reset 1 0']);
		assert.deepEqual([stream.failure, stream.closed], [null, true]);
	}
});

test('the end of the response is told, and that of a stream without one', () => {
	for (const end of ['response', 'stream'] as const) {
		const stream = makeStream(new FakeCarrier());
		let ends = 0;
		stream.onEnded = () => ends++;
		if (end === 'response') stream.onResponse(responseEvent([], { endStream: true }), 3);
		else stream.close(new Error('cut'));
		assert.equal(ends, 1);
	}
});
