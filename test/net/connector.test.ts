// How the options of a connection lead to its origin: directly, or through a proxy that records its requests.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { LocalProtocolError, NegotiationError, ProxyError, TimeoutError, TLSError } from '../../src/base/errors.ts';
import { Connector, type ConnectorOptions, resolveRoute } from '../../src/net/connector.ts';
import { parseHost } from '../../src/net/origin.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { createTransportPair } from '../../src/testing.ts';
import { testCertificates } from '../support/certificates.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { listen } from '../support/loopback.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const { ca, cert, key, otherCa } = await testCertificates();
const { signal } = new AbortController();

/** An echo server, and the remote ports from which it was reached. */
async function echo(secure: boolean, ALPNProtocols?: string[]): Promise<{ port: number; ports: Set<number> }> {
	const serve = (socket: net.Socket): unknown => socket.pipe(socket);
	const server = secure ? tls.createServer({ cert, key, ALPNProtocols }, serve) : net.createServer(serve);
	const ports = new Set<number>();
	server.on('connection', (socket) => ports.add(socket.remotePort as number));
	return { port: await listen(server), ports };
}

async function assertEchoes(transport: Transport): Promise<void> {
	const recorder = new TransportRecorder();
	transport.start(recorder);
	transport.write([new Uint8Array(Buffer.from('echo'))]);
	await recorder.until(() => recorder.text === 'echo');
	transport.destroy();
}

describe('without a proxy', () => {
	test('the transport option is used once, by dial or by dialForHTTP1', async () => {
		for (const method of ['dial', 'dialForHTTP1'] as const) {
			const [near] = createTransportPair();
			const connector = new Connector(parseHost('localhost'), resolveRoute({ transport: near }, []));
			const given = await connector[method](signal);
			const transport = 'transport' in given ? given.transport : given;
			assert.equal(transport.alpn, 'h2');
			await assert.rejects(connector.dial(signal), LocalProtocolError);
			await assert.rejects(connector.dialForHTTP1(signal), LocalProtocolError);
			const other = new Connector(parseHost('localhost'), resolveRoute({ transport: near }, []));
			await assert.rejects(other[method](signal), LocalProtocolError);
			transport.destroy();
		}
	});

	test('ALPN offers tls.alpnProtocols, otherwise alpnProtocols, otherwise the default', async () => {
		const { port } = await echo(true, ['a', 'b', 'c']);
		for (const [options, alpn] of [
			[{}, 'c'],
			[{ alpnProtocols: ['b'] }, 'b'],
			[{ alpnProtocols: ['b'], tls: { ca, alpnProtocols: ['a'] } }, 'a'],
			[{ alpnProtocols: ['b'], tls: { ca, alpnProtocols: [] } }, null],
		] as [ConnectorOptions, string | null][]) {
			const connector = new Connector(parseHost(`localhost:${port}`), resolveRoute({ tls: { ca }, ...options }, ['c']));
			const transport = await connector.dial(signal);
			assert.equal(transport.alpn, alpn);
			transport.destroy();
		}
	});

	test('a dial resumes the TLS session of the previous one, also through a proxy', async () => {
		for (const proxied of [false, true]) {
			const server = tls.createServer({ cert, key }, (socket) => socket.pipe(socket));
			const port = await listen(server);
			const proxy = proxied ? `http://127.0.0.1:${(await forwardProxy()).port}` : undefined;
			const connector = new Connector(
				parseHost(`localhost:${port}`),
				resolveRoute({ tls: { ca }, ...(proxy ? { proxy } : {}) }, []),
			);
			const reused: boolean[] = [];
			server.on('secureConnection', (socket) => reused.push(socket.isSessionReused()));
			for (let i = 0; i < 3; i++) await assertEchoes(await connector.dial(signal));
			assert.deepEqual(reused, [false, true, true]);
		}
	});

	test('a failed dial discards the TLS session', async () => {
		const server = tls.createServer({ cert, key }, (socket) => socket.pipe(socket));
		const port = await listen(server);
		const connector = new Connector(parseHost(`localhost:${port}`), resolveRoute({ tls: { ca } }, []));
		await assertEchoes(await connector.dial(signal));
		await assert.rejects(connector.dial(AbortSignal.abort('no')), (error) => error === 'no');
		const secured = once(server, 'secureConnection');
		await assertEchoes(await connector.dial(signal));
		const [socket] = (await secured) as [tls.TLSSocket];
		assert.equal(socket.isSessionReused(), false);
	});

	test('timeout.connect limits a dial', async () => {
		const port = await listen(net.createServer());
		const connector = new Connector(parseHost(`localhost:${port}`), resolveRoute({}, [], 50));
		await assert.rejects(connector.dial(signal), TimeoutError);
	});
});

