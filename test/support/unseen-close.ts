// A server in a thread of its own, which closes its connections while the client's thread stands still, as in a process that
// is busy or suspended: the close has arrived, and nobody has read it.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const SERVER = `
const { parentPort, workerData } = require('node:worker_threads');
const { createServer } = require(workerData.protocol === 'h2' ? 'node:http2' : 'node:http');
const closed = new Int32Array(workerData.closed);
let connections = 0;
const sockets = new Set();
const sessions = new Set();
const server = createServer((request, response) => {
	request.resume().on('end', () => response.end(request.method + ' on connection ' + connections));
});
server.on('session', (session) => {
	sessions.add(session);
	session.on('close', () => sessions.delete(session));
});
server.on('connection', (socket) => {
	connections++;
	sockets.add(socket);
	socket.on('error', () => {});
	socket.on('close', () => {
		sockets.delete(socket);
		if (sockets.size > 0) return;
		Atomics.store(closed, 0, 1);
		Atomics.notify(closed, 0);
	});
});
parentPort.on('message', (how) => {
	if (how === 'GOAWAY') for (const session of sessions) session.destroy();
	else for (const socket of sockets) how === 'RST' ? socket.resetAndDestroy() : socket.destroy();
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export interface UnseenCloseServer extends AsyncDisposable {
	/** Each response says its method, and the number of connections so far. */
	readonly origin: string;
	/** Returns once every connection is closed; the calling thread has read nothing meanwhile. GOAWAY is for HTTP/2. */
	closeUnseen(how: 'FIN' | 'RST' | 'GOAWAY'): void;
}

export async function startUnseenCloseServer(protocol: 'h2' | 'http/1.1'): Promise<UnseenCloseServer> {
	const closed = new Int32Array(new SharedArrayBuffer(4));
	const worker = new Worker(SERVER, { eval: true, execArgv: [], workerData: { protocol, closed: closed.buffer } });
	const [port] = await once(worker, 'message');
	return {
		origin: `http://127.0.0.1:${port}`,
		closeUnseen(how) {
			Atomics.store(closed, 0, 0);
			worker.postMessage(how);
			Atomics.wait(closed, 0, 0);
		},
		async [Symbol.asyncDispose]() {
			await worker.terminate();
		},
	};
}
