import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../src/http11/exchange.ts';
import { ConnectionError, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';

const reason = new Error('enough');

/** An exchange, and what it asks of its connection, which ends it when it is dropped. */
function create(options: RequestOptions = {}, isCarried = true) {
	const exchange = new Exchange(createRequest('POST', '/', parseHost('http://a'), options), 1);
	const calls: string[] = [];
	if (isCarried) {
		exchange.carrier = {
			consume: (_exchange, length) => calls.push(`consume ${length}`),
			drop: (dropped, why) => {
				calls.push(`drop ${why}`);
				dropped.close(why);
			},
			send: async (_exchange, body, final) => {
				calls.push(`send ${body?.length}${final ? '.' : ''}`);
			},
			handOut: () => calls.push('hand out'),
		};
	}
	return { exchange, calls };
}

const head = { status: 200, reason: '', fields: [] };

test('a response resolves with its head, whether it is waited for before or after', async () => {
	const { exchange, calls } = create();
	const before = exchange.response();
	exchange.onHead(head, 5, 2);
	assert.equal((await before).status, 200);
	assert.equal((await exchange.response()).status, 200);
	assert.deepEqual(calls, ['hand out', 'hand out']);
	exchange.onContent(Buffer.from('hello'));
	exchange.onEnd(['x-a', '1'], 3);
	exchange.close(null);
	assert.equal(await (await before).text(), 'hello');
	assert.deepEqual((await (await before).trailers).get('x-a'), ['1']);
	assert.deepEqual(calls.slice(2), ['consume 5']);
	assert.deepEqual([exchange.timings.firstByte, exchange.timings.end, exchange.closed], [2, 3, true]);
});

test('what ends it early rejects all that waits, and tells the connection', async () => {
	const { exchange, calls } = create();
	const waits = [exchange.written(), exchange.response()];
	exchange.cancel(reason);
	exchange.cancel(new Error('later'));
	for (const wait of waits) await assert.rejects(wait, reason);
	await assert.rejects(exchange.response(), reason);
	await assert.rejects(exchange.send(null, true), reason);
	assert.deepEqual(calls, ['drop Error: enough']);
});

test('a complete response outlives what ends its connection', async () => {
	const { exchange } = create();
	exchange.onHead(head, -1, 2);
	exchange.onContent(Buffer.from('abc'));
	exchange.onEnd([], 3);
	exchange.close(reason);
	assert.equal(await (await exchange.response()).text(), 'abc');
	await assert.rejects(exchange.send(null, true), LocalProtocolError);
});

test('a response that is closed gives what is unread back, and its connection up', async () => {
	const { exchange, calls } = create();
	exchange.onHead(head, -1, 2);
	exchange.onContent(Buffer.from('abc'));
	await (await exchange.response()).close();
	assert.deepEqual(calls, ['hand out', 'consume 3', 'drop ConnectionError: Response was closed before its end']);
	await assert.rejects((await exchange.response()).bytes(), ConnectionError);
});

test('informational responses are told and kept, and a callback that throws ends the exchange', async () => {
	const seen: number[] = [];
	const { exchange } = create({
		onInformational: (status) => {
			seen.push(status);
			if (status === 104) throw reason;
		},
	});
	const response = exchange.response();
	exchange.onInformational(103, ['Link', '</a>']);
	exchange.onInformational(104, []);
	await assert.rejects(response, reason);
	assert.deepEqual(seen, [103, 104]);
	assert.deepEqual(
		exchange.informational.map(({ status, headers }) => [status, headers.get('link')]),
		[
			[103, ['</a>']],
			[104, []],
		],
	);
});

test('a signal ends it while it runs, and is let go of then', async () => {
	const { exchange, calls } = create();
	const canceller = new AbortController();
	exchange.listen(canceller.signal);
	const response = exchange.response();
	canceller.abort(reason);
	await assert.rejects(response, reason);
	const ended = create();
	const late = new AbortController();
	ended.exchange.listen(late.signal);
	ended.exchange.close(null);
	late.abort(reason);
	assert.deepEqual([calls.length, ended.calls.length], [1, 0]);
});

test('one that was never sent lets go of its source', async () => {
	let cancelled: unknown = null;
	const body = new ReadableStream({
		cancel: (why) => {
			cancelled = why ?? 'cancelled';
		},
	});
	const { exchange } = create({ body }, false);
	let left = 0;
	exchange.onClosed = () => left++;
	exchange.cancel(reason);
	exchange.close(reason);
	assert.equal(left, 1);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(cancelled, 'cancelled');
});

test('an upgrade resolves the outcome', async () => {
	const { exchange } = create();
	const outcome = exchange.outcome();
	const upgraded = { upgraded: 'h2c', transport: {} } as never;
	exchange.onUpgraded(upgraded);
	assert.equal(await outcome, upgraded);
});
