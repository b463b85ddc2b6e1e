import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../src/connection/options.ts';
import { Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import type { Connected } from '../../src/http11/connector.ts';
import { Exchange } from '../../src/http11/exchange.ts';
import { Queue } from '../../src/http11/queue.ts';
import { ConnectionError } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Transport } from '../../src/runtime/transport.ts';

const origin = parseHost('http://a');

/** A queue whose dials are settled by the test. */
function create() {
	const diagnostics = new Diagnostics({}, runtime);
	const diagnose = () => diagnostics.opening('a', 80);
	const options = { limits: DEFAULT_LIMITS, timeouts: DEFAULT_TIMEOUTS, diagnose };
	const dials: { resolve(connected: Connected): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
	const dialForHTTP1 = (signal: AbortSignal): Promise<Connected> =>
		new Promise((resolve, reject) => dials.push({ resolve, reject, signal }));
	return { queue: new Queue({ dialForHTTP1 }, runtime, options), dials };
}

function createExchange(path: string): Exchange {
	return new Exchange(createRequest('GET', path, origin, {}), runtime.now());
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

test('one dial serves all who wait, in their order', async () => {
	const { queue, dials } = create();
	const exchanges = ['/1', '/2', '/3'].map(createExchange);
	for (const exchange of exchanges) queue.submit(exchange);
	const connected = queue.connect();
	assert.equal(dials.length, 1);
	const { transport, paths } = answering();
	dials[0]?.resolve({ transport, forward: null });
	await connected;
	for (const exchange of exchanges) assert.equal((await exchange.response()).status, 204);
	assert.deepEqual(paths, ['/1', '/2', '/3']);
	await turn();
	await queue.connect();
	assert.deepEqual([dials.length, queue.size], [1, 0]);
	await queue.close(false);
});

test("a dial that fails is everybody's failure who waits, and the next request dials again", async () => {
	const { queue, dials } = create();
	const failure = new Error('refused');
	const first = createExchange('/1');
	queue.submit(first);
	const connected = assert.rejects(queue.connect(), failure);
	dials[0]?.reject(failure);
	await connected;
	await assert.rejects(first.response(), failure);
	queue.submit(createExchange('/2'));
	assert.equal(dials.length, 2);
	await queue.close(false);
	assert.equal(dials[1]?.signal.aborted, true);
});

test('a dial that comes too late for the owner is dropped', async () => {
	const { queue, dials } = create();
	const exchange = createExchange('/');
	queue.submit(exchange);
	await queue.close(true);
	await assert.rejects(exchange.response(), ConnectionError);
	const { transport, far } = answering();
	let closed = false;
	dials[0]?.resolve({ transport, forward: null });
	for (let i = 0; i < 10 && !closed; i++) {
		await turn();
		closed = !far.write([new Uint8Array(1)]);
	}
	assert.ok(closed);
});

test('a request that was closed while it waited is not sent', async () => {
	const { queue, dials } = create();
	const [first, second] = [createExchange('/1'), createExchange('/2')];
	queue.submit(first);
	queue.submit(second);
	first.cancel(new Error('enough'));
	const { transport, paths } = answering();
	dials[0]?.resolve({ transport, forward: null });
	await second.response();
	assert.deepEqual(paths, ['/2']);
	queue.submit(first);
	await turn();
	assert.deepEqual(paths, ['/2']);
	await queue.close(false);
});
