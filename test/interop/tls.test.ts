// TLS with nginx, which reports what it has seen: client certificates, resumption, versions, CAs of the platform, key logs.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { generate } from 'selfsigned';
import { HTTP20Connection, type HTTP20ConnectionOptions, TLSError } from '../../src/index.ts';
import type { TLSOptions } from '../../src/runtime/transport.ts';
import { testCertificates } from '../support/certificates.ts';
import { runChild } from '../support/child.ts';
import { startConfigured } from '../support/configured.ts';
import { isRoot } from '../support/servers/recipe.ts';

const { ca, clientCert, clientKey, encryptedClientKey, otherCa } = await testCertificates();

/** Port `both` speaks TLS 1.2 and 1.3, the others one of them. The answer is `VERIFY SUBJECT RESUMED VERSION`. */
async function startNginx(t: TestContext): Promise<{ ports: Record<'both' | 'old' | 'new', number> } | null> {
	return startConfigured(t, 'nginx', ['both', 'old', 'new'], ({ folder, ports, write, ...files }) => {
		const server = (port: number, protocols: string): string => `
	server {
		listen 127.0.0.1:${port} ssl http2;
		ssl_protocols ${protocols};
		location / { return 200 "$ssl_client_verify [$ssl_client_s_dn] $ssl_session_reused $ssl_protocol"; }
	}`;
		const configuration = write(
			'nginx.conf',
			`
daemon off;
master_process off;
${isRoot ? 'user root;' : ''}
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path ${folder}/body;
	proxy_temp_path ${folder}/proxy;
	fastcgi_temp_path ${folder}/fastcgi;
	uwsgi_temp_path ${folder}/uwsgi;
	scgi_temp_path ${folder}/scgi;
	ssl_certificate ${files.cert};
	ssl_certificate_key ${files.key};
	ssl_client_certificate ${files.ca};
	ssl_verify_client optional;
	ssl_session_cache shared:sessions:1m;
	${server(ports.both, 'TLSv1.2 TLSv1.3')}
	${server(ports.old, 'TLSv1.2')}
	${server(ports.new, 'TLSv1.3')}
}
`,
		);
		return ['-p', folder, '-e', 'stderr', '-c', configuration];
	});
}

function connect(t: TestContext, port: number, tls: TLSOptions, options: HTTP20ConnectionOptions = {}) {
	const connection = new HTTP20Connection(`https://localhost:${port}`, { tls: { ca, ...tls }, ...options });
	t.after(() => connection.close());
	return connection;
}

async function seen(connection: HTTP20Connection): Promise<string> {
	return (await connection.roundTrip('GET', '/')).text();
}

test('a client certificate is sent, and a wrong passphrase for its key is a TLSError that says so', async (t) => {
	const nginx = await startNginx(t);
	if (nginx === null) return;
	for (const port of [nginx.ports.old, nginx.ports.new]) {
		for (const tls of [
			{ cert: clientCert, key: clientKey },
			{ cert: clientCert, key: encryptedClientKey, passphrase: 'open sesame' },
			{ cert: Buffer.from(clientCert), key: Buffer.from(clientKey) },
		]) {
			assert.match(await seen(connect(t, port, tls)), /^SUCCESS \[CN=hyper-wasm test client\]/);
		}
		assert.match(await seen(connect(t, port, {})), /^NONE \[\]/);
		const stranger = await testStranger();
		const response = await connect(t, port, stranger).roundTrip('GET', '/');
		assert.equal(response.status, 400);
		await response.close();
		const wrong = connect(t, port, { cert: clientCert, key: encryptedClientKey, passphrase: 'wrong' });
		await assert.rejects(wrong.connect(), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			return error.message.includes('`tls: { passphrase }` is wrong');
		});
	}
});

/** A self-signed certificate. */
async function testStranger(): Promise<TLSOptions> {
	const { cert, private: key } = await generate([{ name: 'commonName', value: 'stranger' }], { keyType: 'ec' });
	return { cert, key };
}

