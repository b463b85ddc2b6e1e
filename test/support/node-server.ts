// A node:http2 server in the process of the test, for tests that need their own handler.

import type { IncomingHttpHeaders } from 'node:http2';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream, type Settings } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type TestCertificates, testCertificates } from './certificates.ts';
import './checked-sinks.ts';

export type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface ServeOptions {
	secure?: boolean;
	settings?: Settings;
	/** Default: a free port. */
	port?: number;
	/** The path of a Unix socket, instead of a port. */
	path?: string;
	/** Options of `createSecureServer`, such as `requestCert`. */
	tls?: Record<string, unknown>;
}

export interface Served {
	server: Http2Server;
	port: number;
	/** The `host` argument for a connection. */
	origin: string;
	certificates: TestCertificates;
}

/** Listens on loopback until the test ends. */
export async function serveHTTP2(t: TestContext, handler: StreamHandler, options: ServeOptions = {}): Promise<Served> {
	const { secure = true, settings = {}, port: wanted = 0, path, tls } = options;
	const certificates = await testCertificates();
	const { ca, cert, key } = certificates;
	const server = secure ? createSecureServer({ settings, ca, cert, key, ...tls }) : createServer({ settings });
	server.on('session', (session) => {
		// Ignored: tests may break the connection.
		session.on('error', () => {});
		t.after(() => session.destroy());
	});
	server.on('stream', (stream, headers) => {
		stream.on('error', () => {});
		handler(stream, headers);
	});
	await new Promise<void>((resolve) => {
		if (path === undefined) server.listen(wanted, '127.0.0.1', resolve);
		else server.listen(path, resolve);
	});
	t.after(() => server.close());
	const port = path === undefined ? (server.address() as AddressInfo).port : 0;
	const origin = secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
	return { server, port, origin, certificates };
}
