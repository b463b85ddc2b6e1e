// HTTP/2 with prior knowledge over a Unix socket.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConnectError, HTTP20Connection } from '../../src/index.ts';
import { serveHTTP2 } from '../support/node-server.ts';

test('requests are sent over a Unix socket', async (t) => {
	const path = socketPath(t);
	await serveHTTP2(
		t,
		(stream, headers) => {
			stream.respond({ ':status': 200, 'x-authority': headers[':authority'] });
			stream.pipe(stream);
		},
		{ secure: false, path },
	);
	const connection = new HTTP20Connection('http://service.local', { socketPath: path });
	t.after(() => connection.close());
	const body = new Uint8Array(300_000).fill(7);
	const answers = Array.from({ length: 20 }, async () => {
		const response = await connection.roundTrip('POST', '/', { body });
		assert.deepEqual(response.headers.get('x-authority'), ['service.local']);
		assert.ok(Buffer.from(await response.bytes()).equals(body));
	});
	await Promise.all(answers);
});

test('connecting to a Unix socket that does not exist is a ConnectError', async (t) => {
	const path = socketPath(t);
	const connection = new HTTP20Connection('http://service.local', { socketPath: path });
	await assert.rejects(connection.connect(), (error: Error) => {
		assert.ok(error instanceof ConnectError);
		assert.ok(error.message.includes(path) && error.message.includes('no such socket'), error.message);
		return true;
	});
});

function socketPath(t: TestContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-socket-'));
	t.after(() => rmSync(folder, { recursive: true }));
	return join(folder, 'http2');
}
