// The program, run from its sources as a child process against real servers: streams and exit statuses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testCertificates } from '../support/certificates.ts';
import { freePort, listen } from '../support/loopback.ts';
import { documentBytes, type RunningServer, startServer } from '../support/servers.ts';
import { runHyper, startHyper } from './support.ts';

describe('hyper', { concurrency: false, timeout: 180_000 }, () => {
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

	test('the body is written to standard output unchanged', async () => {
		const { status, stdout, stderr } = await runHyper(['--cacert', caFile, `${secure}/1m?a=b#c`]);
		assert.equal(stderr, '');
		assert.equal(status, 0);
		assert.ok(stdout.equals(documentBytes('1m')));
	});

	test('--h2 uses prior knowledge over http://', async () => {
		const { status, stdout } = await runHyper(['--h2', 'GET', `${clear}/64k`]);
		assert.equal(status, 0);
		assert.ok(stdout.equals(documentBytes('64k')));
	});

	test('--h2c uses HTTP/2 over http:// as it says, and HTTP/1.1 is used without it', async () => {
		const known = await runHyper(['--h2c=prior-knowledge', '--headers', `${clear}/64k`]);
		assert.match(known.stderr, /^HTTP\/2 200/);
		assert.ok(known.stdout.equals(documentBytes('64k')));
		const http1 = http.createServer((request, response) => response.end(`${request.headers.upgrade}`));
		const url = `http://127.0.0.1:${await listen(http1)}`;
		assert.equal(String((await runHyper([url])).stdout), 'undefined');
		assert.equal(String((await runHyper(['--h2c=upgrade', url])).stdout), 'h2c');
	});

	test('-o writes the body to a file', async () => {
		const file = join(folder, 'out');
		const { status, stdout } = await runHyper(['--insecure', '-o', file, `${secure}/64k`]);
		assert.equal(status, 0);
		assert.equal(stdout.length, 0);
		assert.ok(readFileSync(file).equals(documentBytes('64k')));
	});

	test('the exit status is 0 after a response with any status', async () => {
		const { status, stdout, stderr } = await runHyper(['--cacert', caFile, 'HEAD', `${secure}/nothing-there`]);
		assert.deepEqual([status, stdout.length, stderr], [0, 0, '']);
	});

	test('a reader that closes standard output early causes no message and exit status 0', async () => {
		for (const options of [[], ['--headers']]) {
			const child = startHyper(['--cacert', caFile, ...options, `${secure}/1m`]);
			const [first] = (await once(child.stdout, 'data')) as [Buffer];
			child.stdout.destroy();
			const stderr = Buffer.concat(await child.stderr.toArray()).toString();
			const [status] = await child.exit;
			assert.ok(first.equals(documentBytes('1m').subarray(0, first.length)));
			assert.equal(status, 0);
			assert.match(stderr, options.length === 0 ? /^$/ : /^HTTP\/2 200\n[^\n]+(\n[^\n]+)*\n\n$/);
		}
	});

	test('--version and --help are written to standard output', async () => {
		const version = await runHyper(['--version']);
		assert.match(version.stdout.toString(), /^hyper \d+\.\d+\.\d+\n$/);
		const help = await runHyper(['--help']);
		assert.match(help.stdout.toString(), /^Usage: hyper /);
		assert.deepEqual([version.status, help.status, version.stderr, help.stderr], [0, 0, '', '']);
	});

	test('invalid arguments cause one line and exit status 2', async () => {
		await assertFails([], 2, /^hyper: no URL given \(see hyper --help\)\n$/);
		await assertFails(['ftp://localhost/'], 2, /^hyper: ftp:.* is not an http or https URL.*\n$/);
		await assertFails(['localhost', 'what'], 2, /^hyper: "what" is not a request item.*\n$/);
	});

	test('a failure causes one line and exit status 1', async () => {
		const port = await freePort();
		await assertFails(
			[`localhost:${port}`],
			1,
			/^hyper: Cannot connect to localhost:\d+: connection refused \([\d.:, ]+\)\n$/,
		);
		await assertFails([`${secure}/128`], 1, /^hyper: Cannot verify the certificate of .*--cacert FILE.*\n$/);
		await assertFails(['--cacert', join(folder, 'none'), secure], 1, /^hyper: cannot read .*none: ENOENT: .*\n$/);
		await assertFails(['-o', join(folder, 'none', 'x'), '--insecure', `${secure}/128`], 1, /^hyper: cannot write to /);
		assert.equal(existsSync(join(folder, 'none')), false);
	});

	test('a server with another protocol causes one line with advice and exit status 1', async () => {
		const { cert, key } = await testCertificates();
		const secured = await listen(https.createServer({ cert, key }));
		const plain = await listen(http.createServer((_request, response) => response.end()));
		await assertFails(
			['--h2', '--insecure', `localhost:${secured}`],
			1,
			/^hyper: .*; omit --h2 to negotiate the version\n$/,
		);
		await assertFails(['--h2', `http://127.0.0.1:${plain}`], 1, /^hyper: .*; omit --h2 to negotiate the version\n$/);
		await assertFails(
			[`localhost:${plain}`],
			1,
			/^hyper: Cannot start TLS with .*; use http:\/\/ to connect without TLS\n$/,
		);
	});

	test('an HTTP/1.1 server is used over TLS and in plaintext', async () => {
		const { cert, key } = await testCertificates();
		const listener: http.RequestListener = (request, response) => response.end(`${request.method} ${request.url}`);
		const secured = await listen(https.createServer({ cert, key }, listener));
		const plain = await listen(http.createServer(listener));
		const overTLS = await runHyper(['--cacert', caFile, '-v', `localhost:${secured}/a?b`]);
		assert.deepEqual([overTLS.status, overTLS.stdout.toString()], [0, 'GET /a?b']);
		assert.match(overTLS.stderr, /^GET \/a\?b HTTP\/1\.1\nhost: localhost:\d+\n[\s\S]*\n\nHTTP\/1\.1 200 OK\n/);
		for (const options of [[], ['--http1.1']]) {
			const { status, stdout, stderr } = await runHyper([...options, 'PUT', `http://127.0.0.1:${plain}/x`, 'a=b']);
			assert.deepEqual([status, stdout.toString(), stderr], [0, 'PUT /x', '']);
		}
	});

	test('--check-status exits with 4 or 5, after the body and one line', async () => {
		const { createServer } = await import('node:http2');
		const answering = createServer((request, response) => {
			response.statusCode = Number(request.url.slice(1));
			response.end('body');
		});
		const port = await listen(answering);
		for (const [status, exit] of [
			[200, 0],
			[304, 0],
			[404, 4],
			[500, 5],
		] as const) {
			const url = `http://127.0.0.1:${port}/${status}`;
			const checked = await runHyper(['--h2', '--check-status', url]);
			const line = exit === 0 ? '' : `hyper: the server responded with status ${status}\n`;
			assert.deepEqual([checked.status, checked.stderr], [exit, line]);
			assert.equal(checked.stdout.toString(), status === 304 ? '' : 'body');
			assert.equal((await runHyper(['--h2', url])).status, 0);
		}
	});

	test('Ctrl-C exits with 130 at once and keeps the partial file', async () => {
		const { createServer } = await import('node:http2');
		const stalling = createServer();
		stalling.on('stream', (stream) => {
			stream.on('error', () => {});
			stream.respond({ 'content-length': 10 });
			stream.write('part');
		});
		const file = join(folder, 'interrupted');
		const child = startHyper(['--h2', '-o', file, `http://127.0.0.1:${await listen(stalling)}`]);
		while (!existsSync(file) || readFileSync(file, 'utf8') !== 'part') await sleep(20);
		child.kill('SIGINT');
		const stderr = await child.stderr.toArray();
		assert.deepEqual([await child.exit, Buffer.concat(stderr).toString()], [[130, null], '']);
		assert.equal(readFileSync(file, 'utf8'), 'part');
	});

	test('a silent server causes one line with advice on --timeout and exit status 1', async () => {
		const silent = await listen(net.createServer(() => {}));
		await assertFails(
			['--timeout', '0.2', `localhost:${silent}`],
			1,
			/^hyper: .*; use --timeout SECONDS to wait longer\n$/,
		);
		const unanswering = await listen((await import('node:http2')).createServer(() => {}));
		const url = `http://127.0.0.1:${unanswering}`;
		await assertFails(['--h2', '--timeout', '0.2', url], 1, /^hyper: .*; use --timeout SECONDS to wait longer\n$/);
	});

	test('Ctrl-C exits while connecting and while waiting for standard input', async () => {
		const silent = net.createServer(() => {});
		const port = await listen(silent);
		for (const args of [[`https://127.0.0.1:${port}`], ['--h2', `http://127.0.0.1:${port}`, '@-']]) {
			const connected = once(silent, 'connection');
			const child = startHyper(args);
			await connected;
			child.kill('SIGINT');
			assert.deepEqual(await child.exit, [130, null], args.join(' '));
		}
	});

	test('an incomplete body is written as far as received, with one line and exit status 1', async () => {
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
