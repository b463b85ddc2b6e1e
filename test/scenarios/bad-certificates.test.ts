// CVE-2025-47279 of undici: a server with a bad certificate, to which a client connects again and again, fills its memory.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { testCertificates } from '../support/certificates.ts';
import { runChild } from '../support/child.ts';
import { listen } from '../support/loopback.ts';

const HANDSHAKES = 100;
/** A socket with its TLS context takes some 50 KiB. */
const MOST_BYTES = 512 * 1024;

const { selfSigned } = await testCertificates();
const server = tls.createServer({ ...selfSigned, ALPNProtocols: ['h2', 'http/1.1'] });
server.on('tlsClientError', () => undefined);
const port = await listen(server);
after(() => server.close());

for (const [what, open] of [
	['one connection', '() => shared'],
	['a new connection each', 'connect'],
] as const) {
	test(`${HANDSHAKES} handshakes with a bad certificate, made by ${what}, leave no memory and no socket`, async () => {
		const { stdout, stderr } = await runChild(`
			const { setFlagsFromString } = await import('node:v8');
			const { runInNewContext } = await import('node:vm');
			const { setTimeout: sleep } = await import('node:timers/promises');
			const { HTTPConnection } = await import(src + 'index.ts');
			setFlagsFromString('--expose-gc');
			const collect = runInNewContext('gc');
			const connect = () => new HTTPConnection('https://localhost:${port}');
			const shared = connect();
			const open = ${open};
			const failures = new Set();
			async function handshakes(count) {
				for (; count > 0; count--) await open().roundTrip('GET', '/').catch(({ name }) => failures.add(name));
				for (let i = 0; i < 5; i++) {
					collect();
					await sleep(5);
				}
				const { heapUsed, external } = process.memoryUsage();
				const sockets = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS/.test(kind)).length;
				return { bytes: heapUsed + external, sockets };
			}
			const before = await handshakes(50);
			const after = await handshakes(${HANDSHAKES});
			console.log(JSON.stringify({ failures: [...failures], sockets: after.sockets, bytes: after.bytes - before.bytes }));
		`);
		const { failures, sockets, bytes } = JSON.parse(stdout || '{}') as Record<string, unknown>;
		assert.deepEqual([failures, sockets], [['TLSError'], 0], stderr);
		assert.ok((bytes as number) < MOST_BYTES, `${bytes} bytes are left`);
	});
}
