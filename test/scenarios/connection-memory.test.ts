// What happens to responses that become garbage unread, and to a process that has nothing left to do. Each test runs a
// process of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Runs a program that has the package and its testing library imported. */
function play(program: string): Promise<{ stdout: string; stderr: string }> {
	const source = `
		import { setTimeout as sleep } from 'node:timers/promises';
		import { HTTP20Connection } from './src/index.ts';
		import { ScriptedPeer } from './src/testing.ts';
		const collect = async (until) => {
			for (let i = 0; i < 200 && !until(); i++) { globalThis.gc(); await sleep(5); }
		};
		const peer = new ScriptedPeer();
		${program}`;
	const args = [
		'--conditions=hyper-wasm-source',
		'--import',
		'tsx',
		'--expose-gc',
		'--input-type=module',
		'--eval',
		source,
	];
	return run(process.execPath, args, { cwd: root, timeout: 60_000 });
}

for (const [how, ask] of [
	['roundTrip', "await conn.roundTrip('GET', '/');"],
	[
		'getResponse before the head',
		"const asked = conn.request('GET', '/').then((id) => conn.getResponse(id)); await asked;",
	],
	[
		'getResponse after the head',
		"const id = await conn.request('GET', '/'); await peer.roundTrip(); await peer.roundTrip(); await conn.getResponse(id);",
	],
] as const) {
	test(`a response from ${how} that is garbage-collected unread is reset, with a warning`, async () => {
		const { stdout, stderr } = await play(`
			const conn = new HTTP20Connection('localhost', { transport: peer.transport });
			conn.connect();
			await peer.handshake();
			peer.receive('HEADERS').then(({ streamId }) => {
				peer.send.headers(streamId, { ':status': '200' });
				peer.send.data(streamId, 'more to come');
			});
			await (async () => { ${ask} })();
			const isReset = () => peer.frames.some(({ type }) => type === 'RST_STREAM');
			await collect(isReset);
			console.log(isReset(), conn.streams);
			await conn.close();
		`);
		assert.equal(stdout.trim(), 'true 0');
		assert.match(stderr, /neither read nor closed/);
	});
}

test('complete responses that are garbage-collected unread return their window, without a warning', async () => {
	const { stdout, stderr } = await play(`
		const conn = new HTTP20Connection('localhost', {
			transport: peer.transport, connectionWindowSize: 65535, limits: { connectionBuffer: 0 },
		});
		peer.respondWith(() => ({ body: 'x'.repeat(20000) }));
		for (let i = 0; i < 8; i++) {
			let done = false;
			conn.roundTrip('GET', '/').then(() => { done = true; });
			await collect(() => done);
			if (!done) { console.log('stalled at', i); break; }
		}
		console.log('done');
		await conn.close();
	`);
	assert.equal(stdout.trim(), 'done');
	assert.doesNotMatch(stderr, /neither read/);
});

test('a process with an idle connection exits by itself, one with an open stream keeps running', async () => {
	const { stdout } = await play(`
		import { createServer } from 'node:net';
		import { Duplex } from 'node:stream';
		const server = createServer((socket) => {
			const remote = new ScriptedPeer({ streams: Duplex.toWeb(socket) });
			socket.unref();
			remote.respondWith(async ({ path }) => {
				if (path === '/slow') await new Promise((resolve) => { setTimeout(resolve, 100).unref(); });
				return { body: path };
			});
		});
		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		server.unref();
		const conn = new HTTP20Connection('http://127.0.0.1:' + server.address().port);
		conn.roundTrip('GET', '/slow').then((response) => response.text()).then((text) => console.log(text));
	`);
	assert.equal(stdout.trim(), '/slow');
});
