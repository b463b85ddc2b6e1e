// Runs worker.ts in workerd.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { testCertificates } from '../../support/certificates.ts';
import { freePort, listen } from '../../support/loopback.ts';
import { installRuntimes } from '../runtimes.ts';
import { startWorkerd } from './serve.ts';

test('transports inside workerd pass the checks of worker.ts', async (t) => {
	const folder = await installRuntimes(t);
	if (folder === null) return;
	const { cert, key, selfSigned } = await testCertificates();
	const echo = (socket: net.Socket): void => {
		socket.on('error', () => {});
		socket.pipe(socket);
	};
	const silent = (socket: net.Socket): void => {
		socket.on('error', () => {});
	};
	const ports = {
		ECHO_PORT: await listen(net.createServer({ allowHalfOpen: true }, echo)),
		TLS_ECHO_PORT: await listen(tls.createServer({ cert, key, allowHalfOpen: true } as tls.TlsOptions, echo)),
		UNTRUSTED_PORT: await listen(tls.createServer(selfSigned, echo)),
		PROXY_PORT: await listen(
			net.createServer((socket) => {
				socket.on('error', () => {});
				socket.once('data', (request) => {
					socket.write(
						/^CONNECT origin\.test:80 /.test(String(request))
							? 'HTTP/1.1 200 OK\r\n\r\nfirst '
							: 'HTTP/1.1 400 No\r\n\r\n',
					);
					socket.pipe(socket);
				});
			}),
		),
		SILENT_PORT: await listen(net.createServer(silent)),
		CLOSED_PORT: await freePort(),
	};

	const worker = new URL('worker.ts', import.meta.url);
	const bindings = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
	const workerd = await startWorkerd(t, `${folder}/node_modules`, { worker, bindings });
	const names: string[] = JSON.parse(await workerd.get('/'));
	assert.ok(names.length > 10);
	for (const name of names) {
		await t.test(name, async () => {
			assert.equal(await workerd.get(`/?${new URLSearchParams({ check: name })}`), 'passed');
		});
	}
});
