// Settings of the platform that concern security: what is stricter than our defaults applies to both versions, directly and
// through a tunnel, and to the command line.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { runHyper } from '../cli/support.ts';
import { testCertificates } from '../support/certificates.ts';
import { runChild } from '../support/child.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { listen } from '../support/loopback.ts';

const { ca, cert, key } = await testCertificates();
const folder = mkdtempSync(join(tmpdir(), 'hyper-settings-'));
after(() => rmSync(folder, { recursive: true }));
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, ca);

interface Target {
	origin: string;
	proxy: string;
}

/** An origin of both versions, and a proxy that uses TLS. */
async function target(originVersion?: SecureVersion, proxyVersion?: SecureVersion): Promise<Target> {
	const server = createSecureServer(
		{ allowHTTP1: true, cert, key, maxVersion: originVersion },
		(_request, response) => {
			response.end('answer');
		},
	);
	const proxy = await forwardProxy({ secure: true, maxVersion: proxyVersion });
	return { origin: `https://localhost:${await listen(server)}`, proxy: `https://localhost:${proxy.port}` };
}

/** An origin that answers every request of HTTP/1.1 with these bytes. */
async function rawTarget(response: string): Promise<Target & { connections: TLSSocket[] }> {
	const connections: TLSSocket[] = [];
	const server = createServer({ cert, key }, (socket) => {
		connections.push(socket);
		socket.on('data', () => socket.write(response));
	});
	const proxy = await forwardProxy({ secure: true });
	const origin = `https://localhost:${await listen(server)}`;
	return { origin, proxy: `https://localhost:${proxy.port}`, connections };
}

interface Setting {
	environment?: Record<string, string>;
	/** Statements that run before the first request. */
	before?: string;
	/** The option `tls` of origin and proxy. Default: the test's CA. */
	tls?: object;
	versions?: readonly string[];
	/** More options of the connection. */
	options?: object;
	requests?: number;
}

const BOTH = ['HTTP11Connection', 'HTTP20Connection'];

/** For each version, the outcomes of a request that goes directly, and of one that goes through the proxy. */
async function outcomes({ origin, proxy }: Target, setting: Setting): Promise<string[]> {
	const { environment = {}, before = '', tls = { ca }, versions = BOTH, options = {}, requests = 1 } = setting;
	const { status, stdout, stderr } = await runChild(
		`
		const hyper = await import(src + 'index.ts');
		${before}
		const tls = ${JSON.stringify(tls)};
		const outcomes = [];
		for (const version of ${JSON.stringify(versions)}) {
			for (const route of [{}, { proxy: { url: ${JSON.stringify(proxy)}, tls } }]) {
				const conn = new hyper[version](${JSON.stringify(origin)}, { tls, ...route, ...${JSON.stringify(options)} });
				for (let i = 0; i < ${requests}; i++) {
					outcomes.push(await conn.roundTrip('GET', '/').then((response) => response.text(), (error) => error.name));
				}
				await conn.close();
			}
		}
		console.log(JSON.stringify(outcomes));`,
		{ NODE_EXTRA_CA_CERTS: '', ...environment },
	);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout) as string[];
}

/** What the command line writes, directly and through the proxy. */
async function written(
	{ origin, proxy }: Target,
	env: Record<string, string>,
	trust: readonly string[] = ['--cacert', caFile],
): Promise<string[]> {
	const texts = [];
	for (const args of [[], ['--proxy', proxy]]) {
		const { status, stdout, stderr } = await runHyper([...args, ...trust, origin], {
			env: { NODE_EXTRA_CA_CERTS: caFile, NO_PROXY: '', no_proxy: '', ...env },
		});
		texts.push(status === 0 ? String(stdout) : stderr);
	}
	return texts;
}

const OLD = ['TLSError', 'TLSError', 'TLSError', 'TLSError'];
const FINE = ['answer', 'answer', 'answer', 'answer'];

