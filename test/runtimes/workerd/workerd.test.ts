// Bundles worker.ts as users' bundlers would and runs it in workerd, the package or the program in HYPER_WORKERD.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { testCertificates } from '../../support/certificates.ts';

const installed = fileURLToPath(new URL('../../../node_modules/.bin/workerd', import.meta.url));
const program = process.env.HYPER_WORKERD ?? installed;
const skip = existsSync(program) ? false : 'workerd is not installed';

test('the tests of worker.ts pass inside workerd', { skip }, async (t) => {
	const { ca, cert, key } = await testCertificates();
	const echo = (socket: net.Socket): void => {
		socket.on('error', () => {});
		socket.pipe(socket);
	};
	const silent = (socket: net.Socket): void => {
		socket.on('error', () => {});
	};
	const release: (() => void)[] = [];
	const closedPort = await listen(net.createServer(), (close) => release.push(close));
	for (const close of release) close();
	const ports = {
		ECHO_PORT: await listen(net.createServer({ allowHalfOpen: true }, echo), t.after.bind(t)),
		TLS_ECHO_PORT: await listen(
			tls.createServer({ cert, key, allowHalfOpen: true } as tls.TlsOptions, echo),
			t.after.bind(t),
		),
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
			t.after.bind(t),
		),
		SILENT_PORT: await listen(net.createServer(silent), t.after.bind(t)),
		CLOSED_PORT: closedPort,
	};

	const folder = mkdtempSync(join(tmpdir(), 'hyper-workerd-'));
	t.after(() => rmSync(folder, { recursive: true }));
	const { metafile } = await build({
		entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
		outfile: join(folder, 'worker.js'),
		bundle: true,
		format: 'esm',
		conditions: ['workerd', 'worker'],
		external: ['cloudflare:*'],
		metafile: true,
	});
	const outside = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
	assert.deepEqual(
		outside.map(({ path }) => path),
		['cloudflare:sockets'],
	);

	writeFileSync(join(folder, 'ca.crt'), ca);
	writeFileSync(join(folder, 'config.capnp'), configuration(ports));
	const { code, output } = await run(join(folder, 'config.capnp'));
	assert.equal(code, 0, output);
	t.diagnostic(`${output.match(/passed: /g)?.length ?? 0} checks in workerd`);
	assert.ok(output.includes('all checks passed'), output);
});

async function listen(server: net.Server, after: (release: () => void) => void): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as net.AddressInfo;
	const sockets: net.Socket[] = [];
	server.on('connection', (socket) => sockets.push(socket));
	after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return port;
}

function configuration(ports: Record<string, number>): string {
	const bindings = Object.entries(ports).map(([name, port]) => `(name = "${name}", text = "${port}")`);
	return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [
		(name = "main", worker = (
			modules = [(name = "worker", esModule = embed "worker.js")],
			compatibilityDate = "2026-01-01",
			bindings = [${bindings.join(', ')}],
		)),
		(name = "internet", network = (
			allow = ["private"],
			tlsOptions = (trustBrowserCas = false, trustedCertificates = [embed "ca.crt"]),
		)),
	],
);
`;
}

function run(config: string): Promise<{ code: number; output: string }> {
	return new Promise((resolve) => {
		execFile(program, ['test', config], { timeout: 60_000 }, (error, stdout, stderr) => {
			const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
			resolve({ code, output: `${stdout}\n${stderr}` });
		});
	});
}
