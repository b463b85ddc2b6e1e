// What works where the platform has no WebAssembly: everything of HTTP/1.1.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChild } from '../support/child.ts';
import { serveHTTP1, serveTLS } from '../support/version-servers.ts';

test('HTTPConnection without WebAssembly speaks HTTP/1.1 to a TLS server that has both versions', async (t) => {
	const { origin, ca } = await serveTLS(t, 'h2');
	assert.equal(await ask('HTTPConnection', origin, { tls: { ca } }), 'HTTP/1.1 GET / ');
});

test('HTTPConnection without WebAssembly speaks HTTP/1.1 in plaintext', async (t) => {
	const { origin } = await serveHTTP1(t);
	assert.equal(await ask('HTTPConnection', origin, {}), 'HTTP/1.1 GET / ');
});

test('HTTP11Connection needs no WebAssembly', async (t) => {
	const { origin, ca } = await serveTLS(t, 'http/1.1');
	assert.equal(await ask('HTTP11Connection', origin, { tls: { ca } }), 'HTTP/1.1 GET / ');
});

test('HTTP20Connection without WebAssembly rejects with an EngineError', async (t) => {
	const { origin, ca } = await serveTLS(t, 'h2');
	assert.equal(
		await ask('HTTP20Connection', origin, { tls: { ca } }),
		'EngineError: this platform has no WebAssembly, so use HTTP/1.1',
	);
});

/** The version and body of a response in a process without WebAssembly, or the name of the error. */
async function ask(connection: string, origin: string, options: object): Promise<string> {
	const { status, stdout, stderr } = await runChild(`
		const classes = await import(src + 'index.ts');
		delete globalThis.WebAssembly;
		const conn = new classes.${connection}(${JSON.stringify(origin)}, ${JSON.stringify(options)});
		try {
			const response = await conn.roundTrip('GET', '/');
			console.log(response.version, await response.text());
		} catch (error) {
			console.log(error.constructor.name + error.message.slice(error.message.indexOf(':')));
		}
		await conn.close();
	`);
	assert.deepEqual([status, stderr], [0, '']);
	return stdout.replace(/\n$/, '');
}
