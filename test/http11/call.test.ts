import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Call, type CallOwner } from '../../src/http11/call.ts';
import { Exchange } from '../../src/http11/exchange.ts';
import { requestHead } from '../../src/http11/request-head.ts';
import { InvalidResponseError, type RequestOptions } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { http1Of } from '../../src/runtime/http1.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';

/** A call over a pipe in memory, what it tells its owner, and what the other end has read. */
function create(options: RequestOptions = {}) {
	const [near, far] = createMemoryTransports();
	const told: string[] = [];
	const owner: CallOwner = {
		now: () => 7,
		onWritten: () => told.push('written'),
		onHead: (status) => told.push(`head ${status}`),
		onTrailers: (fields) => told.push(`trailers ${fields.join(' ')}`),
		onDue: () => {},
		onUnread: (limit) => told.push(`unread ${limit}`),
		onEnded: () => told.push('ended'),
		onFailed: (_call, cause) => told.push(`failed ${(cause as Error).name}`),
		onSwitched: (_call, fields, following) => told.push(`switched ${fields.join(' ')} ${following.length}`),
	};
	const exchange = new Exchange(createRequest('GET', '/', parseHost('http://a'), options), 1);
	const head = requestHead(exchange.request);
	const platform = http1Of(runtime);
	const wire = {
		platform,
		duplex: platform.toDuplex(near),
		limits: DEFAULT_LIMITS,
		target: '/target',
		fields: head.fields,
		head,
	};
	const call = new Call(exchange, wire, owner);
	exchange.carrier = {
		consume: (_exchange, length) => call.consume(length),
		drop: () => call.abandon(),
		send: async () => {},
		handOut: () => {},
	};
	let received = '';
	far.start({
		onBytes: (bytes) => {
			received += Buffer.from(bytes).toString('latin1');
		},
		onDrain: () => {},
		onEnd: () => {},
		onClose: () => {},
	});
	const answer = async (text: string): Promise<void> => {
		far.write([Buffer.from(text, 'latin1')]);
		for (let i = 0; i < 400; i++) await turn();
	};
	return { call, exchange, told, answer, sent: () => received };
}

test('a call goes from unwritten to its end', async () => {
	const { call, exchange, told, answer, sent } = create();
	assert.deepEqual([call.running, call.written, call.sent, call.received], [true, false, false, false]);
	await turn();
	assert.deepEqual([call.written, call.sent, sent().split('\r\n')[0]], [true, true, 'GET /target HTTP/1.1']);
	await answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
	assert.deepEqual([exchange.answered, call.running, call.owed, exchange.since], [true, true, true, 7]);
	await answer('k');
	assert.deepEqual(told, ['written', 'head 200', 'ended']);
	assert.deepEqual([call.running, call.received], [false, true]);
	assert.equal(await (await exchange.response()).text(), 'ok');
});

test('content that nobody reads is held up to a bound, a larger one when others wait', async () => {
	const { call, exchange, told, answer } = create();
	const size = 20 * 1024 * 1024;
	await answer(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`);
	assert.ok(exchange.body.unread >= 65_536 && exchange.body.unread < 300_000, `${exchange.body.unread}`);
	assert.equal(call.owed, false);
	call.hurry();
	for (let i = 0; i < 2000 && told.length < 3; i++) await turn();
	assert.deepEqual(told, ['written', 'head 200', 'unread 16777216']);
	assert.ok(exchange.body.unread >= 16_777_216 && exchange.body.unread < 17_000_000);
	call.hurry();
	assert.equal(told.length, 4);
	// From now on it is read: no more than the reader wants.
	const response = await exchange.response();
	assert.equal((await response.read(1000)).length, 1000);
	call.hurry();
	assert.equal(told.length, 4);
	assert.equal((await response.bytes()).length, size - 1000);
	assert.deepEqual(told.slice(4), ['ended']);
});

test('it fails once, and nothing that comes later is heard', async () => {
	const { call, exchange, told, answer } = create();
	await answer('HTTP/1.1 099 Early\r\nContent-Length: 2\r\n\r\nok');
	call.fail(new Error('again'));
	assert.deepEqual(told, ['written', `failed ${InvalidResponseError.name}`]);
	assert.equal(exchange.answered, false);
	const given = create();
	given.call.abandon();
	await given.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
	assert.deepEqual([given.told, given.exchange.answered], [[], false]);
});

test('a switch gives what follows', async () => {
	const { told, answer } = create();
	await answer('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nabc');
	assert.deepEqual(told, ['written', 'switched Connection upgrade Upgrade h2c 3']);
});
