// Forward proxies that people run: Apache with mod_proxy_connect, and nghttpx. Origin and proxy record their clients, so the
// tests see that no connection bypasses the proxy.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP20Connection, ProxyError } from '../../src/index.ts';
import { Connector, resolveRoute } from '../../src/net/connector.ts';
import { parseHost } from '../../src/net/origin.ts';
import type { ProxyOptions } from '../../src/net/proxy.ts';
import { http1Of } from '../../src/runtime/http1.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { testCertificates } from '../support/certificates.ts';
import { startConfigured } from '../support/configured.ts';
import { apacheBase } from '../support/servers/apache.ts';

const { ca, cert, key } = await testCertificates();
const { signal } = new AbortController();

/** `hyper:se:cret`, made by `htpasswd -nbs`: Apache needs no extra module for it. */
const PASSWORD_FILE = `hyper:{SHA}${createHash('sha1').update('se:cret').digest('base64')}\n`;
const USERINFO = 'hyper:se%3Acret@';

interface RunningProxy {
	plain: string;
	secure: string;
	/** Waits for a line that begins like this: Apache logs a request or a tunnel when it has ended. */
	logged(beginning: string): Promise<void>;
}

async function startApache(t: TestContext): Promise<RunningProxy | null> {
	const modules = ['mpm_event', 'ssl', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic'];
	modules.push('proxy', 'proxy_connect', 'proxy_http');
	const running = await startConfigured(t, 'apache2', ['plain', 'secure'], ({ folder, ports, write, ...files }) => {
		const users = write('users', PASSWORD_FILE);
		const configuration = write(
			'apache.conf',
			`
${apacheBase(folder, modules)}
Listen 127.0.0.1:${ports.plain}
Listen 127.0.0.1:${ports.secure}
LogFormat "%r %>s %{X-For-Proxy}i" asked
CustomLog ${folder}/asked.log asked
ProxyRequests On
ProxyVia On
AllowCONNECT 1-65535
<Proxy "*">
	AuthType Basic
	AuthName "hyper-wasm"
	AuthBasicProvider file
	AuthUserFile ${users}
	Require valid-user
</Proxy>
<VirtualHost 127.0.0.1:${ports.secure}>
	SSLEngine on
	SSLCertificateFile ${files.cert}
	SSLCertificateKeyFile ${files.key}
</VirtualHost>
`,
		);
		return ['-X', '-f', configuration];
	});
	if (running === null) return null;
	return {
		plain: `http://${USERINFO}127.0.0.1:${running.ports.plain}`,
		secure: `https://${USERINFO}localhost:${running.ports.secure}`,
		async logged(beginning: string): Promise<void> {
			const file = join(running.folder, 'asked.log');
			const has = () =>
				existsSync(file) &&
				readFileSync(file, 'utf8')
					.split('\n')
					.some((line) => line.startsWith(beginning));
			for (const deadline = Date.now() + 10_000; !has() && Date.now() < deadline; ) await sleep(10);
			assert.ok(has(), `No line begins with ${beginning}:\n${readFileSync(file, 'utf8')}`);
		},
	};
}

/** An origin that answers on HTTP/2 and counts the connections that are made to it. */
async function startOrigin(t: TestContext, secure: boolean): Promise<{ port: number; connections: () => number }> {
	const server = secure ? http2.createSecureServer({ cert, key }) : http2.createServer();
	const sockets = new Set<net.Socket>();
	server.on('stream', (stream, headers) => {
		stream.on('error', () => {});
		stream.respond({ ':status': 200 });
		if (headers[':method'] === 'POST') stream.pipe(stream);
		else stream.end(`${headers[':scheme']}://${headers[':authority']}${headers[':path']}`);
	});
	server.on('connection', (socket) => sockets.add(socket));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return { port: (server.address() as net.AddressInfo).port, connections: () => sockets.size };
}

function connect(t: TestContext, origin: string, proxy: ProxyOptions): HTTP20Connection {
	const connection = new HTTP20Connection(origin, { tls: { ca }, proxy });
	t.after(() => connection.close());
	return connection;
}

const UPLOAD = new Uint8Array(2 * 1024 * 1024).fill(7);

for (const kind of ['plain', 'secure'] as const) {
	test(`HTTP/2 over TLS and in plaintext runs through tunnels of Apache as a ${kind} proxy`, async (t) => {
		const apache = await startApache(t);
		if (apache === null) return;
		const proxy = { url: apache[kind], tls: { ca }, headers: { 'X-For-Proxy': 'yes' } };
		for (const secure of [true, false]) {
			const { port, connections } = await startOrigin(t, secure);
			const origin = `${secure ? 'https' : 'http'}://localhost:${port}`;
			const connection = connect(t, origin, proxy);
			assert.equal(await (await connection.roundTrip('GET', '/a')).text(), `${origin}/a`);
			const echoed = await (await connection.roundTrip('POST', '/', { body: UPLOAD })).bytes();
			assert.deepEqual(Buffer.from(echoed).equals(UPLOAD), true);
			await connection.close();
			assert.equal(connections(), 1);
			await apache.logged(`CONNECT localhost:${port} HTTP/1.1 200 yes`);
		}
	});

	test(`plaintext HTTP/1.1 requests are forwarded by Apache as a ${kind} proxy`, async (t) => {
		const apache = await startApache(t);
		if (apache === null) return;
		const via: (string | undefined)[] = [];
		const server = http.createServer((request, response) => {
			via.push(request.headers.via);
			assert.equal(request.headers['proxy-authorization'], undefined);
			response.end(`${request.headers.host}${request.url}`);
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		t.after(() => {
			server.close();
			server.closeAllConnections();
		});
		const authority = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
		const proxy = { url: apache[kind], tls: { ca }, headers: { 'X-For-Proxy': 'yes' } };
		const connector = new Connector(parseHost(`http://${authority}`), resolveRoute({ proxy }, []));
		const { transport, forward } = await connector.dialForHTTP1(signal);
		const platform = http1Of(runtime);
		const duplex = platform.toDuplex(transport);
		const request = http.request({
			createConnection: () => duplex,
			path: `http://${authority}/a?b`,
			headers: { host: authority, ...Object.fromEntries(forward?.headers ?? []) },
		});
		request.end();
		const [response] = (await once(request, 'response')) as [http.IncomingMessage];
		assert.equal(response.statusCode, 200);
		assert.equal(Buffer.concat(await response.toArray()).toString(), `${authority}/a?b`);
		assert.match(via[0] ?? '', /^1\.1 localhost:/);
		await apache.logged(`GET http://${authority}/a?b HTTP/1.1 200 yes`);
	});
}

test('a refusal by Apache is a ProxyError, with 407 without credentials and 4xx or 5xx for an absent origin', async (t) => {
	const apache = await startApache(t);
	if (apache === null) return;
	const { port, connections } = await startOrigin(t, true);
	const anonymous = connect(t, `localhost:${port}`, { url: apache.plain.replace(USERINFO, '') });
	await assert.rejects(anonymous.connect(), (error: ProxyError) => {
		assert.ok(error instanceof ProxyError);
		assert.match(error.message, /: 407 Proxy Authentication Required$/);
		const challenge = error.response?.headers.find(([name]) => name === 'Proxy-Authenticate')?.[1];
		assert.equal(challenge, 'Basic realm="hyper-wasm"');
		return true;
	});
	assert.equal(connections(), 0);
	const lost = connect(t, 'localhost:1', { url: apache.plain });
	await assert.rejects(lost.connect(), (error: ProxyError) => {
		assert.ok(error instanceof ProxyError);
		return (error.response?.status ?? 0) >= 400;
	});
	await apache.logged(`CONNECT localhost:${port} HTTP/1.1 407`);
});

test('nghttpx as an https proxy in front of Apache tunnels HTTP/2', async (t) => {
	const apache = await startApache(t);
	if (apache === null) return;
	const nghttpx = await startConfigured(t, 'nghttpx', ['tls'], ({ ports, cert, key, write }) => [
		'--http2-proxy',
		'--workers=1',
		`--conf=${write('nghttpx.conf', '')}`,
		`-f127.0.0.1,${ports.tls}`,
		`-b127.0.0.1,${new URL(apache.plain).port}`,
		key,
		cert,
	]);
	if (nghttpx === null) return;
	const { port, connections } = await startOrigin(t, true);
	const proxy = { url: `https://${USERINFO}localhost:${nghttpx.ports.tls}`, tls: { ca } };
	const connection = connect(t, `localhost:${port}`, proxy);
	assert.equal(await (await connection.roundTrip('GET', '/a')).text(), `https://localhost:${port}/a`);
	const echoed = await (await connection.roundTrip('POST', '/', { body: UPLOAD })).bytes();
	assert.ok(Buffer.from(echoed).equals(UPLOAD));
	assert.equal(connections(), 1);
});
