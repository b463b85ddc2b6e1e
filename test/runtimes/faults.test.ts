// Faults of runtimes that we cannot mend, each shown by a program without our package. expected.ts names them; a program that
// no longer fails here means that its entry there can go.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';
import { installRuntimes, makeProject, type RuntimeName, runProgram, runtimes } from './runtimes.ts';

/** Connects twice to a server that answers whether it has resumed the session, and prints what happened. */
const TWICE = `
	import process from 'node:process';
	import tls from 'node:tls';
	const [port, ca] = process.argv.slice(2);
	let session;
	let secrets = 0;
	const answers = [];
	for (let i = 0; i < 2; i++) {
		const socket = tls.connect({ host: '127.0.0.1', port: Number(port), servername: 'localhost', ca, session });
		socket.on('session', (fresh) => { session = fresh; });
		socket.on('keylog', () => secrets++);
		let answer = '';
		socket.on('data', (text) => { answer += text; });
		await new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
		answers.push(answer);
	}
	console.log(JSON.stringify({ answers, hasSecrets: secrets > 0 }));
`;

interface Happened {
	readonly answers: readonly string[];
	readonly hasSecrets: boolean;
}

async function connectTwice(t: TestContext, name: RuntimeName): Promise<Happened | null> {
	const folder = await installRuntimes(t);
	if (folder === null) return null;
	const { ca, cert, key } = await testCertificates();
	const answer = (socket: TLSSocket): void => void socket.end(socket.isSessionReused() ? 'resumed' : 'new');
	const server = createServer({ cert, key }, answer);
	const port = await listen(server);
	const program = join(dirname(await makeProject()), 'twice.mjs');
	writeFileSync(program, TWICE);
	const runtime = runtimes.find((each) => each.name === name);
	assert.ok(runtime !== undefined);
	const flags = name === 'Deno' ? ['run', '--no-prompt', '--allow-net'] : [];
	const command = join(folder, 'node_modules', runtime.program);
	const { status, stdout, stderr } = await runProgram(command, flags, program, [String(port), ca], 60_000);
	assert.equal(status, 0, stderr);
	server.close();
	await once(server, 'close');
	return JSON.parse(stdout);
}

test('Deno emits no keylog, and does not resume the session of a TLS connection', async (t) => {
	const happened = await connectTwice(t, 'Deno');
	if (happened !== null) assert.deepEqual(happened, { answers: ['new', 'new'], hasSecrets: false });
});

test('Node and Bun do both', async (t) => {
	for (const name of ['Node 20', 'Bun'] as const) {
		const happened = await connectTwice(t, name);
		if (happened !== null) assert.deepEqual(happened, { answers: ['new', 'resumed'], hasSecrets: true }, name);
	}
});
