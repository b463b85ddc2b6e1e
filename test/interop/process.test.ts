// An HTTP/2 connection keeps its process running while something is pending, and no longer.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runChild } from '../support/child.ts';
import { type Pipe, pipes, serverFor } from '../support/interop.ts';

for (const pipe of pipes) {
	test(`an idle HTTP/2 connection over ${pipe} does not keep the process running`, async (t) => {
		const statements = `
			const response = await connection.roundTrip('GET', '/128');
			console.log((await response.bytes()).length);`;
		await runs(t, pipe, statements, '128');
	});

	test(`an HTTP/2 request over ${pipe} that waits for the server's SETTINGS keeps the process running`, async (t) => {
		const statements = `
			await connection.connect();
			async function* body() { yield new Uint8Array(70_000); }
			const response = await connection.roundTrip('POST', '/echo', { body: body() });
			console.log((await response.bytes()).length);`;
		await runs(t, pipe, statements, '70000');
	});
}

test('a queued HTTP/2 request that was aborted does not keep the process running', async (t) => {
	const statements = `
		await connection.connect();
		async function* body() { yield new Uint8Array(70_000); }
		const controller = new AbortController();
		const answer = connection.roundTrip('POST', '/echo', { body: body(), signal: controller.signal });
		controller.abort();
		await answer.catch(() => console.log('given up'));`;
	await runs(t, 'TLS', statements, 'given up');
});

test('a PING keeps the process running until it is answered', async (t) => {
	await runs(t, 'TLS', 'console.log((await connection.ping()) > 0);', 'true');
});

/** Runs statements in another process, with a connection to a server. */
async function runs(t: TestContext, pipe: Pipe, statements: string, expected: string): Promise<void> {
	const server = await serverFor(t, 'node-http2');
	if (server === null) return;
	const origin = pipe === 'TLS' ? `https://localhost:${server.tls.port}` : `http://127.0.0.1:${server.clear.port}`;
	const options = { tls: { ca: server.certificates.ca } };
	const { status, stdout, stderr } = await runChild(`
		const { HTTP20Connection } = await import(src + 'index.ts');
		const connection = new HTTP20Connection(${JSON.stringify(origin)}, ${JSON.stringify(options)});
		${statements}
	`);
	assert.deepEqual([status, stderr, stdout.trim()], [0, '', expected]);
}
