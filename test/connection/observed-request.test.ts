// The channels of undici, on which requests of both versions are published for tools of tracing.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { HTTP11Connection, HTTP20Connection, type HTTPResponse } from '../../src/index.ts';
import { freePort } from '../support/loopback.ts';
import { join } from '../support/offline.ts';
import { serveVersion } from '../support/version-servers.ts';

interface Message {
	request: {
		origin: string;
		method: string;
		path: string;
		headers: string[];
		completed: boolean;
		aborted: boolean;
		addHeader(name: string, value: string): void;
	};
	response?: { statusCode: number; statusText: string; headers: string[] };
	headers?: string;
	socket?: { alpnProtocol: string };
	trailers?: string[];
	error?: Error;
}

interface Seen {
	name: string;
	message: Message;
	/** What the storage has where the message is published. */
	context: string | undefined;
}

const CHANNELS = ['request:create', 'client:sendHeaders', 'request:headers', 'request:trailers', 'request:error'];

const storage = new AsyncLocalStorage<string>();

/** The messages of all channels from now to the end of the test; `onCreate` gets those of the first. */
function observe(t: TestContext, onCreate: (message: Message) => void = () => {}): Seen[] {
	const seen: Seen[] = [];
	for (const name of CHANNELS) {
		const listener = (message: unknown): void => {
			seen.push({ name, message: message as Message, context: storage.getStore() });
			if (name === 'request:create') onCreate(message as Message);
		};
		subscribe(`undici:${name}`, listener);
		t.after(() => unsubscribe(`undici:${name}`, listener));
	}
	return seen;
}

function connect(t: TestContext, version: 'HTTP/1.1' | 'HTTP/2', origin: string): HTTP11Connection | HTTP20Connection {
	const conn = version === 'HTTP/2' ? new HTTP20Connection(origin) : new HTTP11Connection(origin);
	t.after(() => conn.close());
	return conn;
}

for (const version of ['HTTP/1.1', 'HTTP/2'] as const) {
	const alpnProtocol = version === 'HTTP/2' ? 'h2' : 'http/1.1';

	test(`an ${version} request publishes its creation, its head, the head of its response and its end`, async (t) => {
		const seen = observe(t);
		const origin = await serveVersion(t, version, (_request, response) => {
			response.writeHead(200, { 'x-name': 'value', date: 'now' });
			response.addTrailers({ 'x-sum': '1' });
			response.end('content');
		});
		const conn = connect(t, version, origin);
		await (await conn.roundTrip('GET', '/path?query', { headers: { 'X-Own': 'a' } })).text();

		assert.deepEqual(
			seen.map(({ name }) => name),
			CHANNELS.slice(0, 4),
		);
		const [{ message: create }, { message: sent }, { message: head }, { message: end }] = seen as [
			Seen,
			Seen,
			Seen,
			Seen,
		];
		const { request } = create;
		assert.ok(seen.every(({ message }) => message.request === request));
		assert.deepEqual([request.origin, request.method, request.path], [origin, 'GET', '/path?query']);
		assert.deepEqual(request.headers, ['X-Own', 'a']);
		assert.deepEqual([sent.headers, sent.socket], ['X-Own: a\r\n', { alpnProtocol }]);
		const { statusCode, statusText, headers = [] } = head.response ?? {};
		assert.deepEqual([statusCode, statusText], [200, version === 'HTTP/2' ? '' : 'OK']);
		assert.deepEqual(headers.slice(0, 4), ['x-name', 'value', 'date', 'now']);
		assert.deepEqual(end.trailers, ['x-sum', '1']);
		assert.deepEqual([request.completed, request.aborted], [true, false]);
	});

	test(`a field that a subscriber adds to an ${version} request is sent, in place of one with its name`, async (t) => {
		observe(t, ({ request }) => {
			request.addHeader('traceparent', '00-1-2-01');
			request.addHeader('baggage', ' a=b ');
			for (const [name, value] of [
				['content-length', '9'],
				[':path', '/other'],
				['host', 'other'],
				['x y', ''],
				['x', 'a\r\nb'],
			] as const) {
				assert.throws(() => request.addHeader(name, value), TypeError);
			}
		});
		let fields: unknown[] = [];
		let content = '';
		const origin = await serveVersion(t, version, async (request, response) => {
			fields = [request.headers.traceparent, request.headers.baggage, request.headers['x-own'], request.url];
			for await (const piece of request) content += piece;
			response.end();
		});
		const conn = connect(t, version, origin);
		const headers = { 'X-Own': 'a', Traceparent: 'old' };
		await (await conn.roundTrip('POST', '/', { headers, body: 'abc' })).text();
		assert.deepEqual(fields, ['00-1-2-01', 'a=b', 'a', '/']);
		assert.equal(content, 'abc');
		assert.deepEqual(headers, { 'X-Own': 'a', Traceparent: 'old' });
	});

	test(`every message about an ${version} request is published in the context of its caller`, async (t) => {
		const seen = observe(t);
		const origin = await serveVersion(t, version, (_request, response) => response.end('content'));
		const conn = connect(t, version, origin);
		const paths = ['/a', '/b', '/c'];
		// The first dials, and on HTTP/1.1 the others wait for it.
		await Promise.all(paths.map((path) => storage.run(path, async () => (await conn.roundTrip('GET', path)).text())));
		await new Promise<void>((resolve, reject) => {
			storage.run('/d', () => conn.dispatch({ method: 'GET', path: '/d' }, { onEnd: resolve, onError: reject }));
		});
		assert.equal(seen.length, 16);
		for (const { message, context } of seen) assert.equal(context, message.request.path);
	});

	test(`an ${version} request that fails publishes the error of its caller, once`, async (t) => {
		const seen = observe(t);
		const origin = await serveVersion(t, version, () => {});
		const conn = connect(t, version, origin);
		const reasons = [new Error('enough'), 'no error'];
		for (const reason of reasons) {
			const controller = new AbortController();
			const asked = conn.roundTrip('GET', '/', { signal: controller.signal });
			await conn.connect();
			controller.abort(reason);
			await assert.rejects(asked, (error) => error === reason);
		}
		const errors = seen.filter(({ name }) => name === 'request:error').map(({ message }) => message.error);
		assert.deepEqual([errors.length, errors[0]], [2, reasons[0]]);
		assert.ok(errors[1] instanceof Error && errors[1].message === 'no error');
		assert.ok(seen.every(({ name }) => name !== 'request:trailers'));
		assert.ok(seen[0]?.message.request.aborted);
	});

	test(`an ${version} response that its reader closes early is published as complete, not as an error`, async (t) => {
		const seen = observe(t);
		const origin = await serveVersion(t, version, (_request, response) => void response.write('the beginning'));
		const conn = connect(t, version, origin);
		const response: HTTPResponse = await conn.roundTrip('GET', '/');
		await response.close();
		assert.deepEqual(
			seen.map(({ name }) => name),
			CHANNELS.slice(0, 4),
		);
	});
}

