// What pools and adapters rely on: `state`, `capacity` and `onChange` of every connection over its whole life.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENHANCE_YOUR_CALM } from '../../assembly/shared/error-code.ts';
import { type Connection, HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { RecordingSink } from '../support/http20-fakes.ts';
import { freePort } from '../support/loopback.ts';
import { ScriptedServer } from '../support/offline.ts';
import { type RawConnection, RawServer } from '../support/raw-server.ts';
import { serveH2C, serveTLS, serveVersion } from '../support/version-servers.ts';

/** Compares the states seen by `onChange` with the state of a connection at every turn. */
class Observer {
	readonly conn: Connection;
	/** `state capacity`, each different from the one before. */
	readonly told: string[] = [];

	constructor(t: TestContext, conn: Connection) {
		this.conn = conn;
		this.told.push(this.now);
		conn.onChange = () => {
			if (this.told.at(-1) !== this.now) this.told.push(this.now);
		};
		const timer = setInterval(() => this.look(), 1);
		t.after(async () => {
			clearInterval(timer);
			await conn.close();
			assert.equal(this.look(), 'closed 0');
		});
	}

	get now(): string {
		return `${this.conn.state} ${this.conn.capacity}`;
	}

	/** The current state, which `onChange` must have seen. */
	look(): string {
		assert.equal(this.now, this.told.at(-1), 'a change was not told');
		return this.now;
	}

	/** Waits for this state. */
	async until(expected: string): Promise<void> {
		while (this.look() !== expected) await sleep(1);
	}

	send(path = '/'): RecordingSink {
		const sink = new RecordingSink();
		this.conn.dispatch({ method: 'GET', path }, sink);
		return sink;
	}
}

function answer(peer: ScriptedPeer, streamId: number): void {
	peer.send.headers(streamId, { ':status': '204' }, { endStream: true });
}

/** The next connection, as an HTTP/1.1 server that has read a request. */
async function acceptRequest(server: RawServer): Promise<RawConnection> {
	const connection = await server.accept();
	await connection.readHead();
	return connection;
}

test('state and capacity of HTTP20Connection over a whole life: dialling, open, full, GOAWAY, drain, closed, used again', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const observer = new Observer(t, conn);
	assert.equal(observer.look(), 'idle 100');
	observer.send();
	assert.equal(observer.look(), 'idle 99');
	observer.send();
	assert.deepEqual([observer.look(), conn.streams], ['idle 98', 0]);
	const first = await server.next();
	await observer.until('open 98');
	assert.equal(conn.streams, 2);
	await first.handshake({ maxConcurrentStreams: 3 });
	assert.equal(observer.look(), 'open 1');
	observer.send();
	assert.equal(observer.look(), 'open 0');
	const waiting = observer.send();
	assert.deepEqual([observer.look(), conn.streams], ['open 0', 3]);
	for (const streamId of [1, 3, 5]) await first.expect('HEADERS', { streamId });
	answer(first, 1);
	await first.expect('HEADERS', { streamId: 7 });
	assert.deepEqual([observer.look(), waiting.calls], ['open 0', ['start 7']]);
	answer(first, 3);
	await observer.until('open 1');
	await first.roundTrip();
	first.send.settings({ maxConcurrentStreams: 10 });
	await observer.until('open 8');

	first.send.goaway(7);
	await observer.until('draining 0');
	assert.equal(conn.streams, 2);
	observer.send();
	assert.equal(observer.look(), 'idle 9');
	const second = await server.next();
	await observer.until('open 9');
	await second.handshake();
	assert.equal(conn.streams, 3);
	for (const streamId of [5, 7]) answer(first, streamId);
	await first.closed;
	const { told } = observer;
	assert.equal(told.includes('draining 0'), true);

	const closed = conn.close({ drain: true });
	assert.equal(observer.look(), 'draining 0');
	answer(second, 9);
	await closed;
	assert.deepEqual([observer.look(), conn.streams], ['closed 0', 0]);
	observer.send();
	assert.equal(observer.look(), 'idle 99');
	await (await server.next()).handshake();
	assert.equal(conn.state, 'open');
	await conn.close();
	assert.equal(observer.look(), 'closed 0');
	const connecting = conn.connect();
	assert.equal(observer.look(), 'idle 100');
	await connecting;
	assert.equal(observer.look(), 'open 100');
});