describe('settings of the platform', () => {
	for (const [name, setting] of Object.entries({
		'--tls-min-v1.3': { environment: { NODE_OPTIONS: '--tls-min-v1.3' } },
		'tls.DEFAULT_MIN_VERSION': { before: "process.getBuiltinModule('node:tls').DEFAULT_MIN_VERSION = 'TLSv1.3';" },
	})) {
		test(`${name} refuses an origin that speaks TLS 1.2, directly and in a tunnel`, async () => {
			const old = await target('TLSv1.2');
			assert.deepEqual(await outcomes(old, setting), OLD);
			assert.deepEqual(await outcomes(old, {}), FINE);
			assert.deepEqual(await outcomes(old, { ...setting, tls: { ca, minVersion: 'TLSv1.2' } }), FINE);
		});

		test(`${name} refuses a proxy that speaks TLS 1.2`, async () => {
			const old = await target('TLSv1.3', 'TLSv1.2');
			const [direct, refused] = ['answer', 'ProxyError'];
			assert.deepEqual(await outcomes(old, setting), [direct, refused, direct, refused]);
			assert.deepEqual(await outcomes(old, {}), FINE);
		});
	}

	test('--tls-min-v1.3 applies to the command line, for the origin and for the proxy', async () => {
		const environment = { NODE_OPTIONS: '--tls-min-v1.3' };
		for (const text of await written(await target('TLSv1.2'), environment)) assert.match(text, /^hyper: .*TLS/);
		const [direct, proxied = ''] = await written(await target('TLSv1.3', 'TLSv1.2'), environment);
		assert.equal(direct, 'answer');
		assert.match(proxied, /^hyper: Cannot open a tunnel .*TLS/);
		assert.deepEqual(await written(await target('TLSv1.2', 'TLSv1.2'), {}), ['answer', 'answer']);
	});

	test('--tls-min-v1.0 and tls.DEFAULT_MIN_VERSION do not lower our minimum of TLS 1.2', async () => {
		const old = await target('TLSv1.1');
		const tls = { ca, ciphers: 'DEFAULT@SECLEVEL=0' };
		const before = "process.getBuiltinModule('node:tls').DEFAULT_MIN_VERSION = 'TLSv1';";
		assert.deepEqual(await outcomes(old, { tls, before }), OLD);
		assert.deepEqual(await outcomes(old, { tls, environment: { NODE_OPTIONS: '--tls-min-v1.0' } }), OLD);
	});

	test('NODE_EXTRA_CA_CERTS is trusted for origins and proxies, also with roots `all`, and not where `ca` is given', async () => {
		const signed = await target();
		const environment = { NODE_EXTRA_CA_CERTS: caFile };
		assert.deepEqual(await outcomes(signed, { environment, tls: {} }), FINE);
		assert.deepEqual(await outcomes(signed, { environment, tls: { roots: 'all' } }), FINE);
		const untrusted = ['TLSError', 'ProxyError', 'TLSError', 'ProxyError'];
		assert.deepEqual(await outcomes(signed, { tls: {} }), untrusted);
		const { otherCa } = await testCertificates();
		assert.deepEqual(await outcomes(signed, { environment, tls: { ca: otherCa } }), untrusted);
	});

	test('NODE_TLS_REJECT_UNAUTHORIZED=0 accepts any certificate, unless rejectUnauthorized is true', async () => {
		const signed = await target();
		const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
		for (const tls of [{}, { roots: 'all' }]) assert.deepEqual(await outcomes(signed, { environment, tls }), FINE);
		const tls = { rejectUnauthorized: true };
		assert.deepEqual(await outcomes(signed, { environment, tls }), [
			'TLSError',
			'ProxyError',
			'TLSError',
			'ProxyError',
		]);
		assert.deepEqual(await written(signed, { ...environment, NODE_EXTRA_CA_CERTS: '' }, []), ['answer', 'answer']);
		for (const text of await written(signed, { NODE_EXTRA_CA_CERTS: '' }, []))
			assert.match(text, /^hyper: .*certificate/);
	});

	test('--max-http-header-size below its default limits HTTP/1.1, unless limits.headerListSize is set', async () => {
		const large = await rawTarget(
			`HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Name: ${'a'.repeat(10_000)}\r\n\r\nanswer`,
		);
		const environment = { NODE_OPTIONS: '--max-http-header-size=8192' };
		const versions = ['HTTP11Connection'];
		const refused = ['InvalidResponseError', 'InvalidResponseError'];
		assert.deepEqual(await outcomes(large, { environment, versions }), refused);
		assert.deepEqual(await outcomes(large, { versions }), ['answer', 'answer']);
		const options = { limits: { headerListSize: 60_000 } };
		assert.deepEqual(await outcomes(large, { environment, versions, options }), ['answer', 'answer']);
		for (const text of await written(large, environment)) assert.match(text, /limits\.headerListSize, 8192 bytes/);
	});

	test('--max-http-header-size above its default does not raise our limit', async () => {
		const large = await rawTarget(
			`HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Name: ${'a'.repeat(70_000)}\r\n\r\nanswer`,
		);
		const environment = { NODE_OPTIONS: '--max-http-header-size=200000' };
		const refused = ['InvalidResponseError', 'InvalidResponseError'];
		assert.deepEqual(await outcomes(large, { environment, versions: ['HTTP11Connection'] }), refused);
	});

	test('--insecure-http-parser accepts what it says on HTTP/1.1, and nothing does without it', async () => {
		const odd = await rawTarget('HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Name: a\x01b\r\n\r\nanswer');
		const versions = ['HTTP11Connection'];
		const environment = { NODE_OPTIONS: '--insecure-http-parser' };
		assert.deepEqual(await outcomes(odd, { environment, versions }), ['answer', 'answer']);
		assert.deepEqual(await outcomes(odd, { versions }), ['InvalidResponseError', 'InvalidResponseError']);
		assert.deepEqual(await written(odd, environment), ['answer', 'answer']);
		for (const text of await written(odd, {})) assert.match(text, /^hyper: .*invalid HTTP\/1\.1 response/);
	});

	test('a connection on which --insecure-http-parser accepted a length beside chunks is not used again', async () => {
		const response =
			'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nanswer\r\n0\r\n\r\n';
		const doubtful = await rawTarget(response);
		const environment = { NODE_OPTIONS: '--insecure-http-parser' };
		assert.deepEqual(await outcomes(doubtful, { environment, versions: ['HTTP11Connection'], requests: 3 }), [
			...['answer', 'answer', 'answer'],
			...['answer', 'answer', 'answer'],
		]);
		assert.equal(doubtful.connections.length, 6);
	});
});
