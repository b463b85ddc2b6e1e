// The server of scripts/crossings.mjs: HTTP/2 and HTTP/1.1 over TLS, in a worker thread. It posts its port and certificate.

import { createSecureServer } from 'node:http2';
import { parentPort } from 'node:worker_threads';
import { generate } from 'selfsigned';

const BODY = Buffer.alloc(1000, 'x');

const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
	keyType: 'ec',
	extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
});
const server = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
	request.resume();
	request.on('end', () => {
		response.setHeader('content-type', 'text/plain');
		response.setHeader('content-length', BODY.length);
		response.end(BODY);
	});
});
server.listen(0, '127.0.0.1', () => {
	const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
	parentPort?.postMessage({ port, ca: cert });
});