describe('through a proxy', () => {
	for (const secure of [false, true]) {
		const name = secure ? 'https' : 'http';
		const proxyURL = async () => {
			const proxy = await forwardProxy({ secure, credentials: 'user:p@ss' });
			const url = `${name}://user:p%40ss@localhost:${proxy.port}`;
			return { proxy, option: { url, tls: { ca }, headers: { 'x-for-proxy': '1' } } };
		};

		test(`TLS goes through a tunnel of an ${name} proxy, and the origin's certificate is verified`, async () => {
			const origin = await echo(true, ['h2']);
			const { proxy, option } = await proxyURL();
			for (const method of ['dial', 'dialForHTTP1'] as const) {
				const options = { tls: { ca }, proxy: option };
				const connector = new Connector(parseHost(`localhost:${origin.port}`), resolveRoute(options, ['h2']));
				const given = await connector[method](signal);
				const transport = 'transport' in given ? given.transport : given;
				if ('forward' in given) assert.equal(given.forward, null);
				assert.equal(transport.alpn, 'h2');
				await assertEchoes(transport);
			}
			assert.deepEqual(proxy.asked, Array(2).fill(`CONNECT localhost:${origin.port}`));
			assert.equal(proxy.fields[0]?.['x-for-proxy'], '1');
			assert.deepEqual(origin.ports, proxy.ports);

			const distrustful = new Connector(
				parseHost(`localhost:${origin.port}`),
				resolveRoute({ tls: { ca: otherCa }, proxy: option }, []),
			);
			await assert.rejects(distrustful.dial(signal), (error: Error) => {
				assert.ok(error instanceof TLSError);
				return error.message.startsWith(`Cannot verify the certificate of localhost:${origin.port}`);
			});
		});

		test(`plaintext goes through a tunnel of an ${name} proxy`, async () => {
			const origin = await echo(false);
			const { proxy, option } = await proxyURL();
			const connector = new Connector(
				parseHost(`http://127.0.0.1:${origin.port}`),
				resolveRoute({ proxy: option }, ['h2']),
			);
			const transport = await connector.dial(signal);
			assert.equal(transport.alpn, null);
			await assertEchoes(transport);
			assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${origin.port}`]);
			assert.deepEqual(origin.ports, proxy.ports);
		});

		test(`plaintext HTTP/1.1 is forwarded by an ${name} proxy, with its fields`, async () => {
			const server = http.createServer((request, response) =>
				response.end(`${request.url} for ${request.headers.host}`),
			);
			const ports = new Set<number>();
			server.on('connection', (socket) => ports.add(socket.remotePort as number));
			const port = await listen(server);
			const { proxy, option } = await proxyURL();
			const connector = new Connector(parseHost(`http://127.0.0.1:${port}`), resolveRoute({ proxy: option }, []));
			const { transport, forward } = await connector.dialForHTTP1(signal);
			assert.deepEqual(
				forward?.headers.map(([name]) => name),
				['Proxy-Authorization', 'x-for-proxy'],
			);
			const recorder = new TransportRecorder();
			transport.start(recorder);
			const fields = forward.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
			const request = `GET http://127.0.0.1:${port}/a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${fields}\r\n`;
			transport.write([new Uint8Array(Buffer.from(request))]);
			await recorder.until(() => recorder.text.includes(`/a for 127.0.0.1:${port}`));
			transport.destroy();
			assert.deepEqual(proxy.asked, [`GET http://127.0.0.1:${port}/a`]);
			assert.deepEqual(ports, proxy.ports);
		});
	}

	test('wrong proxy credentials are a ProxyError with the response, and the origin is not contacted', async () => {
		const origin = await echo(true);
		const proxy = await forwardProxy({ credentials: 'user:password' });
		for (const userinfo of ['', 'user:wrong@']) {
			const options = { tls: { ca }, proxy: `http://${userinfo}127.0.0.1:${proxy.port}` };
			const connector = new Connector(parseHost(`localhost:${origin.port}`), resolveRoute(options, ['h2']));
			await assert.rejects(connector.dial(signal), (error: ProxyError) => {
				assert.ok(error instanceof ProxyError);
				const tunnel = `localhost:${origin.port} through 127.0.0.1:${proxy.port}`;
				assert.equal(error.message, `Cannot open a tunnel to ${tunnel}: 407 Proxy Authentication Required`);
				assert.deepEqual(error.response?.headers, [['Proxy-Authenticate', 'Basic realm="test"']]);
				return true;
			});
		}
		assert.equal(origin.ports.size, 0);
	});

	test('the certificate of an https proxy is verified against the name of the proxy', async () => {
		const proxy = await forwardProxy({ secure: true });
		for (const [url, proxyTLS, words] of [
			[`https://localhost:${proxy.port}`, {}, /Cannot verify the certificate of localhost/],
			[`https://localhost:${proxy.port}`, { ca, servername: 'other.test' }, /not for other\.test/],
		] as const) {
			const options = { tls: { ca }, proxy: { url, tls: proxyTLS } };
			const connector = new Connector(parseHost('https://origin.test'), resolveRoute(options, []));
			await assert.rejects(connector.dial(signal), (error: ProxyError) => {
				assert.ok(error instanceof ProxyError);
				assert.ok(error.cause instanceof TLSError);
				assert.match(error.message, words);
				return true;
			});
		}
		assert.deepEqual(proxy.asked, []);
	});

	test('an origin that refuses the ALPN protocols is a NegotiationError, as without a proxy', async () => {
		const origin = await echo(true, ['a']);
		const proxy = `http://127.0.0.1:${(await forwardProxy()).port}`;
		const connector = new Connector(parseHost(`localhost:${origin.port}`), resolveRoute({ tls: { ca }, proxy }, ['b']));
		await assert.rejects(connector.dial(signal), NegotiationError);
	});

	test('every dial reads the environment if proxy is env, and only then', async () => {
		const origin = await echo(true);
		const proxy = await forwardProxy();
		const before = { ...process.env };
		Object.assign(process.env, { https_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: '' });
		try {
			const aware = new Connector(
				parseHost(`localhost:${origin.port}`),
				resolveRoute({ tls: { ca }, proxy: 'env' }, []),
			);
			const unaware = new Connector(parseHost(`localhost:${origin.port}`), resolveRoute({ tls: { ca } }, []));
			await assertEchoes(await aware.dial(signal));
			assert.equal(proxy.asked.length, 1);
			await assertEchoes(await unaware.dial(signal));
			assert.equal(proxy.asked.length, 1);
			process.env.no_proxy = 'localhost';
			await assertEchoes(await aware.dial(signal));
			assert.equal(proxy.asked.length, 1);
		} finally {
			for (const name of ['https_proxy', 'no_proxy']) {
				if (before[name] === undefined) delete process.env[name];
				else process.env[name] = before[name];
			}
		}
	});

	test('an invalid proxy option is a TypeError at construction', () => {
		const [transport] = createTransportPair();
		for (const options of [
			{ proxy: 'socks5://p.test' },
			{ proxy: 'nonsense' },
			{ proxy: 'http://p.test', socketPath: '/socket' },
			{ proxy: 'env', socketPath: '/socket' },
			{ proxy: 'http://p.test', transport },
		] as ConnectorOptions[]) {
			assert.throws(() => resolveRoute(options, []), TypeError);
		}
	});
});
