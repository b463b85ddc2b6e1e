// A used HTTP/1.1 connection that the server has closed, or on which it has sent something, while this process was busy: the
// event loop has not seen it when the next request is made. The server runs in a thread of its own.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { HTTP11Connection, HTTPConnection } from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';

/** What the server does to its connections when it is told to, or behind each response. */
type Deed = 'end' | 'destroy' | 'reset' | 'answer again';

const SERVER = `
const { parentPort, workerData: { cert, key, deed, behindEach, gate } } = require('node:worker_threads');
const { createServer } = cert === null ? require('node:net') : require('node:tls');
const sockets = new Set();
const raw = new Set();
let answered = 0;
const text = (content) => 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + content.length + '\\r\\n\\r\\n' + content;
const perform = (socket, done = () => {}) => {
	if (deed === 'answer again') return socket.write(text('poison'), done);
	socket.once('close', done);
	if (deed === 'end') return socket.end(done);
	if (deed === 'destroy') socket.destroySoon();
	if (deed === 'reset') for (const each of raw) each.resetAndDestroy();
};
const server = createServer({ cert, key, noDelay: true }, (socket) => {
	sockets.add(socket);
	socket.on('error', () => {});
	socket.on('data', () => {
		socket.write(text('answer ' + ++answered), () => behindEach && perform(socket, open));
	});
});
server.on('connection', (socket) => raw.add(socket.on('error', () => {})));
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
const open = () => {
	Atomics.add(gate, 0, 1);
	Atomics.notify(gate, 0);
};
parentPort.on('message', () => {
	// What was written last still has to arrive.
	for (const socket of sockets) perform(socket, () => setTimeout(open, 20));
});
`;

interface Setting {
	deed: Deed;
	isSecure?: boolean;
	behindEach?: boolean;
}

async function start(t: TestContext, { deed, isSecure = false, behindEach = false }: Setting) {
	const { ca, cert, key } = await testCertificates();
	const gate = new Int32Array(new SharedArrayBuffer(4));
	const secrets = isSecure ? { cert, key } : { cert: null, key: null };
	const worker = new Worker(SERVER, { eval: true, workerData: { ...secrets, deed, behindEach, gate } });
	t.after(() => worker.terminate());
	const port = await new Promise<number>((resolve) => worker.once('message', resolve));
	return {
		origin: isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
		tls: { ca },
		/** Blocks this thread until the server has done its deed. */
		perform: (): void => {
			worker.postMessage('now');
			assert.notEqual(Atomics.wait(gate, 0, 0, 10_000), 'timed-out');
		},
		/** Blocks this thread until the server has done its deed behind so many responses. */
		waitForDeeds: (count: number): void => {
			assert.notEqual(Atomics.wait(gate, 0, count - 1, 10_000), 'timed-out');
		},
	};
}

for (const deed of ['end', 'destroy', 'reset', 'answer again'] as const) {
	for (const isSecure of [false, true]) {
		const what = `the server does "${deed}" ${isSecure ? 'over TLS' : 'in plaintext'}`;
		test(`a request made when this process was busy while ${what} goes to a new connection`, async (t) => {
			for (const method of ['POST', 'GET']) {
				for (const Class of [HTTP11Connection, HTTPConnection]) {
					const { origin, tls, perform } = await start(t, { deed, isSecure });
					const conn = new Class(origin, { tls });
					t.after(() => conn.close());
					assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'answer 1');
					perform();
					const [response] = await Promise.all([conn.roundTrip(method, '/'), conn.connect()]);
					assert.equal(await response.text(), 'answer 2');
				}
			}
		});
	}
}

for (const deed of ['end', 'destroy'] as const) {
	test(`no POST is lost to a server that does "${deed}" behind each response without saying so`, async (t) => {
		const { origin, waitForDeeds } = await start(t, { deed, behindEach: true });
		const conn = new HTTP11Connection(origin);
		t.after(() => conn.close());
		for (let i = 1; i <= 50; i++) {
			const response = await conn.roundTrip('POST', '/', { body: 'x' });
			assert.equal(await response.text(), `answer ${i}`);
			// The next request is made when the close has arrived and the event loop has not read it.
			waitForDeeds(i);
		}
	});
}

/** Calls `perform` when the second request is about to be written. */
function beforeSecondRequest(t: TestContext, perform: () => void): void {
	let requests = 0;
	const listener = () => {
		if (++requests === 2) perform();
	};
	subscribe('hyper-wasm:request', listener);
	t.after(() => unsubscribe('hyper-wasm:request', listener));
}

for (const isSecure of [false, true]) {
	const how = isSecure ? 'over TLS' : 'in plaintext';
	test(`a POST ${how} that cannot be written, because the connection has been reset, is sent again`, async (t) => {
		const { origin, tls, perform } = await start(t, { deed: 'reset', isSecure });
		const conn = new HTTP11Connection(origin, { tls });
		t.after(() => conn.close());
		beforeSecondRequest(t, perform);
		assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'answer 1');
		const response = await conn.roundTrip('POST', '/', { body: 'content' });
		assert.equal(await response.text(), 'answer 2');
	});

	test(`a POST ${how} that was written to a connection that the server had closed rejects`, async (t) => {
		const { origin, tls, perform } = await start(t, { deed: 'destroy', isSecure });
		const conn = new HTTP11Connection(origin, { tls });
		t.after(() => conn.close());
		beforeSecondRequest(t, perform);
		await (await conn.roundTrip('GET', '/')).text();
		await assert.rejects(conn.roundTrip('POST', '/', { body: 'content' }), { name: 'ConnectionResetError' });
	});
}
