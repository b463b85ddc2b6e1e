// Sockets, streams and signals get no more listeners with each request: Node warns of a leak at the eleventh.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testCertificates } from '../support/certificates.ts';
import { runChild } from '../support/child.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { serveTLS, serveVersion } from '../support/version-servers.ts';

const { ca } = await testCertificates();

/**
 * Makes requests in a process of its own, because servers have listeners too. Resolves with the most listeners that one
 * event of one emitter got, with their name, and with the most listeners of the one signal of all requests.
 */
async function mostListeners(version: string, origin: string, proxy: string | undefined): Promise<[number, number]> {
	const { status, stdout, stderr } = await runChild(
		`
		const { EventEmitter, getEventListeners } = process.getBuiltinModule('node:events');
		let most = 0;
		for (const method of ['on', 'addListener', 'prependListener']) {
			const original = EventEmitter.prototype[method];
			EventEmitter.prototype[method] = function (name, listener) {
				original.call(this, name, listener);
				most = Math.max(most, this.listenerCount(name));
				return this;
			};
		}
		const { HTTP11Connection, HTTP20Connection } = await import(src + 'index.ts');
		const Connection = ${JSON.stringify(version)} === 'HTTP/2' ? HTTP20Connection : HTTP11Connection;
		const options = { tls: { ca: process.env.CA }, ${proxy === undefined ? '' : 'proxy: { url: process.env.PROXY, tls: { ca: process.env.CA } },'} };
		const conn = new Connection(process.env.ORIGIN, options);
		const { signal } = new AbortController();
		let mostOfSignal = 0;
		async function* pieces() {
			yield 'a';
			yield 'b'.repeat(200_000);
		}
		const ask = (path, body = null) => conn.roundTrip(body === null ? 'GET' : 'POST', path, { body, signal });
		for (let i = 0; i < 15; i++) {
			await (await ask('/')).text();
			await (await ask('/', pieces())).bytes();
			for await (const _ of await ask('/', 'content')) break;
			await (await ask('/')).close();
			await conn.roundTrip('GET', '/', { signal: AbortSignal.timeout(0) }).catch(() => {});
		}
		const asked = Array.from({ length: 30 }, (_, i) => ask('/' + i));
		mostOfSignal = getEventListeners(signal, 'abort').length;
		for (const each of asked) await (await each).text();
		await conn.close();
		console.log(JSON.stringify([most, mostOfSignal, getEventListeners(signal, 'abort').length]));
		`,
		{ ORIGIN: origin, CA: ca, PROXY: proxy ?? '' },
	);
	assert.deepEqual([status, stderr], [0, '']);
	const [most = 0, ofSignal = 0, left] = JSON.parse(stdout) as number[];
	assert.equal(left, 0);
	return [most, ofSignal];
}

async function serve(t: TestContext, version: 'HTTP/1.1' | 'HTTP/2', secure: boolean): Promise<string> {
	if (secure) return (await serveTLS(t, version === 'HTTP/2' ? 'h2' : 'http/1.1')).origin;
	return serveVersion(t, version, (request, response) => request.resume().on('end', () => response.end('answer')));
}

for (const version of ['HTTP/1.1', 'HTTP/2'] as const) {
	for (const pipe of ['plaintext', 'TLS', 'TLS in a tunnel through an https proxy']) {
		test(`many ${version} requests over ${pipe} add no listeners to sockets and one to their signal`, async (t) => {
			const proxy = pipe.includes('proxy')
				? `https://localhost:${(await forwardProxy({ secure: true })).port}`
				: undefined;
			const origin = await serve(t, version, pipe !== 'plaintext');
			const [most, ofSignal] = await mostListeners(version, origin, proxy);
			// Node itself has up to four for the end of a socket that it runs TLS or HTTP on.
			assert.ok(most <= 6, `${most} listeners`);
			assert.equal(ofSignal, 1);
		});
	}
}
