// Servers on free loopback ports that close with the test, and options to dial them.

import { once } from 'node:events';
import net from 'node:net';
import { after } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { DialOptions, TLSOptions } from '../../src/runtime/transport.ts';
import { testCertificates } from './certificates.ts';

/** Returns the port. Errors of the server's sockets are ignored. */
export async function listen(server: net.Server): Promise<number> {
	const sockets = new Set<net.Socket>();
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('error', () => {});
	});
	server.on('tlsClientError', () => {});
	server.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return (server.address() as net.AddressInfo).port;
}

/** A port on which no server listens. */
export async function freePort(): Promise<number> {
	const server = net.createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as net.AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** Options for a plaintext dial to loopback. */
export function plainDial(port: number, extra: Partial<DialOptions> = {}): DialOptions {
	return { host: '127.0.0.1', port, tls: null, alpnProtocols: [], ...extra };
}

const { ca } = await testCertificates();

/** Options for a TLS dial to localhost that trusts the test CA. */
export function secureDial(port: number, tls: TLSOptions = {}, extra: Partial<DialOptions> = {}): DialOptions {
	return { host: 'localhost', port, tls: { ca, ...tls }, alpnProtocols: ['h2', 'http/1.1'], ...extra };
}
