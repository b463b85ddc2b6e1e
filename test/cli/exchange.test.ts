// Redirects from server to server, and the options that connections are created with.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { parseArguments, type RequestCommand } from '../../src/cli/arguments.ts';
import { connectionOptions } from '../../src/cli/exchange.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';
import { runHyper } from './support.ts';

interface Seen {
	method: string;
	path: string;
	headers: IncomingHttpHeaders;
	body: string;
	/** How many connections the server had accepted by then. */
	connections: number;
}

/** `/to?status=302&location=...` redirects; every other path responds with the method and the path. */
function redirecting(seen: Seen[]): Http2Server {
	const server = createServer();
	let connections = 0;
	server.on('session', () => connections++);
	server.on('request', async (request, response) => {
		const body = Buffer.concat(await request.toArray()).toString();
		const { method, url: path, headers } = request;
		seen.push({ method, path, headers, body, connections });
		const query = new URL(path, 'http://x').searchParams;
		const location = query.get('location');
		if (location === null) return response.end(`${method} ${path} ${body}`);
		response.writeHead(Number(query.get('status') ?? 302), { location });
		response.end('elsewhere');
	});
	return server;
}

const seen: Seen[] = [];
const otherSeen: Seen[] = [];
const url = `http://127.0.0.1:${await listen(redirecting(seen))}`;
const other = `http://127.0.0.1:${await listen(redirecting(otherSeen))}`;

