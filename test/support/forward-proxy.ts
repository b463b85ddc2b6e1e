// A forward proxy on a free loopback port that records its requests: tunnels by CONNECT, requests in absolute-form, and
// credentials. Runs until the end of the test file.

import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { SecureVersion } from 'node:tls';
import { testCertificates } from './certificates.ts';
import { listen } from './loopback.ts';
import './checked-sinks.ts';

export interface ForwardProxyOptions {
	/** The proxy itself uses TLS. */
	secure?: boolean;
	/** The newest version of TLS that it speaks. */
	maxVersion?: SecureVersion;
	/** The required `user:password`; requests without it get 407. */
	credentials?: string;
}

export interface ForwardProxy {
	readonly port: number;
	/** The requests in order: `CONNECT localhost:443`, `GET http://localhost/`. */
	readonly asked: string[];
	/** The header fields of each request. */
	readonly fields: Record<string, string | string[] | undefined>[];
	/** Local ports of the connections to origins, by which an origin can tell that a client came through the proxy. */
	readonly ports: Set<number>;
}

export async function forwardProxy({
	secure = false,
	credentials,
	maxVersion,
}: ForwardProxyOptions = {}): Promise<ForwardProxy> {
	const { cert, key } = await testCertificates();
	const asked: string[] = [];
	const fields: ForwardProxy['fields'] = [];
	const ports = new Set<number>();
	const server = secure
		? https.createServer({ cert, key, maxVersion, ALPNProtocols: ['http/1.1'] })
		: http.createServer();

	function admits(request: IncomingMessage): boolean {
		asked.push(`${request.method} ${request.url}`);
		fields.push(request.headers);
		if (credentials === undefined) return true;
		const [scheme, token = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
		return scheme === 'Basic' && Buffer.from(token, 'base64').toString() === credentials;
	}
	async function reach(authority: string): Promise<net.Socket> {
		const { hostname, port } = new URL(`http://${authority}`);
		const socket = net.connect({
			host: hostname.replace(/^\[|\]$/g, ''),
			port: Number(port || 80),
			allowHalfOpen: true,
		});
		socket.on('error', () => {});
		await once(socket, 'connect');
		ports.add(socket.localPort as number);
		return socket;
	}

	server.on('connect', async (request: IncomingMessage, client: net.Socket, head: Buffer) => {
		client.on('error', () => {});
		if (!admits(request)) {
			client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\nno');
			return;
		}
		try {
			const origin = await reach(request.url as string);
			client.write('HTTP/1.1 200 Connection established\r\n\r\n');
			origin.write(head);
			client.pipe(origin).pipe(client);
			client.on('close', () => origin.destroy());
			origin.on('close', () => client.destroy());
		} catch {
			client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
		}
	});
	server.on('request', async (request, response) => {
		if (!admits(request)) {
			response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end();
			return;
		}
		const { host, pathname, search } = new URL(request.url as string);
		const { 'proxy-authorization': _secret, ...headers } = request.headers;
		const socket = await reach(host);
		const options = { createConnection: () => socket, method: request.method, path: pathname + search, headers };
		const onward = http.request(options, (answer) => {
			response.writeHead(answer.statusCode as number, answer.rawHeaders);
			answer.pipe(response);
		});
		request.pipe(onward);
	});
	return { port: await listen(server), asked, fields, ports };
}