test('state and capacity of HTTP11Connection over a whole life: dialling, open, full, closed by the server, drain, used again', async (t) => {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin);
	const observer = new Observer(t, conn);
	assert.equal(observer.look(), 'idle 1');
	observer.send();
	assert.equal(observer.look(), 'idle 0');
	const first = await acceptRequest(server);
	assert.deepEqual([observer.look(), conn.streams], ['open 0', 1]);
	first.answer(['HTTP/1.1 204 X']);
	await observer.until('open 1');
	assert.equal(conn.streams, 0);
	observer.send();
	assert.equal(observer.look(), 'open 0');
	const waiting = observer.send();
	await first.readHead();
	assert.deepEqual([observer.look(), waiting.calls], ['open 0', []]);
	first.answer(['HTTP/1.1 204 X']);
	await first.readHead();
	first.answer(['HTTP/1.1 204 X']);
	await observer.until('open 1');

	first.end();
	await observer.until('idle 1');
	const last = observer.send();
	const second = await acceptRequest(server);
	second.answer(['HTTP/1.1 200 X', 'Connection: close', 'Content-Length: 2'], 'ok');
	await observer.until('idle 1');
	assert.equal(last.calls.at(-1), 'end');

	observer.send();
	const third = await acceptRequest(server);
	const closed = conn.close({ drain: true });
	assert.equal(observer.look(), 'draining 0');
	third.answer(['HTTP/1.1 204 X']);
	await closed;
	assert.equal(observer.look(), 'closed 0');
	observer.send();
	assert.equal(observer.look(), 'idle 0');
	await acceptRequest(server);
	assert.equal(observer.look(), 'open 0');
});

test('a request on HTTP20Connection while another connection drains is taken by a new one', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const observer = new Observer(t, conn);
	const running = observer.send();
	const first = await server.next();
	await first.handshake();
	await first.expect('HEADERS', { streamId: 1 });
	const closed = conn.close({ drain: true });
	assert.equal(observer.look(), 'draining 0');
	const next = observer.send();
	const second = await server.next();
	await second.handshake({ maxConcurrentStreams: 50 });
	assert.equal(conn.state, 'open');
	await second.expect('HEADERS', { streamId: 3 });
	answer(first, 1);
	await closed;
	assert.equal(observer.look(), 'open 49');
	answer(second, 3);
	await second.roundTrip();
	assert.deepEqual([running.calls.at(-1), next.calls.at(-1)], ['end', 'end']);
});

test('state and capacity of HTTPConnection are those of the negotiated version', async (t) => {
	const { ca, origin: http2 } = await serveTLS(t, 'h2');
	const { origin: http1 } = await serveTLS(t, 'http/1.1');
	const { origin: h2c } = await serveH2C(t);
	for (const [origin, isHTTP2] of [
		[http2, true],
		[http1, false],
		[h2c, true],
	] as const) {
		const conn = new HTTPConnection(origin, { tls: { ca }, h2c: 'upgrade' });
		const observer = new Observer(t, conn);
		assert.equal(observer.look(), 'idle 1', 'one request finds out');
		const sinks = [observer.send('/1'), observer.send('/2')];
		assert.equal(observer.look(), 'idle 0');
		while (sinks.some((sink) => sink.calls.at(-1) !== 'end')) await sleep(1);
		await sleep(5);
		observer.look();
		assert.equal(conn.state, 'open');
		assert.equal(conn.capacity > 1, isHTTP2, `${origin} ${observer.told}`);
		assert.equal(conn.version, isHTTP2 ? 'HTTP/2' : 'HTTP/1.1');
		await conn.close();
		assert.deepEqual([observer.look(), conn.version], ['closed 0', null]);
	}
});

test('a dial that fails leaves every connection idle', async (t) => {
	const port = await freePort();
	for (const [Class, capacity] of [
		[HTTP20Connection, 100],
		[HTTP11Connection, 1],
		[HTTPConnection, 1],
	] as const) {
		const observer = new Observer(t, new Class(`http://127.0.0.1:${port}`));
		const sink = observer.send();
		await observer.until(`idle ${capacity}`);
		assert.match(String(sink.calls), /^error/);
		await assert.rejects(observer.conn.connect());
		assert.equal(observer.look(), `idle ${capacity}`);
	}
});

