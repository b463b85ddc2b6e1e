// A node:http2 server in the test's own process, for what only a handler written for one test can do.

import type { IncomingHttpHeaders } from 'node:http2';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream, type Settings } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type TestCertificates, testCertificates } from './certificates.ts';

export type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface ServeOptions {
	secure?: boolean;
	settings?: Settings;
	/** A free one unless given. */
	port?: number;
	/** A path for a Unix socket instead of a port. */
	path?: string;
	/** As `createSecureServer` takes them: `requestCert` and the like. */
	tls?: Record<string, unknown>;
}

export interface Served {
	server: Http2Server;
	port: number;
	/** What to give to a connection. */
	origin: string;
	certificates: TestCertificates;
}

/** Listens on a free loopback port until the test has ended. */
export async function serveHTTP2(t: TestContext, handler: StreamHandler, options: ServeOptions = {}): Promise<Served> {
	const { secure = true, settings = {}, port: wanted = 0, path, tls } = options;
	const certificates = await testCertificates();
	const { ca, cert, key } = certificates;
	const server = secure ? createSecureServer({ settings, ca, cert, key, ...tls }) : createServer({ settings });
	server.on('session', (session) => {
		// A client that breaks off is its test's business.
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
