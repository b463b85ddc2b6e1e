// End-to-end back-pressure: unread content never exceeds the stream's window, and a source is read no faster than the
// server reads.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowControlManager, HTTP20Connection, type HTTP20ConnectionOptions } from '../../src/index.ts';
import { OUTBOX_BYTES } from '../../src/session/send-queue.ts';
import { connectionTo, serverFor } from '../support/interop.ts';
import { type ServeOptions, type StreamHandler, serveHTTP2 } from '../support/node-server.ts';

const MIB = 1024 * 1024;
/** Long enough for a server on the same machine to send all that its window allows. A shorter pause only weakens the test. */
const PAUSE = 100;

for (const window of [1_000, 65_535, MIB]) {
	test(`a server sends at most a window of ${window} bytes to a reader that pauses`, async (t) => {
		let arrived = 0;
		class Counting extends FlowControlManager {
			// The connection's manager counts the same bytes as the stream's.
			override onArrival(length: number): void {
				if (this.initialWindowSize === window) arrived += length;
			}
		}
		const sends: StreamHandler = (stream) => {
			stream.respond({ ':status': 200 });
			stream.end(new Uint8Array(4 * MIB));
		};
		const connection = await connectionWith(
			t,
			sends,
			{},
			{ flowControl: Counting, settings: { initialWindowSize: window } },
		);
		const response = await connection.roundTrip('GET', '/');
		let read = 0;
		let most = 0;
		for (let stop = 0; stop < 3; stop++) {
			await sleep(PAUSE);
			most = Math.max(most, arrived - read);
			assert.ok(arrived - read <= window, `${arrived - read} bytes wait`);
			read += (await response.read(Math.floor(window / 4))).length;
		}
		assert.ok(most > window / 2, `only ${most} bytes came`);
		for await (const chunk of response) {
			read += chunk.length;
			assert.ok(arrived - read <= window, `${arrived - read} bytes wait`);
		}
		assert.equal(read, 4 * MIB);
	});
}

test('paused readers do not stop the other streams of the connection', async (t) => {
	const server = await serverFor(t, 'nginx');
	if (server === null) return;
	// Smaller than the unread content: the connection's window is returned on arrival.
	const connection = connectionTo(t, server, 'TLS', { connectionWindowSize: 65_535 });
	const stopped = await Promise.all(Array.from({ length: 20 }, () => connection.roundTrip('GET', '/1m')));
	for (let i = 0; i < 20; i++) {
		const response = await connection.roundTrip('GET', '/1m');
		assert.equal((await response.bytes()).length, MIB);
	}
	for (const response of stopped) assert.equal((await response.bytes()).length, MIB);
	assert.equal(connection.streams, 0);
});

for (const window of [65_535, MIB]) {
	test(`a source is read for at most a window of ${window} bytes when the server pauses`, async (t) => {
		const piece = 16_384;
		let given = 0;
		let received = 0;
		const beyond = window + OUTBOX_BYTES + piece;
		const reads: StreamHandler = async (stream) => {
			for await (const chunk of stream) {
				received += (chunk as Uint8Array).length;
				if (received % (4 * piece) !== 0 || received > 24 * piece) continue;
				await sleep(PAUSE);
			}
			stream.respond({ ':status': 204 }, { endStream: true });
		};
		async function* body(): AsyncGenerator<Uint8Array> {
			for (; given < 4 * MIB; given += piece) {
				// node:http2 returns window before its reader has read the content.
				assert.ok(given - received <= beyond + piece, `${given - received} bytes were asked for`);
				yield new Uint8Array(piece);
			}
		}
		const connection = await connectionWith(t, reads, { settings: { initialWindowSize: window } });
		await connection.connect();
		const response = await connection.roundTrip('POST', '/', { body: body() });
		assert.equal(response.status, 204);
		assert.equal(received, 4 * MIB);
	});
}

async function connectionWith(
	t: TestContext,
	handler: StreamHandler,
	served: ServeOptions = {},
	options: HTTP20ConnectionOptions = {},
): Promise<HTTP20Connection> {
	const { origin, certificates } = await serveHTTP2(t, handler, served);
	const connection = new HTTP20Connection(origin, { ...options, tls: { ca: certificates.ca } });
	t.after(() => connection.close());
	return connection;
}