test('the same connection object resumes its TLS session when it reconnects', async (t) => {
	const nginx = await startNginx(t);
	if (nginx === null) return;
	for (const [port, version] of [
		[nginx.ports.old, 'TLSv1.2'],
		[nginx.ports.new, 'TLSv1.3'],
	] as const) {
		const connection = connect(t, port, {});
		const answers: string[] = [];
		for (let i = 0; i < 3; i++) {
			answers.push(await seen(connection));
			await connection.close();
		}
		assert.deepEqual(
			answers,
			['.', 'r', 'r'].map((reused) => `NONE [] ${reused} ${version}`),
		);
		assert.equal(await seen(connect(t, port, {})), `NONE [] . ${version}`);
	}
});

test('minVersion and maxVersion limit the version of TLS', async (t) => {
	const nginx = await startNginx(t);
	if (nginx === null) return;
	const { both, old } = nginx.ports;
	assert.match(await seen(connect(t, both, { minVersion: 'TLSv1.3' })), /TLSv1\.3$/);
	assert.match(await seen(connect(t, both, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })), /TLSv1\.2$/);
	await assert.rejects(connect(t, old, { minVersion: 'TLSv1.3' }).connect(), (error: TLSError) => {
		assert.ok(error instanceof TLSError);
		return error.message.endsWith('the peer supports no TLS version that we allow');
	});
});

test('a certificate is trusted by the CAs of the caller or of the platform, and only for the right name', async (t) => {
	const nginx = await startNginx(t);
	if (nginx === null) return;
	const { both } = nginx.ports;
	assert.match(await seen(connect(t, both, { ca: [otherCa, ca] })), /^NONE/);
	for (const tls of [{ ca: otherCa }, { ca: undefined }, { servername: 'other.test' }] as TLSOptions[]) {
		await assert.rejects(connect(t, both, tls).connect(), TLSError);
	}
	assert.match(await seen(connect(t, both, { ca: otherCa, rejectUnauthorized: false })), /^NONE/);

	const folder = mkdtempSync(join(tmpdir(), 'hyper-'));
	t.after(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, 'ca.pem'), ca);
	const { stdout, stderr } = await runChild(
		`
		const { HTTP20Connection } = await import(src + 'index.ts');
		for (const roots of ['all', 'default']) {
			const connection = new HTTP20Connection('https://localhost:${both}', { tls: { roots } });
			await connection.roundTrip('GET', '/').then(async (response) => console.log(await response.text()), (error) => console.log(error.code));
			await connection.close();
		}`,
		{ SSL_CERT_FILE: join(folder, 'ca.pem'), NODE_EXTRA_CA_CERTS: '' },
	);
	assert.equal(stdout, 'NONE [] . TLSv1.3\nHYPER_TLS\n', stderr);
});

test('the secrets of each connection are written to SSLKEYLOGFILE', async (t) => {
	const nginx = await startNginx(t);
	if (nginx === null) return;
	const folder = mkdtempSync(join(tmpdir(), 'hyper-'));
	t.after(() => rmSync(folder, { recursive: true }));
	const file = join(folder, 'keys.log');
	const before = process.env.SSLKEYLOGFILE;
	process.env.SSLKEYLOGFILE = file;
	try {
		await seen(connect(t, nginx.ports.old, {}));
		await seen(connect(t, nginx.ports.new, {}));
	} finally {
		if (before === undefined) delete process.env.SSLKEYLOGFILE;
		else process.env.SSLKEYLOGFILE = before;
	}
	const labels = readFileSync(file, 'utf8')
		.trimEnd()
		.split('\n')
		.map((line) => line.match(/^([A-Z_0-9]+) [0-9a-f]{64} [0-9a-f]+$/)?.[1] ?? `malformed: ${line}`);
	for (const label of ['CLIENT_RANDOM', 'CLIENT_TRAFFIC_SECRET_0', 'SERVER_TRAFFIC_SECRET_0', 'EXPORTER_SECRET']) {
		assert.ok(labels.includes(label), labels.join());
	}
	assert.ok(!labels.some((label) => label.startsWith('malformed')), labels.join());
});
