// Servers that die: everything that waits settles once, and the same object works when there is a server again.

import assert from 'node:assert/strict';
import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ConnectionResetError, HTTP20Connection, type HTTP20Response } from '../../src/index.ts';
import { connectionTo, pipes, serverFor } from '../support/interop.ts';
import { serveHTTP2 } from '../support/node-server.ts';
import { addBigDocument, serverFeatures, serverNames } from '../support/servers.ts';

// lighttpd opens 8 streams on a connection, not 21.
for (const name of serverNames.filter((name) => name !== 'lighttpd')) {
	const endlessPath = serverFeatures(name).has('discard') ? '/discard' : '/put/endless';
	for (const pipe of pipes) {
		test(`every promise settles when ${name} over ${pipe} is killed during responses`, async (t) => {
			addBigDocument();
			const server = await serverFor(t, name);
			if (server === null) return;
			const connection = connectionTo(t, server, pipe);
			const responses = await Promise.all(Array.from({ length: 20 }, () => connection.roundTrip('GET', '/big-100m')));
			const pending = [
				...responses.slice(0, 5).map((response) => response.bytes()),
				...responses.slice(5, 10).map(readAll),
				...responses.slice(10, 12).map(readSlowly),
				responses[12]?.read(50 * 1024 * 1024),
				responses[13]?.body.pipeTo(new WritableStream()),
				responses[14]?.trailers,
				connection.roundTrip('PUT', endlessPath, { body: endless() }),
			];
			const outcomes = Promise.allSettled(pending);
			await readFirst(responses[15] as HTTP20Response);
			await server.stop();
			for (const [i, outcome] of (await outcomes).entries()) {
				assert.equal(outcome.status, 'rejected', `promise ${i}`);
				const { reason } = outcome as PromiseRejectedResult;
				assert.ok(reason instanceof ConnectionResetError, `promise ${i}: ${reason}`);
			}
			// Later requests reject as well.
			await assert.rejects((responses[16] as HTTP20Response).bytes(), ConnectionResetError);
			assert.equal(connection.streams, 0);
			await assert.rejects(connection.roundTrip('GET', '/128'), { code: 'HYPER_CONNECT' });
		});
	}
}

for (const end of ['FIN', 'RST'] as const) {
	for (const secure of [true, false]) {
		test(`a connection object reconnects after ${end} from a server ${secure ? 'with' : 'without'} TLS`, async (t) => {
			const first = await serveGenerations(t, secure, 0);
			const { origin, port, certificates } = first;
			const connection = new HTTP20Connection(origin, { tls: { ca: certificates.ca } });
			t.after(() => connection.close());
			for (let generation = 0; generation < 5; generation++) {
				const served = generation === 0 ? first : await serveGenerations(t, secure, port);
				const response = await connection.roundTrip('GET', '/');
				assert.equal(await response.text(), 'here');
				const stuck = [
					connection.roundTrip('GET', '/stuck'),
					connection.ping().then(() => connection.roundTrip('GET', '/stuck')),
				];
				const outcomes = Promise.allSettled(stuck);
				await connection.ping();
				served.kill(end);
				for (const outcome of await outcomes) {
					assert.ok(outcome.status === 'rejected' && outcome.reason instanceof ConnectionResetError);
				}
				assert.equal(connection.streams, 0);
			}
		});
	}
}

interface Generation {
	origin: string;
	port: number;
	certificates: { ca: string };
	kill(end: 'FIN' | 'RST'): void;
}

/** A server whose connections can be cut without any HTTP/2 frame. */
async function serveGenerations(t: TestContext, secure: boolean, port: number): Promise<Generation> {
	const served = await serveHTTP2(
		t,
		(stream, headers) => {
			if (headers[':path'] === '/stuck') return;
			stream.respond({ ':status': 200 });
			stream.end('here');
		},
		{ secure, port },
	);
	const sockets = rawSockets(served.server);
	return {
		...served,
		kill(end) {
			served.server.close();
			for (const socket of sockets) {
				if (end === 'RST') socket.resetAndDestroy();
				else socket.destroy();
			}
		},
	};
}

/** TCP sockets, below TLS where there is TLS. */
function rawSockets(server: Http2Server): Set<Socket> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => sockets.add(socket));
	return sockets;
}

async function readAll(response: HTTP20Response): Promise<void> {
	for await (const chunk of response) assert.ok(chunk.length > 0);
}

async function readSlowly(response: HTTP20Response): Promise<void> {
	for await (const chunk of response.readChunked()) {
		assert.ok(chunk.length >= 0);
		await new Promise((resolve) => setImmediate(resolve));
	}
}

async function readFirst(response: HTTP20Response): Promise<void> {
	assert.equal((await response.read(1000)).length, 1000);
}

async function* endless(): AsyncGenerator<Uint8Array> {
	for (;;) {
		yield new Uint8Array(16_384);
		await new Promise((resolve) => setImmediate(resolve));
	}
}
