// Apache asks for a client certificate per path by a TLS renegotiation, which HTTP/2 forbids (RFC 9113 §9.2.1), so it answers
// such a request on HTTP/2 with HTTP_1_1_REQUIRED.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { startConfigured } from '../support/configured.ts';
import { apacheBase } from '../support/servers/apache.ts';

const { ca, clientCert: cert, clientKey: key } = await testCertificates();
const MODULES = ['ssl', 'http2', 'authz_core', 'mpm_event'];

/** `/open` needs no certificate, `/secret` does. */
async function startApache(t: TestContext): Promise<{ ports: Record<'tls', number> } | null> {
	return startConfigured(t, 'apache2', ['tls'], ({ folder, ports, write, ...files }) => {
		const root = join(folder, 'root');
		mkdirSync(root);
		for (const name of ['open', 'secret']) writeFileSync(join(root, name), name);
		const configuration = write(
			'apache.conf',
			`
${apacheBase(folder, MODULES, 'error')}
Listen 127.0.0.1:${ports.tls}
Protocols h2 http/1.1
DocumentRoot ${root}
SSLEngine on
SSLProtocol TLSv1.2
SSLCertificateFile ${files.cert}
SSLCertificateKeyFile ${files.key}
SSLCACertificateFile ${files.ca}
<Directory ${root}>
	Require all granted
</Directory>
<Location /secret>
	SSLVerifyClient require
</Location>
`,
		);
		return ['-X', '-f', configuration];
	});
}

test('a path of Apache that needs a client certificate is requested in HTTP/1.1', async (t) => {
	const apache = await startApache(t);
	if (apache === null) return;
	const origin = `https://localhost:${apache.ports.tls}`;
	await using conn = new HTTPConnection(origin, { tls: { ca, cert, key } });
	const found: string[] = [];
	for (const path of ['/open', '/secret', '/open']) {
		const response = await conn.roundTrip('GET', path);
		found.push(`${response.version} ${response.status} ${await response.text()}`);
	}
	assert.deepEqual(found, ['HTTP/2 200 open', 'HTTP/1.1 200 secret', 'HTTP/1.1 200 open']);
	await using only = new HTTP20Connection(origin, { tls: { ca, cert, key } });
	await assert.rejects(only.roundTrip('GET', '/secret'), /HTTP_1_1_REQUIRED .* HTTPConnection/);
});
