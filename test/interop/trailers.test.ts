// Trailer sections in both directions, and informational responses, with real servers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP20Connection } from '../../src/index.ts';
import { connectionTo, pipes, serverFor } from '../support/interop.ts';
import { serveHTTP2 } from '../support/node-server.ts';
import { documentBytes, serverFeatures, serverNames } from '../support/servers.ts';

for (const name of serverNames) {
	if (!serverFeatures(name).has('trailers')) continue;
	for (const pipe of pipes) {
		test(`trailers of a response from ${name} over ${pipe} are available after the body`, async (t) => {
			const server = await serverFor(t, name, { trailers: true });
			if (server === null) return;
			const connection = connectionTo(t, server, pipe);
			const response = await connection.roundTrip('GET', '/64k');
			assert.ok(Buffer.from(await response.bytes()).equals(documentBytes('64k')));
			assert.deepEqual([...(await response.trailers)], [['x-trailer', 'yes']]);
		});
	}
}

for (const pipe of pipes) {
	test(`trailers of a request over ${pipe} reach the server`, async (t) => {
		const server = await serverFor(t, 'node-http2');
		if (server === null) return;
		const connection = connectionTo(t, server, pipe);
		let sent = 0;
		const response = await connection.roundTrip('POST', '/echo', {
			body: counted(),
			// A function is called when the body has been sent.
			trailers: () => ({ 'x-length': String(sent) }),
		});
		const length = (await response.bytes()).length;
		assert.equal(length, 300_000);
		assert.deepEqual((await response.trailers).get('x-length'), ['300000']);

		const bodiless = await connection.roundTrip('POST', '/echo', { trailers: { 'X-Alone': 'yes' } });
		assert.equal((await bodiless.bytes()).length, 0);
		assert.deepEqual((await bodiless.trailers).get('x-alone'), ['yes']);

		async function* counted(): AsyncGenerator<Uint8Array> {
			for (let i = 0; i < 3; i++) {
				sent += 100_000;
				yield new Uint8Array(100_000);
			}
		}
	});
}

test('a response without trailers has an empty trailer section', async (t) => {
	const server = await serverFor(t, 'node-http2');
	if (server === null) return;
	const response = await connectionTo(t, server, 'TLS').roundTrip('GET', '/1m');
	assert.equal((await response.trailers).size, 0);
	assert.equal((await response.bytes()).length, 1024 * 1024);
});

test('informational responses are delivered before the final one', async (t) => {
	const { origin, certificates } = await serveHTTP2(t, (stream) => {
		stream.additionalHeaders({ ':status': 103, link: '</style.css>; rel=preload' });
		stream.additionalHeaders({ ':status': 103, link: '</code.js>; rel=preload' });
		stream.respond({ ':status': 200 });
		stream.end('final');
	});
	const connection = new HTTP20Connection(origin, { tls: { ca: certificates.ca } });
	t.after(() => connection.close());
	const seen: [number, string[]][] = [];
	const response = await connection.roundTrip('GET', '/', {
		onInformational: (status, headers) => seen.push([status, headers.get('link')]),
	});
	const expected = [
		[103, ['</style.css>; rel=preload']],
		[103, ['</code.js>; rel=preload']],
	];
	assert.deepEqual(seen, expected);
	assert.deepEqual(
		response.informational.map(({ status, headers }) => [status, headers.get('link')]),
		expected,
	);
	assert.equal(response.status, 200);
	assert.equal(await response.text(), 'final');
});
