// Large bodies in both directions, byte for byte: 100 MiB down from every server, 64 MiB up and back.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { before, test } from 'node:test';
import { connectionTo, digest, type Pipe, serverFor } from '../support/interop.ts';
import { addBigDocument, type ServerName, serverFeatures, serverNames } from '../support/servers.ts';

const LENGTH = 100 * 1024 * 1024;
const UPLOAD = 64 * 1024 * 1024;

/** The servers that 100 MiB are downloaded from, with the pipe. TLS and plaintext differ in the socket alone. */
const DOWNLOADS: readonly [ServerName, Pipe][] = [
	...serverNames.map((name): [ServerName, Pipe] => [name, 'TLS']),
	['nginx', 'plaintext'],
];

let path = '';
let expected = { length: 0, sha256: '' };

before(async () => {
	path = addBigDocument();
	expected = await digest(createReadStream(path, { highWaterMark: 1024 * 1024 }));
	assert.equal(expected.length, LENGTH);
});

for (const [name, pipe] of DOWNLOADS) {
	test(`a download of 100 MiB from ${name} over ${pipe} is complete`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const response = await connectionTo(t, server, pipe).roundTrip('GET', '/big-100m');
		assert.deepEqual(response.headers.get('content-length'), [String(LENGTH)]);
		assert.deepEqual(await digest(response), expected);
	});
}

test('a download of 100 MiB with bytes() is complete', async (t) => {
	const server = await serverFor(t, 'nginx');
	if (server === null) return;
	const response = await connectionTo(t, server, 'plaintext').roundTrip('GET', '/big-100m');
	assert.deepEqual(await digest([await response.bytes()]), expected);
});

test('a download of 100 MiB through a ReadableStream is complete', async (t) => {
	const server = await serverFor(t, 'nginx');
	if (server === null) return;
	const response = await connectionTo(t, server, 'plaintext').roundTrip('GET', '/big-100m');
	assert.deepEqual(await digest(response.body), expected);
});

for (const name of serverNames) {
	if (!serverFeatures(name).has('echo') && !serverFeatures(name).has('put')) continue;
	for (const from of name === 'node-http2' ? (['memory', 'a file'] as const) : (['a file'] as const)) {
		test(`an upload of 64 MiB from ${from} is echoed unchanged by ${name}`, async (t) => {
			const server = await serverFor(t, name, name === 'nghttpd' ? { echo: true } : {});
			if (server === null) return;
			const file = createReadStream(path, { end: UPLOAD - 1 });
			const sent = digest(createReadStream(path, { end: UPLOAD - 1 }));
			const body = from === 'memory' ? await read(file) : file;
			const connection = connectionTo(t, server, 'TLS');
			if (serverFeatures(name).has('echo')) {
				// PUT, because lighttpd refuses a POST of unknown length.
				const response = await connection.roundTrip('PUT', '/echo', { body });
				assert.deepEqual(await digest(response), await sent);
				return;
			}
			await (await connection.roundTrip('PUT', '/put/large', { body })).bytes();
			const response = await connection.roundTrip('GET', '/put/large');
			assert.deepEqual(await digest(response), await sent);
		});
	}
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}
