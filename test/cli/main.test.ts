// The program from its sources, run as a child process against a real server: bytes, streams and exit statuses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testCertificates } from '../support/certificates.ts';
import { freePort, listen } from '../support/loopback.ts';
import { documentBytes, type RunningServer, startServer } from '../support/servers.ts';
import { runHyper, startHyper } from './support.ts';

describe('hyper', { concurrency: false }, () => {
	let server: RunningServer;
	let folder: string;
	let secure: string;
	let clear: string;
	let caFile: string;

	before(async () => {
		server = await startServer('node-http2');
		folder = mkdtempSync(join(tmpdir(), 'hyper-cli-'));
		caFile = join(folder, 'ca.pem');
		writeFileSync(caFile, server.certificates.ca);
		secure = `https://localhost:${server.tls.port}`;
		clear = `http://127.0.0.1:${server.clear.port}`;
	});

	after(async () => {
		await server.stop();
		rmSync(folder, { recursive: true });
	});

	test('writes the body to standard output, octet for octet', async () => {
		const { status, stdout, stderr } = await runHyper(['--cacert', caFile, `${secure}/1m?a=b#c`]);
		assert.equal(stderr, '');
		assert.equal(status, 0);
		assert.ok(stdout.equals(documentBytes('1m')));
	});

	test('speaks HTTP/2 with prior knowledge in plaintext', async () => {
		const { status, stdout } = await runHyper(['--h2', 'GET', `${clear}/64k`]);
		assert.equal(status, 0);
		assert.ok(stdout.equals(documentBytes('64k')));
	});

	test('writes to a file with -o', async () => {
		const file = join(folder, 'out');
		const { status, stdout } = await runHyper(['--insecure', '-o', file, `${secure}/64k`]);
		assert.equal(status, 0);
		assert.equal(stdout.length, 0);
		assert.ok(readFileSync(file).equals(documentBytes('64k')));
	});

	test('ends with 0 after any response', async () => {
		const { status, stdout, stderr } = await runHyper(['--cacert', caFile, 'HEAD', `${secure}/nothing-there`]);
		assert.deepEqual([status, stdout.length, stderr], [0, 0, '']);
	});

	test('sends method and header fields, with its own name and what it accepts', async () => {
		const { createServer } = await import('node:http2');
		const seen: unknown[] = [];
		const recorder = createServer((request, response) => {
			const { ':method': method, ':path': path, accept, 'user-agent': agent, 'x-a': a } = request.headers;
			seen.push([method, path, accept, agent, a]);
			response.end();
		});
		const port = await listen(recorder);
		const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
		await runHyper(['--h2', 'delete', `http://127.0.0.1:${port}/x?y`, 'X-A:1']);
		await runHyper(['--h2', `http://127.0.0.1:${port}`, 'user-agent:me', 'Accept:text/plain']);
		assert.deepEqual(seen, [
			['DELETE', '/x?y', '*/*', `hyper/${version}`, '1'],
			['GET', '/', 'text/plain', 'me', undefined],
		]);
	});

	test('says nothing when the reader leaves early', async () => {
		const child = startHyper(['--cacert', caFile, `${secure}/1m`]);
		const [first] = (await once(child.stdout, 'data')) as [Buffer];
		child.stdout.destroy();
		const stderr = await child.stderr.toArray();
		const [status] = await child.exit;
		assert.ok(first.equals(documentBytes('1m').subarray(0, first.length)));
		assert.deepEqual([status, Buffer.concat(stderr).toString()], [0, '']);
	});

	test('--version and --help go to standard output', async () => {
		const version = await runHyper(['--version']);
		assert.match(version.stdout.toString(), /^hyper \d+\.\d+\.\d+\n$/);
		const help = await runHyper(['--help']);
		assert.match(help.stdout.toString(), /^Usage: hyper /);
		assert.deepEqual([version.status, help.status, version.stderr, help.stderr], [0, 0, '', '']);
	});

	test('bad arguments: one line, exit status 2', async () => {
		await assertFails(
			['http://localhost/'],
			2,
			/^hyper: http:\/\/localhost\/ needs --h2.*\(hyper --help tells more\)\n$/,
		);
		await assertFails([], 2, /^hyper: there is no URL.*\n$/);
	});

	test('a failure: one line, exit status 1', async () => {
		const port = await freePort();
		await assertFails([`localhost:${port}`], 1, /^hyper: Cannot connect to localhost:\d+: connection refused\n$/);
		await assertFails([`${secure}/128`], 1, /^hyper: Cannot verify the certificate of .*--cacert FILE.*\n$/);
		await assertFails(['--cacert', join(folder, 'none'), secure], 1, /^hyper: ENOENT: .*none'\n$/);
		await assertFails(['-o', join(folder, 'none', 'x'), '--insecure', `${secure}/128`], 1, /^hyper: cannot write to /);
		assert.equal(existsSync(join(folder, 'none')), false);
	});

	test('a server without HTTP/2: one line that says so, exit status 1', async () => {
		const { cert, key } = await testCertificates();
		const secured = await listen(https.createServer({ cert, key }));
		const plain = await listen(http.createServer((_request, response) => response.end()));
		await assertFails(['--insecure', `localhost:${secured}`], 1, /^hyper: https:\/\/localhost:\d+ .*ALPN.*--h2.*\n$/);
		await assertFails(
			['--h2', `http://127.0.0.1:${plain}`],
			1,
			/^hyper: http:\/\/127\.0\.0\.1:\d+ answers in HTTP\/1\.1.*\n$/,
		);
		await assertFails([`localhost:${plain}`], 1, /^hyper: Cannot start TLS with .*http:\/\/ with --h2.*\n$/);
	});

	test('a body that breaks off: what came, one line, exit status 1', async () => {
		const { createServer } = await import('node:http2');
		const breaking = createServer();
		breaking.on('stream', (stream) => {
			stream.on('error', () => {});
			stream.respond({ 'content-length': 10 });
			stream.write('part', () => setTimeout(() => stream.session?.destroy(), 50));
		});
		const port = await listen(breaking);
		const { status, stdout, stderr } = await runHyper(['--h2', `http://127.0.0.1:${port}`]);
		assert.deepEqual([status, stdout.toString()], [1, 'part']);
		assert.match(stderr, /^hyper: .* before the response was complete.*\n$/);
	});
});

async function assertFails(args: string[], status: number, line: RegExp): Promise<void> {
	const result = await runHyper(args);
	assert.match(result.stderr, line);
	assert.equal(result.stderr.split('\n').length, 2, result.stderr);
	assert.deepEqual([result.status, result.stdout.length], [status, 0]);
}
