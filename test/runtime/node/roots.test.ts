// Which CAs `roots: 'all'` trusts. Each case runs in a process of its own, because the environment is read only once.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import tls from 'node:tls';
import { contextWithAllRoots } from '../../../src/runtime/node/roots.ts';
import { testCertificates } from '../../support/certificates.ts';
import { runChild } from '../../support/child.ts';
import { listen } from '../../support/loopback.ts';

const { ca, cert, key, otherCa } = await testCertificates();
const port = await listen(tls.createServer({ cert, key }));
const folder = mkdtempSync(join(tmpdir(), 'hyper-roots-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'ca.pem');
const otherFile = join(folder, 'other.pem');
writeFileSync(file, ca);
writeFileSync(otherFile, otherCa);

/** `trusted`, or the message of the error. */
async function dialWith(options: object, environment: Record<string, string>): Promise<string> {
	const { stdout, stderr } = await runChild(
		`
		const { runtime } = await import(src + 'runtime/node/node.ts');
		const options = { host: 'localhost', port: ${port}, tls: ${JSON.stringify(options)}, alpnProtocols: [] };
		const outcome = await runtime.dial(options).then((transport) => (transport.destroy(), 'trusted'), (error) => error.message);
		console.log(outcome);`,
		environment,
	);
	assert.notEqual(stdout, '', stderr);
	return stdout.trimEnd();
}

const UNTRUSTED = /^Cannot verify the certificate of localhost/;
const none = { SSL_CERT_FILE: '', NODE_EXTRA_CA_CERTS: '' };

describe('roots', () => {
	test('the CAs of the system are trusted with roots `all`, and not without', async () => {
		const environment = { ...none, SSL_CERT_FILE: file };
		assert.equal(await dialWith({ roots: 'all' }, environment), 'trusted');
		assert.match(await dialWith({}, environment), UNTRUSTED);
		assert.match(await dialWith({ roots: 'default' }, environment), UNTRUSTED);
	});

	test('the CAs of NODE_EXTRA_CA_CERTS are trusted with roots `all` and without', async () => {
		const environment = { ...none, NODE_EXTRA_CA_CERTS: file };
		assert.equal(await dialWith({ roots: 'all' }, environment), 'trusted');
		assert.equal(await dialWith({}, environment), 'trusted');
	});

	test('the CAs of tls.setDefaultCACertificates are trusted with roots `all`, even if they are set later', async () => {
		const { stdout, stderr } = await runChild(
			`
			const { runtime } = await import(src + 'runtime/node/node.ts');
			const tls = process.getBuiltinModule('node:tls');
			const options = { host: 'localhost', port: ${port}, tls: { roots: 'all' }, alpnProtocols: [] };
			const dial = () => runtime.dial(options).then((transport) => (transport.destroy(), 'trusted'), () => 'refused');
			console.log(await dial());
			const authorities = [${JSON.stringify(ca)}];
			// Node 20 has neither function.
			if (tls.setDefaultCACertificates === undefined) tls.getCACertificates = () => authorities;
			else tls.setDefaultCACertificates(authorities);
			console.log(await dial());`,
			none,
		);
		assert.equal(stdout, 'refused\ntrusted\n', stderr);
	});

	test('`ca` adds CAs to those of roots `all`', async () => {
		assert.equal(await dialWith({ roots: 'all', ca }, none), 'trusted');
		assert.equal(await dialWith({ roots: 'all', ca: [otherCa] }, { ...none, SSL_CERT_FILE: file }), 'trusted');
		assert.match(await dialWith({ roots: 'all', ca: otherCa }, none), UNTRUSTED);
	});

	test('SSL_CERT_FILE replaces the file of the system', async () => {
		assert.match(await dialWith({ roots: 'all' }, { ...none, SSL_CERT_FILE: otherFile }), UNTRUSTED);
	});

	test('CAs that may not be read are left out of roots `all`, as in Deno without permissions', async () => {
		const { stdout, stderr } = await runChild(
			`
			const { runtime } = await import(src + 'runtime/node/node.ts');
			const refuse = () => { throw Object.assign(new Error('no permission'), { name: 'NotCapable' }); };
			const tls = process.getBuiltinModule('node:tls');
			tls.getCACertificates = refuse;
			process.getBuiltinModule('node:fs').existsSync = refuse;
			const options = { host: 'localhost', port: ${port}, tls: { roots: 'all', ca: ${JSON.stringify(ca)} }, alpnProtocols: [] };
			const transport = await runtime.dial(options);
			transport.destroy();
			console.log('trusted');`,
			none,
		);
		assert.equal(stdout, 'trusted\n', stderr);
	});

	test('an unreadable SSL_CERT_FILE is a clear error', async () => {
		const missing = join(folder, 'missing.pem');
		const message = await dialWith({ roots: 'all' }, { ...none, SSL_CERT_FILE: missing });
		assert.match(message, /^Cannot use the TLS options for localhost:\d+: ENOENT.*missing\.pem/);
	});
});

test('dials with the same options share a context, others do not', () => {
	const first = contextWithAllRoots({ minVersion: 'TLSv1.2', servername: 'a' });
	assert.equal(contextWithAllRoots({ minVersion: 'TLSv1.2', servername: 'b' }), first);
	const authorities = [ca];
	const second = contextWithAllRoots({ minVersion: 'TLSv1.2', ca: authorities });
	assert.notEqual(second, first);
	assert.equal(contextWithAllRoots({ ca: authorities, minVersion: 'TLSv1.2' }), second);
	assert.equal(contextWithAllRoots({ minVersion: 'TLSv1.2' }), first);
	assert.notEqual(contextWithAllRoots({ minVersion: 'TLSv1.2', ca: [otherCa] }), second);
});

test('only a few contexts are cached', () => {
	const authorities = [ca, otherCa, ca];
	const kept = contextWithAllRoots({ ca: authorities });
	for (let i = 0; i < 8; i++) contextWithAllRoots({ ca: [ca] });
	assert.notEqual(contextWithAllRoots({ ca: authorities }), kept);
});
