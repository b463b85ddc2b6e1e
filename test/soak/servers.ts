// The servers of a soak, in a process of their own, each also behind a relay that cuts connections or lets them go silent.
// The process that has started this one restarts the servers by messages, and ends it.

import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { testCertificates } from '../support/certificates.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { answer } from './answers.ts';

export type ServerName = 'h2c' | 'h2' | 'http' | 'https' | 'both';

/** The first message of this process, and its argument if another one has died. */
export interface Opened {
	ca: string;
	cert: string;
	key: string;
	/** The ports of each server and of its relay. */
	ports: Record<ServerName, [direct: number, relayed: number]>;
}

const [, , seed, before = 'null'] = process.argv;
const earlier = JSON.parse(before) as Opened | null;
const random = new SeededRandom(Number(seed), 1);
const { ca, cert, key } = earlier ?? (await testCertificates());
const MAKE: Record<ServerName, () => net.Server> = {
	h2c: () => http2.createServer(answer),
	h2: () => http2.createSecureServer({ cert, key }, answer),
	http: () => http.createServer(answer),
	https: () => https.createServer({ cert, key }, answer),
	both: () => http2.createSecureServer({ cert, key, allowHTTP1: true }, answer),
};
const stops = new Map<ServerName, () => Promise<void>>();
const ports = {} as Opened['ports'];
for (const name of Object.keys(MAKE) as ServerName[]) {
	const [port, relayPort] = earlier?.ports[name] ?? [0, 0];
	const direct = await open(name, port);
	const relaying = net.createServer((socket) => relay(socket, direct));
	ports[name] = [direct, await listen(relaying, relayPort)];
}
process.on('disconnect', () => process.exit());
process.on('message', (name: ServerName) => void restart(name));
process.send?.({ ca, cert, key, ports } satisfies Opened);

async function restart(name: ServerName): Promise<void> {
	await stops.get(name)?.();
	await open(name, ports[name][0]);
}

async function open(name: ServerName, port: number): Promise<number> {
	const server = MAKE[name]();
	const sockets = new Set<net.Socket>();
	server.on('connection', (socket: net.Socket) => {
		socket.on('error', () => undefined);
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.on('sessionError', () => undefined);
	stops.set(
		name,
		() =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	);
	return listen(server, port);
}

function listen(server: net.Server, port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		server.on('error', reject);
		server.listen(port, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
	});
}

/** Of ten connections, one is cut after some bytes and one goes silent. */
function relay(client: net.Socket, port: number): void {
	const server = net.connect(port, '127.0.0.1');
	const fate = random.below(10);
	let left = fate < 2 ? random.below(500_000) : Number.POSITIVE_INFINITY;
	for (const [from, to] of [
		[client, server],
		[server, client],
	] as const) {
		from.on('data', (bytes) => {
			left -= bytes.length;
			if (left > 0) {
				if (!to.write(bytes)) from.pause();
			} else if (fate === 0) client.resetAndDestroy();
		});
		to.on('drain', () => from.resume());
		from.on('end', () => to.end());
		from.on('error', () => undefined);
		from.on('close', () => to.destroy());
	}
}
