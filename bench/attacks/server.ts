// The process of hostile servers. Listens for each task that it is sent, and answers every request by the task's attack.

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { testCertificates } from '../../test/support/certificates.ts';
import { attacks } from './all.ts';
import type { Answer, Attack, Service } from './attack.ts';
import { serveHTTP2 } from './http2-server.ts';
import { serveHTTP11 } from './http11-server.ts';
import { type Place, type Task, WARM_UP } from './measure.ts';

const { ca, cert, key } = await testCertificates();
const FIRST = gzipSync('first');
const sockets = new Set<net.Socket>();
let server: net.Server | null = null;

process.on('message', async (task: Task) => {
	for (const socket of sockets) socket.destroy();
	server?.close();
	server = createServer(task);
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const place: Place = { port: (server.address() as net.AddressInfo).port, ca };
	process.send?.(place);
});
process.on('disconnect', () => process.exit());

function createServer({ name, version, transport, scale }: Task): net.Server {
	const attack = attacks.find((each) => each.name === name) as Attack;
	const service: Service = {
		scale,
		answersEarly: attack.answersEarly ?? false,
		respond: (answer, isFirst) => (isFirst ? welcome(answer) : attack.answer(answer)),
	};
	/** Of the client's first connection. */
	const warmUp: Service = { ...service, scale: scale * WARM_UP };
	let connections = 0;
	const onSocket = (socket: net.Socket): void => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		const serve = version === 'HTTP/2' && transport !== 'upgrade' ? serveHTTP2 : serveHTTP11;
		serve(socket, connections++ === 0 ? warmUp : service);
	};
	if (transport !== 'TLS') return net.createServer({ noDelay: true }, onSocket);
	return tls.createServer({ cert, key, ALPNProtocols: [version === 'HTTP/2' ? 'h2' : 'http/1.1'] }, onSocket);
}

/** Answers the request that opens a connection, so that the client has loaded its decoders before it measures. */
async function welcome(answer: Answer): Promise<void> {
	await answer.head(['content-encoding', 'gzip']);
	await answer.write(answer.piece(FIRST));
	await answer.end();
}
