// The scheduler over wires of HTTP/1.1, which take one request at a time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { resolveOptions } from '../../src/connection/options.ts';
import { Scheduler } from '../../src/connection/scheduler.ts';
import { Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import { HTTP11WireSource } from '../../src/http11/wire-source.ts';
import { ConnectionError } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import type { TransportSource } from '../../src/net/connector.ts';
import { parseHost } from '../../src/net/origin.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { type Asked, askFor } from '../support/http11.ts';

const origin = parseHost('http://a');

interface Dial {
	signal: AbortSignal;
	resolve(transport: Transport): void;
	reject(error: unknown): void;
}

/** A scheduler whose dials are settled by the test. */
function create() {
	const dials: Dial[] = [];
	const source: TransportSource = {
		dial: () => assert.fail('HTTP/1.1 has a dial of its own'),
		dialForHTTP1: (signal) =>
			new Promise((resolve, reject) => {
				dials.push({ signal, resolve: (transport) => resolve({ transport, forward: null }), reject });
			}),
	};
	const options = resolveOptions('http://a', {}, 'HTTP/1.1');
	const diagnostics = new Diagnostics({}, runtime);
	const patience = { ...options.timeouts, keepAlive: options.keepAlive };
	const diagnose = () => diagnostics.opening('a', 80);
	return { scheduler: new Scheduler(new HTTP11WireSource(options, source), runtime, patience, diagnose), dials };
}

function get(path: string): Asked {
	return askFor(createRequest('GET', path, origin, {}), runtime.now());
}

/** The server's end of a pipe, which answers every head that it reads. */
function answering(): { transport: Transport; paths: string[]; far: Transport } {
	const [near, far] = createMemoryTransports();
	const paths: string[] = [];
	far.start({
		onBytes: (bytes) => {
			const [, path] = Buffer.from(bytes).toString().split(' ');
			paths.push(path as string);
			far.write([Buffer.from('HTTP/1.1 204 X\r\n\r\n')]);
		},
		onDrain: () => {},
		onEnd: () => far.end(),
		onClose: () => {},
	});
	return { transport: near, paths, far };
}

test('one dial serves all HTTP/1.1 requests that wait, in their order', async () => {
	const { scheduler, dials } = create();
	const asked = ['/1', '/2', '/3'].map(get);
	for (const { pending } of asked) scheduler.submit(pending);
	const connected = scheduler.connect();
	assert.equal(dials.length, 1);
	const { transport, paths } = answering();
	dials[0]?.resolve(transport);
	await connected;
	for (const { reader } of asked) assert.equal((await reader.response()).status, 204);
	assert.deepEqual(paths, ['/1', '/2', '/3']);
	await turn();
	await scheduler.connect();
	assert.deepEqual([dials.length, scheduler.size], [1, 0]);
	await scheduler.close();
});

test('a dial that fails rejects every HTTP/1.1 request that waits for it, and the next request dials again', async () => {
	const { scheduler, dials } = create();
	const failure = new Error('refused');
	const first = get('/1');
	scheduler.submit(first.pending);
	const connected = assert.rejects(scheduler.connect(), failure);
	dials[0]?.reject(failure);
	await connected;
	await assert.rejects(first.reader.response(), failure);
	scheduler.submit(get('/2').pending);
	assert.equal(dials.length, 2);
	await scheduler.close();
	assert.equal(dials[1]?.signal.aborted, true);
});

test('a dial for HTTP/1.1 that completes after close is dropped', async () => {
	const { scheduler, dials } = create();
	const { pending, reader } = get('/');
	scheduler.submit(pending);
	await scheduler.close(undefined, true);
	await assert.rejects(reader.response(), ConnectionError);
	const { transport, far } = answering();
	let isClosed = false;
	dials[0]?.resolve(transport);
	for (let i = 0; i < 10 && !isClosed; i++) {
		await turn();
		isClosed = !far.write([new Uint8Array(1)]);
	}
	assert.ok(isClosed);
});

test('an HTTP/1.1 request that is closed while it waits is not sent, even if it is submitted again', async () => {
	const { scheduler, dials } = create();
	const [first, second] = [get('/1'), get('/2')];
	scheduler.submit(first.pending);
	scheduler.submit(second.pending);
	first.pending.cancel(new Error('enough'));
	const { transport, paths } = answering();
	dials[0]?.resolve(transport);
	await second.reader.response();
	assert.deepEqual(paths, ['/2']);
	scheduler.submit(first.pending);
	await turn();
	assert.deepEqual(paths, ['/2']);
	await scheduler.close();
});
