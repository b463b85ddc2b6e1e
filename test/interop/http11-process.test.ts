// An HTTP/1.1 connection keeps its process running while a request is pending, and no longer.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runChild } from '../support/child.ts';
import { type Pipe, pipes, serverFor } from '../support/interop.ts';

for (const pipe of pipes) {
	test(`an idle HTTP/1.1 connection over ${pipe} does not keep the process running`, async (t) => {
		const statements = `
			await connection.connect();
			const response = await connection.roundTrip('GET', '/128');
			console.log((await response.bytes()).length);`;
		await runs(t, pipe, statements, '128');
	});

	test(`an HTTP/1.1 request over ${pipe} keeps the process running from its dial to the end of its response`, async (t) => {
		const statements = `
			async function* body() { yield new Uint8Array(70_000); }
			connection.roundTrip('PUT', '/echo', { body: body() })
				.then((response) => response.bytes())
				.then((bytes) => console.log(bytes.length));`;
		await runs(t, pipe, statements, '70000');
	});
}

test('an aborted HTTP/1.1 request does not keep the process running', async (t) => {
	const statements = `
		const controller = new AbortController();
		const answer = connection.roundTrip('GET', '/128', { signal: controller.signal });
		setTimeout(() => controller.abort(), 1);
		await answer.then((response) => response.bytes()).catch(() => {});
		console.log('given up');`;
	await runs(t, 'TLS', statements, 'given up');
});

/** Runs statements in another process, with a connection to a server. */
async function runs(t: TestContext, pipe: Pipe, statements: string, expected: string): Promise<void> {
	const server = await serverFor(t, 'nginx', { origin: true });
	if (server === null) return;
	const origin = pipe === 'TLS' ? `https://localhost:${server.tls.port}` : `http://127.0.0.1:${server.plain.port}`;
	const options = { tls: { ca: server.certificates.ca } };
	const { status, stdout, stderr } = await runChild(`
		const { HTTP11Connection } = await import(src + 'index.ts');
		const connection = new HTTP11Connection(${JSON.stringify(origin)}, ${JSON.stringify(options)});
		${statements}
	`);
	assert.deepEqual([status, stderr, stdout.trim()], [0, '', expected]);
}