test('a request whose dial fails publishes its error, and no head', async (t) => {
	const seen = observe(t);
	const conn = new HTTP20Connection(`http://127.0.0.1:${await freePort()}`);
	const failure: unknown = await conn.roundTrip('GET', '/').catch((error: unknown) => error);
	assert.deepEqual(
		seen.map(({ name }) => name),
		['request:create', 'request:error'],
	);
	assert.equal(seen[1]?.message.error, failure);
});

test('a request that is sent again is created once, with the same fields', async (t) => {
	const seen = observe(t, ({ request }) => request.addHeader('traceparent', '00-1-2-01'));
	const { conn, peer } = join();
	peer.send.settings();
	const asked = conn.roundTrip('GET', '/');
	await peer.expect('HEADERS', {});
	peer.send.rstStream(1, 7);
	const again = await peer.expect('HEADERS', {});
	assert.deepEqual(
		again.fields.filter(([name]) => name === 'traceparent').map(([, value]) => value),
		['00-1-2-01'],
	);
	peer.send.headers(again.streamId, { ':status': '204' }, { endStream: true });
	await asked;
	assert.deepEqual(
		seen.map(({ name }) => name),
		['request:create', 'client:sendHeaders', 'client:sendHeaders', 'request:headers', 'request:trailers'],
	);
	await conn.close();
});

test('a request that is sent again without its expectation publishes the head of each attempt', async (t) => {
	const seen = observe(t);
	const { conn, peer } = join();
	peer.send.settings();
	const asked = conn.roundTrip('POST', '/', { headers: { Expect: '100-continue', A: 'b' }, body: 'c' });
	await peer.expect('HEADERS', {});
	peer.send.headers(1, { ':status': '417' }, { endStream: true });
	const again = await peer.expect('HEADERS', {});
	peer.send.headers(again.streamId, { ':status': '204' }, { endStream: true });
	await asked;
	assert.deepEqual(
		seen.flatMap(({ message: { headers } }) => (headers === undefined ? [] : [/^expect: .*$/im.test(headers)])),
		[true, false],
	);
	assert.ok(
		seen
			.filter(({ name }) => name === 'client:sendHeaders')
			.every(({ message }) => message.headers?.includes('A: b\r\n')),
	);
	await conn.close();
});
