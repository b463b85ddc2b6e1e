// What remains of a connection after its end: no response, no object and no timer. The client runs in a process of its own
// that collects its garbage; the servers run here.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHTTP2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HTTP20Connection } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const http11 = createServer(answer);
const http20 = createHTTP2Server((request, response) => answer(request as never, response as never));
http20.on('session', (session) => session.on('error', () => undefined));

before(async () => {
	for (const server of [http11, http20]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(() => {
	http11.closeAllConnections();
	http11.close();
	http20.close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
	request.on('error', () => undefined);
	response.on('error', () => undefined);
	// Less than a socket buffers, and more than the client holds unread.
	response.end(Buffer.alloc(request.url === '/small' ? 10 : 100_000));
}

/** Runs a program with a connection class, the origin of a server that speaks its version, and a count of survivors. */
async function play(version: 'HTTP20Connection' | 'HTTP11Connection', program: string): Promise<string> {
	const { port } = (version === 'HTTP20Connection' ? http20 : http11).address() as AddressInfo;
	const source = `
		import { setTimeout as sleep } from 'node:timers/promises';
		const armed = new Set();
		const { setTimeout: arm, clearTimeout: disarm } = globalThis;
		globalThis.setTimeout = (callback, delay, ...rest) => {
			const timer = arm((...args) => { armed.delete(timer); callback(...args); }, delay, ...rest);
			armed.add(timer);
			return timer;
		};
		globalThis.clearTimeout = (timer) => { armed.delete(timer); disarm(timer); };
		import { ${version} as Connection } from './src/index.ts';
		const origin = 'http://127.0.0.1:${port}';
		/** How many of the objects are still in memory; waits until there are none, or a while. */
		const alive = async (refs) => {
			let count = refs.length;
			for (let i = 0; i < 100 && count > 0; i++) {
				globalThis.gc();
				await sleep(5);
				count = refs.filter((ref) => ref.deref() !== undefined).length;
			}
			return count;
		};
		${program}
		process.exit(0);`;
	const args = ['--conditions=hyper-wasm-source', '--import', 'tsx', '--expose-gc', '--input-type=module'];
	const { stdout } = await run(process.execPath, [...args, '--eval', source], { cwd: root, timeout: 120_000 });
	return stdout.trim();
}

for (const version of ['HTTP20Connection', 'HTTP11Connection'] as const) {
	for (const [how, end] of [
		['close()', 'await response.close();'],
		['leaving its loop', 'for await (const piece of response) break;'],
		['body.cancel()', 'await response.body.cancel();'],
		['a signal', 'controller.abort();'],
		['reading to its end', 'await response.bytes();'],
	] as const) {
		test(`a response of ${version} ended by ${how} does not stay in memory, before and after close()`, async () => {
			const output = await play(
				version,
				`
				const conn = new Connection(origin);
				const refs = [];
				const one = async () => {
					const controller = new AbortController();
					const response = await conn.roundTrip('GET', '/', { signal: controller.signal });
					${end}
					refs.push(new WeakRef(response));
				};
				for (let i = 0; i < 50; i++) await one();
				// The last request may still be referenced by what is being closed.
				console.log(await alive(refs.slice(0, -2)));
				await conn.close();
				console.log(await alive(refs));
			`,
			);
			assert.deepEqual(output.split('\n'), ['0', '0']);
		});
	}

	test(`a closed ${version} leaves no timer, and does not stay in memory`, async () => {
		const output = await play(
			version,
			`
			const refs = [];
			const one = async (drain) => {
				const conn = new Connection(origin);
				await (await conn.roundTrip('GET', '/small')).text();
				await conn.request('GET', '/small');
				await conn.close({ drain });
				refs.push(new WeakRef(conn));
			};
			for (let i = 0; i < 25; i++) { await one(false); await one(true); }
			const before = armed.size;
			// The last one may still be on the stack of its close.
			console.log(await alive(refs.slice(0, -1)), before);
		`,
		);
		assert.equal(output, '0 0');
	});
}

test('responses that are never taken are discarded once there are more than 10,000, with one warning', async () => {
	const peer = new ScriptedPeer();
	peer.respondWith(() => ({ body: 'untaken' }));
	const warnings: string[] = [];
	const onWarning = ({ message }: Error): unknown => warnings.push(message);
	process.on('warning', onWarning);
	const conn = new HTTP20Connection('localhost', { transport: peer.transport });
	for (let i = 0; i < 120; i++) {
		await Promise.all(Array.from({ length: 100 }, () => conn.request('GET', '/')));
		while (conn.streams > 0) await turn();
	}
	const taken = await conn.getResponse();
	assert.ok((taken.streamId as number) > 1, `stream ${taken.streamId}`);
	await assert.rejects(conn.getResponse(1), /stream 1 has no untaken one/);
	assert.equal(await (await conn.getResponse(23_999)).text(), 'untaken');
	await conn.close();
	process.off('warning', onWarning);
	assert.deepEqual(warnings, ['More than 10000 responses were not taken by getResponse: the oldest are discarded']);
});
