import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { ConnectionBase } from '../../src/connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../../src/connection/options.ts';
import type { WireSource } from '../../src/connection/wire.ts';
import type { CloseOptions, HTTPResponse, RequestBodyInit } from '../../src/index.ts';
import { RecordingSink } from '../support/http20-fakes.ts';

/** A connection whose dials never settle, unless they are aborted. */
class TestConnection extends ConnectionBase<HTTPResponse, number | null> {
	readonly version = null;
	readonly dials: AbortSignal[];
	closed = 0;

	constructor(host: string, options: ConnectionOptions = {}, checkRequest?: WireSource['checkRequest']) {
		const dials: AbortSignal[] = [];
		super(resolveOptions(host, options, null), {
			version: null,
			expectedCapacity: 3,
			dialsOnce: false,
			connect: (signal) => {
				dials.push(signal);
				return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
			},
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

test('putHeader adds a field to the request of its handle, or to the last one begun', () => {
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

test('all methods that send a request share one dial, and close rejects them all', async () => {
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

/** A body of each kind that holds something, which counts how often it was released. */
function createHeldBodies() {
	const counts = { released: 0 };
	const iterable = {
		[Symbol.asyncIterator]: () => ({
			next: () => assert.fail('nothing reads it'),
			return: async () => {
				counts.released++;
				return { done: true as const, value: undefined };
			},
		}),
	};
	const stream = new ReadableStream({ cancel: () => void counts.released++ });
	const readable = new Readable({
		read: () => assert.fail('nothing reads it'),
		destroy: (_error, callback) => {
			counts.released++;
			callback(null);
		},
	});
	return { counts, bodies: [iterable, stream, readable] };
}

test('the body of a refused request is released, whatever refuses it', async () => {
	let refusal: Error | null = null;
	const conn = new TestConnection('example.com', {}, () => {
		if (refusal !== null) throw refusal;
	});
	const aborted = AbortSignal.abort(new Error('early'));
	const calls: ((body: RequestBodyInit) => unknown)[] = [];
	for (const options of [
		{ signal: aborted },
		{ headers: { 'bad name': '' } },
		{ headers: { 'content-length': 'x' } },
		{ priority: { urgency: 8 } },
		{ unknown: 1 },
		{ signal: 'no signal' },
		{ trailers: { 'content-length': '1' } },
	] as object[]) {
		calls.push((body) => conn.roundTrip('POST', '/', { ...options, body }));
		calls.push((body) => conn.request('POST', '/', { ...options, body }));
		calls.push((body) => conn.dispatch({ method: 'POST', path: '/', ...options, body }, {}));
	}
	const refuse = (call: (body: RequestBodyInit) => unknown) => (body: RequestBodyInit) => {
		refusal = new LocalProtocolError('no wire could send it');
		try {
			return call(body);
		} finally {
			refusal = null;
		}
	};
	calls.push(
		refuse((body) => conn.roundTrip('POST', '/', { body })),
		refuse((body) => conn.request('POST', '/', { body })),
		refuse((body) => conn.dispatch({ method: 'POST', path: '/', body }, {})),
		(body) => conn.roundTrip('POST', 'no slash', { body }),
		(body) => conn.dispatch({ method: 'no token', path: '/', body }, {}),
		(body) => conn.endHeaders({ body }),
		(body) => conn.endHeaders({ body }, conn.putRequest('POST', 'no slash')),
		(body) => conn.endHeaders({ body, final: true }, conn.putRequest('POST', 'no slash')),
		(body) => conn.endHeaders({ body, unknown: 1 } as object, conn.putRequest('POST', '/')),
		refuse((body) => conn.endHeaders({ body }, conn.putRequest('POST', '/'))),
		(body) => conn.send(body),
		(body) => conn.send(body, {}, 5),
		(body) => conn.send(body, { unknown: 1 } as object),
	);
	for (const call of calls) {
		const { counts, bodies } = createHeldBodies();
		for (const body of bodies) await assert.rejects(async () => call(body));
		await turn();
		assert.equal(counts.released, bodies.length, String(call));
	}
	assert.equal(conn.dials.length, 0);
});

test('the body of a request that waits is released once when the connection is closed', async () => {
	const conn = new TestConnection('example.com');
	for (const send of [
		(body: RequestBodyInit) => conn.roundTrip('POST', '/', { body }),
		(body: RequestBodyInit) => conn.request('POST', '/', { body }),
		(body: RequestBodyInit) => conn.endHeaders({ body }, conn.putRequest('POST', '/')),
		(body: RequestBodyInit) => conn.endHeaders({ body, final: true }, conn.putRequest('POST', '/')),
	] as ((body: RequestBodyInit) => Promise<unknown>)[]) {
		const { counts, bodies } = createHeldBodies();
		const sent = bodies.map((body) => send(body));
		await turn();
		const closing = conn.close();
		for (const each of sent) await assert.rejects(each, /closed by its owner/);
		await closing;
		await turn();
		assert.equal(counts.released, bodies.length);
	}
});

test('a body that cannot be released does not hide why its request was refused', async () => {
	const conn = new TestConnection('example.com');
	const locked = new ReadableStream();
	locked.getReader();
	for (const body of [locked, 5 as unknown as string]) {
		await assert.rejects(conn.roundTrip('POST', '/', { body, headers: { 'bad name': '' } }), /bad name/);
	}
	await assert.rejects(conn.roundTrip('POST', '/', null as unknown as object), /options|must be/i);
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

test('send rejects without a request that endHeaders has begun', async () => {
	const conn = new TestConnection('example.com');
	await assert.rejects(conn.send('a'), /Cannot send content: call putRequest and endHeaders first/);
	await assert.rejects(conn.send('a', {}, 3), /Cannot send content on stream 3: it has no open request/);
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
