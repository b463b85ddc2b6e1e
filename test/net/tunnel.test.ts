// CONNECT to a scripted proxy over a pair of transports in memory.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { ProxyError } from '../../src/base/errors.ts';
import { type ProxyOptions, parseProxy } from '../../src/net/proxy.ts';
import { openTunnel } from '../../src/net/tunnel.ts';
import { createMemoryTransports, type TransportPairOptions } from '../../src/runtime/memory.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const target = { host: 'example.com', port: 443 };
const HEAD = /\r\n\r\n$/;

/** Opens a tunnel through a proxy that calls `answer` when it has received the whole request. */
async function connect(
	answer: (peer: Transport) => void,
	options: {
		target?: { host: string; port: number };
		proxy?: string | ProxyOptions;
		pair?: TransportPairOptions;
		signal?: AbortSignal;
	} = {},
) {
	const [near, peer] = createMemoryTransports(options.pair);
	const atProxy = new TransportRecorder();
	peer.start(atProxy);
	atProxy.onChunk = () => {
		if (HEAD.test(atProxy.text)) answer(peer);
	};
	const proxy = parseProxy(options.proxy ?? 'http://proxy.test:3128');
	const signal = options.signal ?? new AbortController().signal;
	const tunnel = openTunnel(near, options.target ?? target, proxy, signal);
	tunnel.catch(() => {});
	return { atProxy, peer, tunnel };
}

const sends =
	(text: string, end = false) =>
	(peer: Transport): void => {
		peer.write([new Uint8Array(Buffer.from(text, 'latin1'))]);
		if (end) peer.end();
	};

const OK = 'HTTP/1.1 200 Connection established\r\n\r\n';

