// The same code with three servers: HTTP/2 and HTTP/1.1 over TLS, and HTTP/1.1 in plaintext.
// In a checkout: `npm run build`, then `node --conditions=hyper-wasm-source --import tsx examples/versions.ts`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTLSServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type ConnectionOptions, HTTPConnection } from 'hyper-wasm';
import { generate } from 'selfsigned';

const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
	keyType: 'ec',
	algorithm: 'sha256',
	extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
});

const servers: [name: string, scheme: string, server: Server][] = [
	['TLS, both', 'https', createSecureServer({ cert, key, allowHTTP1: true }, answer as never)],
	['TLS, HTTP/1.1', 'https', createTLSServer({ cert, key }, answer as RequestListener)],
	['plaintext', 'http', createServer(answer as RequestListener)],
];

for (const [name, scheme, server] of servers) {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	console.log(name.padEnd(15), await visit(`${scheme}://localhost:${port}`, { tls: { ca: cert } }));
	server.close();
}

/** The code that a user of the package writes. */
async function visit(origin: string, options: ConnectionOptions): Promise<string> {
	const conn = new HTTPConnection(origin, { ...options, timeout: { headers: 10_000 } });
	try {
		// Concurrent on one HTTP/2 connection, one after the other on HTTP/1.1.
		const [first, second] = await Promise.all([conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/2')]);
		assert.deepEqual([await first.text(), await second.text()], ['This is /1', 'This is /2']);

		const upload = await conn.roundTrip('POST', '/', { body: numbers(), trailers: { 'x-count': '3' } });
		assert.equal(await upload.text(), '0 1 2 ');
		assert.deepEqual((await upload.trailers).get('x-count'), ['3']);
		return `${conn.version}, ${upload.rawHeaders.get('content-encoding')} decoded, trailers both ways`;
	} finally {
		await conn.close();
	}
}

async function* numbers(): AsyncGenerator<string> {
	for (let i = 0; i < 3; i++) yield `${i} `;
}

/** Sends back the request's content, in gzip, and its trailers. */
async function answer(...[request, response]: Parameters<RequestListener>): Promise<void> {
	let content = '';
	for await (const chunk of request) content += chunk;
	response.setHeader('content-encoding', 'gzip');
	response.write(gzipSync(content === '' ? `This is ${request.url}` : content));
	response.addTrailers(request.trailers as Record<string, string>);
	response.end();
}
