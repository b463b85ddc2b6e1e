import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { ConnectionBase } from '../../src/connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../../src/connection/options.ts';
import type { WireSource } from '../../src/connection/wire.ts';
import type { CloseOptions, HTTPResponse } from '../../src/index.ts';
import { RecordingSink } from '../support/http20-fakes.ts';

/** A connection whose dials never end, except by the owner. */
class TestConnection extends ConnectionBase<HTTPResponse, number | null> {
	readonly version = null;
	readonly dials: AbortSignal[];
	closed = 0;

	constructor(host: string, options: ConnectionOptions = {}, checkRequest?: WireSource['checkRequest']) {
		const dials: AbortSignal[] = [];
		super(resolveOptions(host, options, null), {
			version: null,
			expectedCapacity: 3,
			connect: (signal) => {
				dials.push(signal);
				return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
			},
			adopt: () => assert.fail('nothing is upgraded'),
			reset: () => undefined,
			...(checkRequest && { checkRequest }),
		});
		this.dials = dials;
	}

	override async close(options?: CloseOptions): Promise<void> {
		this.closed++;
		await super.close(options);
	}
}

test('host, port and secure of a connection are those of the origin', () => {
	const conn = new TestConnection('[::1]:8443');
	assert.deepEqual([conn.host, conn.port, conn.secure], ['::1', 8443, true]);
	const plain = new TestConnection('example.com', { secure: false });
	assert.deepEqual([plain.host, plain.port, plain.secure], ['example.com', 80, false]);
});

test('a field goes to the request of its handle, without one to the last that was begun', () => {
	const conn = new TestConnection('example.com');
	assert.throws(() => conn.putHeader('a', 'b'), LocalProtocolError);
	const first = conn.putRequest('GET', '/1');
	const second = conn.putRequest('POST', '/2');
	conn.putHeader('x', '1');
	conn.putHeader('x', '2', first);
	assert.deepEqual([[...first.headers.raw()], [...second.headers.raw()]], [[['x', '2']], [['x', '1']]]);
	assert.deepEqual([second.method, second.path], ['POST', '/2']);
	assert.deepEqual(conn.dials, []);
});

test('disposal closes the connection', async () => {
	const conn = new TestConnection('example.com');
	await conn[Symbol.asyncDispose]();
	assert.equal(conn.closed, 1);
	assert.equal(conn.state, 'closed');
});

test('all ways to send a request wait for one dial, and close ends them all', async () => {
	const conn = new TestConnection('example.com');
	const sink = new RecordingSink();
	const promises = [conn.roundTrip('GET', '/'), conn.request('GET', '/'), conn.connect(), conn.ping()];
	conn.dispatch({ method: 'GET', path: '/' }, sink);
	assert.deepEqual([conn.dials.length, conn.state, conn.streams, conn.capacity], [1, 'idle', 0, 0]);
	const closing = conn.close();
	for (const promise of promises) await assert.rejects(promise, /Connection was closed by its owner/);
	await closing;
	assert.deepEqual(sink.calls, ['error Connection was closed by its owner']);
	assert.deepEqual([conn.dials[0]?.aborted, conn.state, conn.capacity], [true, 'closed', 0]);
});

test('a request that could never be sent is refused before anything is dialled', async () => {
	const conn = new TestConnection('example.com', {}, () => {
		throw new LocalProtocolError('no wire could send it');
	});
	const sink = new RecordingSink();
	const given: [options: object, error: object][] = [
		[{ headers: { 'bad name': '' } }, TypeError],
		[{ unknown: 1 }, TypeError],
		[{ priority: { urgency: 8 } }, RangeError],
		[{ signal: AbortSignal.abort(new Error('early')) }, /early/],
		[{}, LocalProtocolError],
	];
	for (const [options, error] of given) {
		await assert.rejects(conn.roundTrip('GET', '/', options), error);
		await assert.rejects(conn.request('GET', '/', options), error);
		assert.throws(() => conn.dispatch({ method: 'GET', path: '/', ...options }, sink), error);
	}
	assert.deepEqual([conn.dials.length, sink.calls, conn.state], [0, [], 'idle']);
});

test('a signal ends a request of any kind while it waits', async () => {
	const conn = new TestConnection('example.com');
	const canceller = new AbortController();
	const { signal } = canceller;
	const sink = new RecordingSink();
	const promises = [conn.roundTrip('GET', '/', { signal }), conn.request('GET', '/', { signal })];
	conn.dispatch({ method: 'GET', path: '/', signal }, sink);
	const reason = new Error('enough');
	canceller.abort(reason);
	for (const promise of promises) await assert.rejects(promise, reason);
	assert.equal(sink.error, reason);
	assert.equal(conn.capacity, 3);
	await conn.close();
});

test('getResponse rejects before a request was sent, and after request has rejected', async () => {
	const conn = new TestConnection('example.com');
	await assert.rejects(conn.getResponse(), /Cannot get a response: no request has an untaken one/);
	await assert.rejects(conn.getResponse(5), /Cannot get a response: stream 5 has no untaken one/);
	const requesting = conn.request('GET', '/');
	await turn();
	await conn.close();
	await assert.rejects(requesting, /closed by its owner/);
	await assert.rejects(conn.getResponse(), /no request has an untaken one/);
});

test('content by hand needs a request that was begun by endHeaders', async () => {
	const conn = new TestConnection('example.com');
	await assert.rejects(conn.send('a'), /Cannot send content: call putRequest and endHeaders first/);
	await assert.rejects(conn.send('a', {}, 3), /Cannot send content on stream 3/);
	await assert.rejects(conn.endHeaders(), /Cannot continue a request: call putRequest first/);
	assert.deepEqual(conn.dials, []);
});

test('the console shows the origin and the state of a connection, and no internals or secrets', () => {
	const tls = { key: 'secret', passphrase: 'secret' };
	const conn = new TestConnection('a.example', { tls, proxy: 'http://user:secret@proxy.example' });
	conn.putRequest('GET', '/');
	conn.putHeader('authorization', 'secret');
	assert.equal(
		inspect(conn, { breakLength: Number.POSITIVE_INFINITY, compact: 10 }),
		"TestConnection { host: 'a.example', port: 443, secure: true, version: null, state: 'idle', streams: 0 }",
	);
});
