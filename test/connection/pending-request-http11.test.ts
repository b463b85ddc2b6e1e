// A pending request as HTTP/1.1 carries it: without a stream id, on a connection that ends with it when it is cancelled.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Carrier } from '../../src/connection/pending-request.ts';
import { ConnectionError, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { ResponseHead } from '../../src/message/response.ts';
import { ask } from '../support/http11.ts';

const reason = new Error('enough');

/** A request, and what it asks of its connection, which ends it when it is cancelled. */
function create(options: RequestOptions = {}, isCarried = true) {
	const { pending, reader } = ask('POST', options);
	const calls: string[] = [];
	const carrier: Carrier = {
		openedAt: undefined,
		consume: (_pending, length) => calls.push(`consume ${length}`),
		cancel: (cancelled, _errorCode, why) => {
			calls.push(`cancel ${why}`);
			cancelled.close(why);
		},
		handOut: () => calls.push('hand out'),
	};
	if (isCarried) pending.onSent(carrier, 1, null);
	return { pending, reader, carrier, calls };
}

function headOf(contentLength: number): ResponseHead {
	return new ResponseHead('HTTP/1.1', 200, '', contentLength, []);
}

test('an HTTP/1.1 response resolves with its head, whether it is waited for before or after', async () => {
	for (const isWaitedFor of [true, false]) {
		const { pending, reader, calls } = create();
		const before = isWaitedFor ? reader.response() : null;
		pending.onHead(headOf(5), 2);
		const response = await (before ?? reader.response());
		assert.equal(response.status, 200);
		assert.deepEqual(calls, ['hand out']);
		pending.onContent(Buffer.from('hello'), true, 2);
		pending.onTrailers(['x-a', '1']);
		pending.onEnd(3);
		pending.close(null);
		assert.equal(await response.text(), 'hello');
		assert.deepEqual((await response.trailers).get('x-a'), ['1']);
		assert.deepEqual(calls.slice(1), ['consume 5']);
		assert.deepEqual([pending.timings.firstByte, pending.timings.end, pending.isClosed], [2, 3, true]);
	}
});

test('an HTTP/1.1 request that is cancelled rejects all that waits for it, and tells its connection once', async () => {
	const { pending, reader, calls } = create({}, false);
	const waits = [reader.started(), reader.response()];
	pending.cancel(reason);
	pending.cancel(new Error('later'));
	for (const wait of waits) await assert.rejects(wait, reason);
	await assert.rejects(reader.response(), reason);
	await assert.rejects(pending.send(null, true), reason);
	assert.deepEqual(calls, []);
	const carried = create();
	const response = carried.reader.response();
	carried.pending.cancel(reason);
	carried.pending.cancel(new Error('later'));
	await assert.rejects(response, reason);
	assert.deepEqual(carried.calls, ['cancel Error: enough']);
});

test('a complete HTTP/1.1 response outlives its connection', async () => {
	const { pending, reader } = create();
	pending.onHead(headOf(-1), 2);
	pending.onContent(Buffer.from('abc'), true, 2);
	pending.onEnd(3);
	pending.close(reason);
	assert.equal(await (await reader.response()).text(), 'abc');
	await assert.rejects(pending.send(null, true), LocalProtocolError);
});

test('an HTTP/1.1 response that is closed early discards what is unread, and gives up its connection', async () => {
	const { pending, reader, calls } = create();
	pending.onHead(headOf(-1), 2);
	pending.onContent(Buffer.from('abc'), true, 2);
	const response = await reader.response();
	await response.close();
	assert.deepEqual(calls, ['hand out', 'consume 3', 'cancel ConnectionError: Response was closed before its end']);
	await assert.rejects(response.bytes(), ConnectionError);
});

test('1xx responses of HTTP/1.1 are reported and kept, and a callback that throws ends the request', async () => {
	const seen: number[] = [];
	const { pending, reader } = create({
		onInformational: (status) => {
			seen.push(status);
			if (status === 104) throw reason;
		},
	});
	const response = reader.response();
	pending.onInformational(103, ['Link', '</a>'], null);
	pending.onInformational(104, [], null);
	await assert.rejects(response, reason);
	assert.deepEqual(seen, [103, 104]);
	assert.deepEqual(
		reader.informational.map(({ status, headers }) => [status, headers.get('link')]),
		[
			[103, ['</a>']],
			[104, []],
		],
	);
});

test('a signal ends an HTTP/1.1 request while it runs, and is no longer listened to afterwards', async () => {
	const { pending, reader, calls } = create();
	const canceller = new AbortController();
	pending.listen(canceller.signal);
	const response = reader.response();
	canceller.abort(reason);
	await assert.rejects(response, reason);
	const ended = create();
	const late = new AbortController();
	ended.pending.listen(late.signal);
	ended.pending.close(null);
	late.abort(reason);
	assert.deepEqual([calls.length, ended.calls.length], [1, 0]);
});

test('a request that was never sent cancels the source of its content, and leaves the queue once', async () => {
	let cancelled: unknown = null;
	const body = new ReadableStream({
		cancel: (why) => {
			cancelled = why ?? 'cancelled';
		},
	});
	const { pending } = create({ body }, false);
	let left = 0;
	pending.onClosed = () => left++;
	pending.cancel(reason);
	pending.close(reason);
	assert.equal(left, 1);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(cancelled, 'cancelled');
});

test('a request that offers an upgrade has started when it is known which version answers it', async () => {
	for (const streamId of [1, null]) {
		const { pending, reader, carrier } = create({}, false);
		let isStarted = false;
		const started = reader.started().finally(() => {
			isStarted = true;
		});
		pending.onSent(carrier, 1);
		await new Promise((resolve) => setImmediate(resolve));
		assert.deepEqual([pending.state, isStarted], ['sent', false]);
		pending.onStart(streamId);
		assert.equal(await started, streamId);
		assert.equal(pending.id, streamId);
	}
});
