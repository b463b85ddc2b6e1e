// What only workerd has: sockets and timers that belong to one request, two ways to decode, TLS without ALPN.

import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { requireServer, startServer } from '../../support/servers.ts';
import type { Peers } from '../peers/peers.ts';
import { startPeers } from '../peers/start.ts';
import { installRuntimes } from '../runtimes.ts';
import { startWorkerd, type Workerd, type WorkerdOptions } from './serve.ts';

let peers: Peers;

before(async () => {
	peers = await startPeers();
});

/** Null if workerd cannot be had. */
async function start(t: TestContext, options: Partial<WorkerdOptions> = {}): Promise<Workerd | null> {
	const folder = await installRuntimes(t);
	if (folder === null) return null;
	return startWorkerd(t, `${folder}/node_modules`, {
		worker: new URL('requests.ts', import.meta.url),
		bindings: { HTTP2: String(peers.http2), TLS: String(peers.tls), TLS_WITHOUT_ALPN: String(peers.tlsWithoutALPN2) },
		durableObject: 'Keeper',
		...options,
	});
}

const REFUSED =
	'HYPER_LOCAL_PROTOCOL: Cannot use the connection: another request has opened it, and workerd does no I/O of one ' +
	'request for another; open a connection in each request, or close this one first';

const CALLS = ['roundTrip', 'post', 'request', 'endHeaders', 'send', 'getResponse', 'connect', 'ping', 'dispatch'];
const READS = ['bytes', 'read', 'next', 'stream', 'trailers', 'closeResponse'];

for (const [how, path] of [
	['has ended', '/open'],
	['still runs', '/open?stays'],
] as const) {
	test(`in workerd, a connection that a request opened which ${how} refuses every call of another one at once`, async (t) => {
		const workerd = await start(t);
		if (workerd === null) return;
		assert.equal(await workerd.get(path), 'final');
		for (const call of [...CALLS, ...READS]) assert.equal(await workerd.get(`/call?do=${call}`), REFUSED, call);
		for (const close of ['close', 'drain']) {
			assert.equal(await workerd.get(`/call?do=${close}`), 'undefined', close);
			assert.equal(await workerd.get('/call?do=roundTrip'), 'final', `after ${close}, the next request opens it`);
			assert.equal(await workerd.get('/call?do=roundTrip'), REFUSED, 'and owns it');
		}
		assert.match(await workerd.get('/call?do=bytes'), /Connection was closed by its owner$/);
		assert.equal(workerd.readLog(), '');
	});
}

test('in workerd, 100 requests at once each have a connection of their own', async (t) => {
	const workerd = await start(t);
	if (workerd === null) return;
	const answers = await Promise.all(Array.from({ length: 100 }, () => workerd.get('/own')));
	assert.deepEqual([...new Set(answers)], ['100000,100000,100000']);
	assert.equal(workerd.readLog(), '');
});

test('in workerd, the requests of one Durable Object share a connection', async (t) => {
	const workerd = await start(t);
	if (workerd === null) return;
	assert.match(await workerd.get('/object'), /^final\nfinal\n[\d.]+\nundefined$/);
	assert.equal(workerd.readLog(), '');
});

test('in workerd, a connection outside of requests is a LocalProtocolError that says so', async (t) => {
	const workerd = await start(t);
	if (workerd === null) return;
	assert.equal(
		await workerd.get('/global'),
		'HYPER_LOCAL_PROTOCOL: Cannot use the connection: workerd does I/O only for requests; call it in a handler, such as fetch',
	);
});

test('in workerd, responses that are dropped unread are reset, if the compatibility date is new enough to notice', async (t) => {
	for (const [compatibilityDate, streams] of [
		['2026-01-01', 0],
		['2025-05-05', 0],
		['2025-05-04', 3],
		['2022-01-01', 3],
	] as const) {
		const workerd = await start(t, { compatibilityDate });
		if (workerd === null) return;
		assert.equal(await workerd.get('/unread'), `${streams} streams`, compatibilityDate);
	}
});

for (const nodejs of [true, false]) {
	const codings = ['gzip', 'deflate', 'zstd', ...(nodejs ? ['br'] : [])];
	test(`workerd ${nodejs ? 'with' : 'without'} nodejs_compat decodes ${codings.join(', ')}`, async (t) => {
		const workerd = await start(t, { nodejs });
		if (workerd === null) return;
		for (const coding of codings) {
			assert.equal(await workerd.get(`/coded?coding=${coding}`), '32000', coding);
		}
		if (nodejs) return;
		assert.match(
			await workerd.get('/coded?coding=br'),
			/^HYPER_LOCAL_PROTOCOL: Cannot decode br: workerd has a decoder for it only with .* nodejs_compat; set it/,
		);
	});
}

test('in workerd, HTTP/2 over TLS must be forced, because its sockets have no ALPN', async (t) => {
	const workerd = await start(t);
	if (workerd === null) return;
	assert.equal(await workerd.get('/tls?forced'), 'HTTP/2 final');
	assert.match(await workerd.get('/tls'), /^HYPER_LOCAL_PROTOCOL: Cannot speak HTTP\/1\.1: .*forceProtocol: 'h2'/);
	assert.equal(workerd.readLog(), '');
});

for (const name of ['h2o', 'apache', 'haproxy'] as const) {
	test(`workerd speaks HTTP/2 over TLS with ${name}, which needs no ALPN`, async (t) => {
		if (!requireServer(t, name)) return;
		const server = await startServer(name);
		t.after(server.stop);
		const workerd = await start(t, { bindings: { TLS_WITHOUT_ALPN: String(server.tls.port) } });
		if (workerd === null) return;
		assert.equal(await workerd.get('/tls?forced'), 'HTTP/2 final');
	});
}

test('in workerd, a server that speaks HTTP/2 only after ALPN answers in HTTP/1.1, which a forced HTTP/2 rejects', async (t) => {
	const workerd = await start(t);
	if (workerd === null) return;
	assert.match(await workerd.get('/tls?forced&alpn'), /^HYPER_NEGOTIATION: Server answered in HTTP\/1\.1/);
});