describe('the CONNECT request', () => {
	test('CONNECT has the target as its path and Host, and no other fields by default', async () => {
		const { atProxy, tunnel } = await connect(sends(OK));
		await tunnel;
		assert.equal(atProxy.text, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
	});

	test('CONNECT writes IPv6 in brackets, and always the port', async () => {
		const { atProxy, tunnel } = await connect(sends(OK), { target: { host: '::1', port: 80 } });
		await tunnel;
		assert.equal(atProxy.text, 'CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n');
	});

	test('CONNECT omits the zone of an address', async () => {
		const { atProxy, tunnel } = await connect(sends(OK), { target: { host: 'fe80::1%eth0', port: 443 } });
		await tunnel;
		assert.equal(atProxy.text, 'CONNECT [fe80::1]:443 HTTP/1.1\r\nHost: [fe80::1]:443\r\n\r\n');
	});

	test('CONNECT carries the credentials and fields of the proxy', async () => {
		const proxy = {
			url: 'http://user:p%40ss@proxy.test:3128',
			headers: [
				['X-Trace', 'a'],
				['User-Agent', 'test/\xe9'],
				['X-Trace', 'b'],
			] as [string, string][],
		};
		const { atProxy, tunnel } = await connect(sends(OK), { proxy });
		await tunnel;
		const [, ...lines] = atProxy.text.trimEnd().split('\r\n');
		const basic = Buffer.from('user:p@ss').toString('base64');
		assert.deepEqual(lines.sort(), [
			'Host: example.com:443',
			`Proxy-Authorization: Basic ${basic}`,
			'User-Agent: test/\xe9',
			'X-Trace: a',
			'X-Trace: b',
		]);
	});

	test('a Host among the fields of the proxy replaces that of CONNECT', async () => {
		const proxy = { url: 'http://proxy.test', headers: { host: 'other.test' } };
		const { atProxy, tunnel } = await connect(sends(OK), { proxy });
		await tunnel;
		assert.equal(atProxy.text, 'CONNECT example.com:443 HTTP/1.1\r\nhost: other.test\r\n\r\n');
	});
});

describe('the tunnel', () => {
	const answers: Record<string, string> = {
		'a response without fields': OK,
		'an HTTP/1.0 response': 'HTTP/1.0 200 OK\r\n\r\n',
		'another 2xx response': 'HTTP/1.1 204 No Content\r\n\r\n',
		'a response without a reason': 'HTTP/1.1 200\r\n\r\n',
		// RFC 9110 §9.3.6: "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a
		// successful response to CONNECT."
		'a response with Content-Length': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n',
		'a response with Transfer-Encoding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
		'a response with Connection: close': 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
		'a response with content in name only':
			'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
		'a 100 (Continue)': `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
		'several informational responses': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102\r\n\r\n${OK}`,
		'lines that end without CR': 'HTTP/1.0 200 Connection established\nVia: 1.0 old\n\n',
		'a folded field': 'HTTP/1.1 200 OK\r\nVia: 1.1 one,\r\n\t1.1 two\r\n\r\n',
	};
	for (const [name, answer] of Object.entries(answers)) {
		for (const pair of [{}, { chunkSize: 1 }]) {
			test(`the tunnel begins after ${name}${pair.chunkSize === 1 ? ', one byte at a time' : ''}`, async () => {
				const { atProxy, peer, tunnel } = await connect(sends(`${answer}first `), { pair });
				const transport = await tunnel;
				const request = atProxy.byteCount;
				atProxy.onChunk = null;
				const recorder = new TransportRecorder();
				transport.start(recorder);
				sends('second', true)(peer);
				transport.write([new Uint8Array(Buffer.from('up'))]);
				transport.end();
				await recorder.untilEvent('close');
				assert.equal(recorder.text, 'first second');
				assert.deepEqual(recorder.events, ['end', 'close']);
				assert.equal(atProxy.text.slice(request), 'up');
			});
		}
	}

	test('a tunnel opens through a pipe that is full with the request, and drains before the answer', async () => {
		const { tunnel } = await connect(sends(OK), { pair: { highWaterMark: 1 } });
		(await tunnel).destroy();
	});

	test('a tunnel has no ALPN protocol, even if the pipe to the proxy has one', async () => {
		const { tunnel } = await connect(sends(OK), { pair: { alpn: 'http/1.1' } });
		assert.equal((await tunnel).alpn, null);
	});
});

describe('a tunnel that is not opened', () => {
	async function refused(tunnel: Promise<Transport>, message: string | RegExp): Promise<ProxyError> {
		let thrown: unknown;
		await assert.rejects(tunnel, (error) => {
			thrown = error;
			return true;
		});
		assert.ok(thrown instanceof ProxyError, String(thrown));
		const prefix = 'Cannot open a tunnel to example.com:443 through proxy.test:3128: ';
		assert.ok(thrown.message.startsWith(prefix), thrown.message);
		const reason = thrown.message.slice(prefix.length);
		if (typeof message === 'string') assert.equal(reason, message);
		else assert.match(reason, message);
		return thrown;
	}

	test('an answer with a line that is no field is not HTTP', async () => {
		for (const line of ['nonsense', 'x', ': a', 'a b: c']) {
			const { tunnel } = await connect(sends(`HTTP/1.1 403 No\r\n${line}\r\n\r\n`));
			await refused(tunnel, 'the proxy did not answer in HTTP/1.1');
		}
	});

	test('a status other than 2xx is a ProxyError with the response, and the pipe is destroyed', async () => {
		const answer =
			'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="a"\r\nX-A: 1\r\nx-a: 2\r\n\r\n<html>';
		const { atProxy, tunnel } = await connect(sends(answer), { proxy: 'http://user:secret@proxy.test:3128' });
		const error = await refused(tunnel, '407 Proxy Authentication Required');
		assert.deepEqual(error.response, {
			status: 407,
			reason: 'Proxy Authentication Required',
			headers: [
				['Proxy-Authenticate', 'Basic realm="a"'],
				['X-A', '1'],
				['x-a', '2'],
			],
		});
		assert.ok(!/secret|dXNlcjpz/.test(error.stack as string));
		await atProxy.untilEvent('end');
	});

	for (const [line, reason] of [
		['302 Found', '302 Found'],
		['503', '503'],
		['101 Switching Protocols', '101 Switching Protocols'],
		['400 Not good: at all', '400 Not good: at all'],
		['400 \x1b[31mRed', /^400 .*x1b\[31mRed$/],
	] as const) {
		test(`the response ${JSON.stringify(line)} is a ProxyError that quotes it`, async () => {
			const { tunnel } = await connect(sends(`HTTP/1.1 ${line}\r\nLocation: http://elsewhere.test/\r\n\r\n`));
			const error = await refused(tunnel, reason);
			assert.equal(error.response?.status, Number(line.slice(0, 3)));
		});
	}

	const faults: Record<string, [answer: (peer: Transport) => void, reason: RegExp]> = {
		'an answer that is not HTTP': [sends('SSH-2.0-nothing\r\n'), /^the proxy did not answer in HTTP\/1\.1$/],
		'an answer in HTTP/2': [sends('\0\0\0\x04\0\0\0\0\0'), /^the proxy did not answer in HTTP\/1\.1$/],
		'a response head without end': [
			(peer) => {
				sends('HTTP/1.1 200 OK\r\n')(peer);
				for (let i = 0; i < 100; i++) sends(`X-Filler-${i}: ${'x'.repeat(1000)}\r\n`)(peer);
			},
			/^the proxy answered with more than 65536 bytes of fields$/,
		],
		'informational responses without end': [
			(peer) => {
				for (let i = 0; i < 1000; i++) sends(`HTTP/1.1 103 Early Hints\r\nX-Filler: ${'x'.repeat(100)}\r\n\r\n`)(peer);
			},
			/^the proxy answered with more than 65536 bytes of fields$/,
		],
		'a line without end': [sends(`HTTP/1.1 200 ${'x'.repeat(70_000)}`), /^the proxy answered with more than 65536 /],
		'a status that is not one': [sends('HTTP/1.1 020 OK\r\n\r\n'), /^the proxy did not answer in HTTP\/1\.1$/],
		'a continuation of no field': [sends('HTTP/1.1 200 OK\r\n folded\r\n\r\n'), /^the proxy did not answer in HTTP/],
		'a connection that ends after an informational response': [
			sends('HTTP/1.1 100 Continue\r\n\r\n', true),
			/^the proxy closed the connection$/,
		],
		'a malformed field': [
			sends('HTTP/1.1 200 OK\r\nno colon here\r\n\r\n'),
			/^the proxy did not answer in HTTP\/1\.1$/,
		],
		'a connection that ends without an answer': [(peer) => peer.end(), /^the proxy closed the connection$/],
		'a connection that ends within the response head': [
			sends('HTTP/1.1 200 O', true),
			/^the proxy closed the connection$/,
		],
		'a reset': [(peer) => peer.destroy(new Error('crashed')), /^the proxy closed the connection$/],
	};
	for (const [name, [answer, reason]] of Object.entries(faults)) {
		test(`${name} is a ProxyError without a response`, async () => {
			const { tunnel } = await connect(answer);
			const error = await refused(tunnel, reason);
			assert.equal(error.response, null);
			assert.ok(error.cause instanceof Error);
		});
	}

	test('an invalid field of the proxy is a TypeError, and the pipe is destroyed', async () => {
		for (const [name, value] of [
			['x-a', 'a\x01b'],
			[':authority', 'a'],
		] as const) {
			const headers = { [name]: value };
			const { atProxy, tunnel } = await connect(sends(OK), { proxy: { url: 'http://proxy.test', headers } });
			await assert.rejects(tunnel, TypeError);
			await atProxy.untilEvent('end');
			assert.equal(atProxy.text, '');
		}
	});

	test('a refusal with content rejects when its head is complete, and its fields are joined and trimmed', async () => {
		const head = 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n  realm="a" \r\nTransfer-Encoding: chunked\r\n\r\n';
		const { atProxy, tunnel } = await connect(sends(`${head}5\r\nlog`));
		const error = await refused(tunnel, '407 No');
		assert.deepEqual(error.response?.headers, [
			['Proxy-Authenticate', 'Basic realm="a"'],
			['Transfer-Encoding', 'chunked'],
		]);
		await atProxy.untilEvent('end');
	});

	test('a tunnel leaves no listener on its signal, opened or refused', async () => {
		const { signal } = new AbortController();
		await (await connect(sends(OK), { signal })).tunnel;
		await refused((await connect(sends('HTTP/1.1 502 No\r\n\r\n'), { signal })).tunnel, '502 No');
		await refused((await connect((peer) => peer.end(), { signal })).tunnel, /closed/);
		assert.equal(getEventListeners(signal, 'abort').length, 0);
	});

	test('abort rejects with its reason and destroys the pipe', async () => {
		const controller = new AbortController();
		const { atProxy, tunnel } = await connect(() => controller.abort('enough'), { signal: controller.signal });
		await assert.rejects(tunnel, (error) => error === 'enough');
		await atProxy.untilEvent('end');
		const late = await connect(sends(OK), { signal: controller.signal });
		await assert.rejects(late.tunnel, (error) => error === 'enough');
		await late.atProxy.untilEvent('end');
	});
});