describe('exchange', { concurrency: false }, () => {
	function to(location: string, status = 302): string {
		return `/to?status=${status}&location=${encodeURIComponent(location)}`;
	}

	test('redirects are not followed without --follow', async () => {
		const { status, stdout } = await runHyper(['--h2', `${url}${to('/end')}`]);
		assert.deepEqual([status, stdout.toString()], [0, 'elsewhere']);
	});

	test('a chain of redirects within one origin uses one connection', async () => {
		seen.length = 0;
		const path = to(to(to('/end')));
		const { status, stdout, stderr } = await runHyper(['--h2', '-F', '--headers', `${url}${path}`]);
		assert.deepEqual([status, stdout.toString()], [0, 'GET /end ']);
		assert.deepEqual(stderr.match(/^HTTP\/2 \d+$/gm), ['HTTP/2 302', 'HTTP/2 302', 'HTTP/2 302', 'HTTP/2 200']);
		assert.equal(new Set(seen.map(({ connections }) => connections)).size, 1);
	});

	test('the body is sent again after 307 and dropped after 303', async () => {
		const again = await runHyper(['--h2', '-F', `${url}${to('/end', 307)}`, 'a=b']);
		assert.equal(again.stdout.toString(), 'POST /end {"a":"b"}');
		const without = await runHyper(['--h2', '-F', `${url}${to('/end', 303)}`, 'a=b']);
		assert.equal(without.stdout.toString(), 'GET /end ');
	});

	test('a redirect that would send standard input again is an error', async () => {
		const { status, stderr } = await runHyper(['--h2', '-F', `${url}${to('/end', 308)}`, '@-'], { stdin: 'x' });
		assert.equal(status, 1);
		assert.match(stderr, /^hyper: cannot follow the redirect to http:.*\/end: standard input cannot be sent again\n$/);
	});

	test('credentials are not sent to another origin', async () => {
		seen.length = otherSeen.length = 0;
		const fields = ['X-Key:k', 'Cookie:c=d', '-a', 'u:p'];
		await runHyper(['--h2', '-F', `${url}${to(`${other}${to(`${url}/end`)}`)}`, ...fields]);
		const shown = (list: Seen[]) =>
			list.map(({ headers }) => [headers['x-key'], headers.cookie, headers.authorization]);
		assert.deepEqual(shown(seen), [
			['k', 'c=d', 'Basic dTpw'],
			['k', undefined, undefined],
		]);
		assert.deepEqual(shown(otherSeen), [['k', undefined, undefined]]);
	});

	test('the client certificate is presented only to the origin that was typed', async (t) => {
		const folder = mkdtempSync(join(tmpdir(), 'hyper-certificate-'));
		t.after(() => rmSync(folder, { recursive: true }));
		const { ca, cert, key, clientCert, encryptedClientKey } = await testCertificates();
		const shown: string[] = [];
		const asking = (location: string | null) =>
			createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
				shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody');
				if (location === null) response.end();
				else response.writeHead(302, { location }).end();
			});
		const second = `https://localhost:${await listen(asking(null))}/`;
		const first = `https://localhost:${await listen(asking(second))}/`;
		const files = Object.entries({ ca, cert: clientCert, key: encryptedClientKey }).map(([name, text]) => {
			writeFileSync(join(folder, name), text);
			return join(folder, name);
		}) as [string, string, string];
		const options = ['--cacert', files[0], '--cert', files[1], '--key', files[2], '--pass', 'open sesame'];
		const { status, stderr } = await runHyper(['-F', ...options, first]);
		assert.deepEqual([status, stderr], [0, '']);
		assert.deepEqual(shown, ['hyper-wasm test client', 'nobody']);
		const wrong = await runHyper([...options.slice(0, -1), 'wrong', first]);
		assert.equal(wrong.status, 1);
		assert.match(wrong.stderr, /^hyper: .+\n$/);
	});

	test('a redirect loop ends with an error after 20 redirects', async () => {
		let requests = 0;
		const circle = createServer((_request, response) => {
			requests++;
			response.writeHead(302, { location: '/' }).end();
		});
		const { status, stderr } = await runHyper(['--h2', '-F', `http://127.0.0.1:${await listen(circle)}`]);
		assert.deepEqual([status, stderr, requests], [1, 'hyper: more than 20 redirects\n', 21]);
	});

	describe('options of connections', () => {
		const folder = mkdtempSync(join(tmpdir(), 'hyper-exchange-'));
		const certificate = '-----BEGIN CERTIFICATE-----\n';
		const key = '# A comment.\n-----BEGIN EC PRIVATE KEY-----\n';
		const [caFile, certFile, keyFile, bothFile, noFile] = [
			certificate,
			certificate,
			key,
			certificate + key,
			'text',
		].map((text, i) => {
			writeFileSync(join(folder, `${i}`), text);
			return join(folder, `${i}`);
		}) as [string, string, string, string, string];
		after(() => rmSync(folder, { recursive: true }));

		const silent = { logger: undefined, onFrame: undefined };

		function optionsOf(args: string[], trusted = true) {
			return connectionOptions(parseArguments([...args, 'a.example']) as RequestCommand, silent, trusted);
		}

		test('a connection has no options but the proxy of the environment by default', async () => {
			assert.deepEqual(await optionsOf([]), { tls: {}, proxy: 'env' });
		});

		test('arguments become options of the connection', async () => {
			const options = await optionsOf(['--h2', '--insecure', '--proxy', 'p.example', '--timeout', '1.5']);
			assert.deepEqual(options, {
				tls: { rejectUnauthorized: false },
				proxy: 'http://p.example/',
				forceProtocol: 'h2',
				timeout: { connect: 1500, headers: 1500, body: 1500 },
			});
			assert.equal((await optionsOf(['--http1.1'])).forceProtocol, 'http/1.1');
			assert.equal((await optionsOf(['--h2c=upgrade'])).h2c, 'upgrade');
		});

		test('the client certificate is left out of the options for an untrusted origin', async () => {
			const args = ['--cacert', caFile, '--cert', certFile, '--key', keyFile, '--pass', 'p'];
			assert.deepEqual((await optionsOf(args)).tls, { ca: certificate, cert: certificate, key, passphrase: 'p' });
			assert.deepEqual((await optionsOf(args, false)).tls, { ca: certificate });
			const { tls } = await optionsOf(['--cert', bothFile]);
			assert.deepEqual(tls, { cert: certificate + key, key: certificate + key });
		});

		test('logger and onFrame are passed to the connection', async () => {
			const listening = { logger: { info() {} }, onFrame() {} };
			const { logger, onFrame } = await connectionOptions(parseArguments(['a']) as RequestCommand, listening, true);
			assert.deepEqual([logger, onFrame], [listening.logger, listening.onFrame]);
		});

		test('an unreadable certificate file is a FileError', async () => {
			await assert.rejects(optionsOf(['--cert', join(folder, 'none')]), /^FileError: cannot read .*none: ENOENT/);
		});

		test('a file without the certificate or key it should have is a FileError', async () => {
			const NONE: [args: string[], message: RegExp][] = [
				[['--cacert', noFile], /^FileError: cannot read .*4: it has no certificate in PEM format$/],
				[['--cacert', keyFile], /: it has no certificate in PEM format/],
				[['--cert', noFile], /: it has no certificate in PEM format/],
				[['--cert', certFile], /: it has no private key in PEM format; use --key FILE to name another file$/],
				[['--cert', certFile, '--key', noFile], /4: it has no private key in PEM format$/],
			];
			for (const [args, message] of NONE) await assert.rejects(optionsOf(args), message);
		});
	});
});