test('an aborted request frees its place, whether it was queued or sent', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const observer = new Observer(t, conn);
	const connected = conn.connect();
	const control = conn.dispatch({ method: 'GET', path: '/' }, {});
	assert.equal(observer.look(), 'idle 99');
	control.abort();
	assert.equal(observer.look(), 'idle 100');
	const peer = await server.next();
	await peer.handshake({ maxConcurrentStreams: 1 });
	await connected;
	const sent = conn.dispatch({ method: 'GET', path: '/' }, {});
	const waiting = conn.dispatch({ method: 'GET', path: '/' }, {});
	assert.equal(observer.look(), 'open 0');
	waiting.abort();
	assert.deepEqual([observer.look(), conn.streams], ['open 0', 1]);
	sent.abort();
	assert.deepEqual([observer.look(), conn.streams], ['open 1', 0]);
});

test('an abort on HTTP/1.1 closes the connection, and the next request dials', async (t) => {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin);
	const observer = new Observer(t, conn);
	const control = conn.dispatch({ method: 'GET', path: '/' }, {});
	await acceptRequest(server);
	assert.equal(observer.look(), 'open 0');
	control.abort();
	await observer.until('idle 1');
	observer.send();
	await acceptRequest(server);
	assert.equal(observer.look(), 'open 0');
});

test('a connection that the idle timeout has closed has the state idle', async (t) => {
	const http20 = await ScriptedServer.listen();
	const http11 = await RawServer.start();
	const options = { timeout: { idle: 40 } };
	for (const conn of [new HTTP20Connection(http20.origin, options), new HTTP11Connection(http11.origin, options)]) {
		const observer = new Observer(t, conn);
		const idle = observer.look();
		await conn.connect();
		assert.equal(conn.state, 'open');
		if (conn instanceof HTTP20Connection) await (await http20.next()).handshake();
		await observer.until(idle);
	}
});

test('a connection whose transport is lost is idle again, whatever it carried', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const observer = new Observer(t, conn);
	const sink = observer.send();
	const peer = await server.next();
	await peer.handshake();
	await peer.expect('HEADERS', { streamId: 1 });
	peer.destroy();
	await observer.until('idle 100');
	assert.match(sink.calls.at(-1) as string, /^error/);
	assert.equal(conn.streams, 0);
});

test('a server that asks for calm leaves the connection idle until it is dialled again', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const observer = new Observer(t, conn);
	await conn.connect();
	const peer = await server.next();
	await peer.handshake();
	peer.send.goaway(0, ENHANCE_YOUR_CALM);
	await observer.until('idle 100');
	observer.send();
	assert.equal(observer.look(), 'idle 99');
	await (await server.next()).handshake();
	assert.equal(conn.state, 'open');
});

test('onChange can be removed, and may send a request itself', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	t.after(() => conn.close());
	assert.equal(conn.onChange, null);
	const sinks: RecordingSink[] = [];
	conn.onChange = () => {
		if (sinks.length > 0 || conn.state !== 'open') return;
		const sink = new RecordingSink();
		sinks.push(sink);
		conn.dispatch({ method: 'GET', path: '/' }, sink);
	};
	await conn.connect();
	const peer = await server.next();
	await peer.handshake();
	await peer.expect('HEADERS', { streamId: 1 });
	conn.onChange = null;
	answer(peer, 1);
	await peer.roundTrip();
	assert.deepEqual(sinks[0]?.calls, ['start 1', 'head 204', 'end']);
});

for (const Connection of [HTTP11Connection, HTTP20Connection]) {
	test(`an onChange that throws ends no request and no connection: ${Connection.name}`, async (t) => {
		const version = Connection === HTTP20Connection ? 'HTTP/2' : 'HTTP/1.1';
		const conn = new Connection(await serveVersion(t, version, (_request, response) => response.end('hello')));
		const uncaught = new Set<unknown>();
		const queue = globalThis.queueMicrotask;
		t.mock.method(globalThis, 'queueMicrotask', (callback: () => void) =>
			queue(() => {
				try {
					callback();
				} catch (error) {
					uncaught.add(error);
				}
			}),
		);
		const fault = new Error('onChange failed');
		conn.onChange = () => {
			throw fault;
		};
		await conn.connect();
		for (let i = 0; i < 2; i++) assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'hello');
		const sink = new RecordingSink();
		conn.dispatch({ method: 'GET', path: '/' }, sink);
		while (sink.calls.at(-1) !== 'end') await sleep(1);
		await conn.close();
		assert.deepEqual([...uncaught, conn.state], [fault, 'closed']);
	});
}
