// Runs every example, from the sources, in a process of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from './support/loopback.ts';
import { startServer } from './support/servers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The demo is tested separately, below. */
const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts') && name !== 'demo.ts');

interface Outcome {
	status: number;
	stdout: string;
	stderr: string;
}

function run(example: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
	return new Promise((resolve) => {
		const options = { cwd: root, env: { ...process.env, ...env }, timeout: 60_000 };
		const words = ['--conditions=hyper-wasm-source', '--import', 'tsx', `examples/${example}`, ...args];
		execFile(process.execPath, words, options, (error, stdout, stderr) => {
			resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
		});
	});
}

describe('examples', () => {
	for (const example of examples) {
		test(`${example} exits with 0 and prints something`, async () => {
			const { status, stdout, stderr } = await run(example);
			assert.equal(stderr, '');
			assert.equal(status, 0);
			assert.notEqual(stdout, '');
		});
	}

	test('the demo reports every step of its tour', async () => {
		const { status, stdout, stderr } = await run('demo.ts');
		assert.deepEqual([status, stderr], [0, '']);
		const parts = [
			/^Connection +protocol h2 by ALPN/m,
			/^GET \/ +HTTP\/2 200\n +content-type: text\/plain/m,
			/^200 GETs +in .* on one connection, up to [1-9]\d* at once$/m,
			/^POST \/echo +16,777,216 bytes .*, unchanged$/m,
			/^Trailers .*\n +x-length: 15\n +x-bytes: 15$/m,
			/^Abort .* the server received RST_STREAM CANCEL$/m,
			/^Frames out .* 205 HEADERS, .* 1 RST_STREAM,/m,
			/^Frames in .* 206 HEADERS,/m,
			/^Done /m,
		];
		for (const part of parts) assert.match(stdout, part);
	});

	test('the demo sends a GET to a given address', async (t) => {
		const server = await startServer('node-http2');
		t.after(() => server.stop());
		const folder = mkdtempSync(join(tmpdir(), 'hyper-demo-'));
		t.after(() => rmSync(folder, { recursive: true }));
		const ca = join(folder, 'ca.pem');
		writeFileSync(ca, server.certificates.ca);
		const address = `https://localhost:${server.tls.port}/64k`;
		const { status, stdout, stderr } = await run('demo.ts', [address], { NODE_EXTRA_CA_CERTS: ca });
		assert.deepEqual([status, stderr], [0, '']);
		assert.match(stdout, /^GET \/64k +HTTP\/2 200\n +content-length: 65536\n[\s\S]*^Body +65,536 bytes$/m);
	});

	test('the demo exits with 1 and prints the reason on failure', async () => {
		const port = await freePort();
		const refused = await run('demo.ts', [`https://localhost:${port}/`]);
		assert.equal(refused.status, 1);
		assert.match(refused.stderr, /^demo: Cannot connect to localhost:\d+: connection refused \([\d.:, ]+\)\n$/);
		const wrong = await run('demo.ts', ['nonsense']);
		assert.deepEqual([wrong.status, wrong.stderr], [1, 'demo: nonsense is not an https:// URL\n']);
	});
});
