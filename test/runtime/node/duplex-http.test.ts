// node:http over a transport: everything that it does on a socket.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { http1Of, type TransportDuplex } from '../../../src/runtime/http1.ts';
import { runtime } from '../../../src/runtime/node/node.ts';
import { listen, plainDial } from '../../support/loopback.ts';
import { TransportRecorder } from '../../support/transport-recorder.ts';

const platform = http1Of(runtime);

async function streamTo(server: net.Server): Promise<TransportDuplex> {
	return platform.toDuplex(await runtime.dial(plainDial(await listen(server))));
}

function requestOn(duplex: Duplex, options: RequestOptions = {}): ClientRequest {
	return http.request({ createConnection: () => duplex, ...options });
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
	const [response] = (await once(request, 'response')) as [IncomingMessage];
	return response;
}

/** A server that sends `answer` on each connection, and then ends it if `end` is set. */
function scripted(answer: string, end = false): net.Server {
	return net.createServer((socket) => socket.once('data', () => (end ? socket.end(answer) : socket.write(answer))));
}

describe('node:http', () => {
	test('node:http sends requests one after the other with bodies, 1xx and trailers, and leaves no listener', async () => {
		const server = http.createServer(async (request, response) => {
			const { length } = await buffer(request);
			response.writeEarlyHints({ link: '</a>; rel=preload' });
			response.setHeader('Trailer', 'x-sum');
			response.write(`${request.url} ${length} `);
			response.addTrailers({ 'x-sum': String(length), 'x-got': request.trailers['x-up'] ?? 'none' });
			response.end('done');
		});
		let connections = 0;
		server.on('connection', () => connections++);
		const duplex = await streamTo(server);
		const listeners = (): number => duplex.eventNames().reduce((sum, name) => sum + duplex.listenerCount(name), 0);
		const before = listeners();
		for (let i = 0; i < 12; i++) {
			const request = requestOn(duplex, { method: 'POST', path: `/${i}`, headers: { connection: 'keep-alive' } });
			const early: number[] = [];
			request.on('information', ({ statusCode }) => early.push(statusCode));
			request.setHeader('Trailer', 'x-up');
			request.write(new Uint8Array(70_000 * i));
			request.addTrailers({ 'x-up': String(i) });
			const free = once(duplex, 'free');
			request.end();
			const response = await responseTo(request);
			assert.equal(await text(response), `/${i} ${70_000 * i} done`);
			assert.deepEqual(response.trailers, { 'x-sum': String(70_000 * i), 'x-got': String(i) });
			assert.deepEqual(early, [103]);
			await free;
		}
		assert.equal(connections, 1);
		assert.equal(listeners(), before);
		duplex.destroy();
	});

	test('node:http moves bodies of 16 MiB to a slow reader and to a slow server', async () => {
		const LENGTH = 16 * 1024 * 1024;
		const server = http.createServer(async (request, response) => {
			let received = 0;
			for await (const chunk of request) {
				received += chunk.length;
				await new Promise((resolve) => setImmediate(resolve));
			}
			response.setHeader('x-received', received);
			response.end(Buffer.alloc(LENGTH, 7));
		});
		const duplex = await streamTo(server);
		const request = requestOn(duplex, { method: 'PUT' });
		request.end(new Uint8Array(LENGTH));
		const response = await responseTo(request);
		assert.equal(response.headers['x-received'], String(LENGTH));
		let length = 0;
		for await (const chunk of response) {
			length += chunk.length;
			assert.ok(duplex.readableLength <= 2 * 65_536);
			await new Promise((resolve) => setImmediate(resolve));
		}
		assert.equal(length, LENGTH);
	});

	test('a body that ends with the connection closes the transport', async () => {
		const duplex = await streamTo(scripted('HTTP/1.1 200 OK\r\n\r\nall of it', true));
		const request = requestOn(duplex);
		request.end();
		assert.equal(await text(await responseTo(request)), 'all of it');
		if (!duplex.closed) await once(duplex, 'close');
	});

	test('without keep-alive the transport closes after the response', async () => {
		const server = http.createServer((_request, response) => response.end('once'));
		const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
		const duplex = await streamTo(server);
		const request = requestOn(duplex);
		request.end();
		assert.equal(await text(await responseTo(request)), 'once');
		await closed;
	});

	const faults: Record<string, [server: net.Server, code: string | RegExp]> = {
		'an answer that is not HTTP': [scripted('SSH-2.0-nothing\r\n'), /^HPE_/],
		'a close before the head': [scripted('HTTP/1.1 200', true), 'ECONNRESET'],
		'a reset before the head': [
			net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
			'ECONNRESET',
		],
	};
	for (const [name, [server, code]] of Object.entries(faults)) {
		test(`${name} is an error of the request and destroys the transport`, async () => {
			const duplex = await streamTo(server);
			const request = requestOn(duplex);
			request.end();
			const [error] = (await once(request, 'error')) as [{ code: string }];
			assert.match(error.code, code instanceof RegExp ? code : new RegExp(`^${code}$`));
			if (!duplex.closed) await once(duplex, 'close');
		});
	}

	test('a truncated body is an error of the response', async () => {
		const duplex = await streamTo(scripted('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', true));
		const request = requestOn(duplex);
		request.end();
		await assert.rejects(text(await responseTo(request)), { code: 'ECONNRESET' });
	});

	test('after 101 the transport is released with the bytes that followed the head', async () => {
		const server = http.createServer();
		server.on('upgrade', (_request, socket: net.Socket) => {
			socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst ');
			socket.pipe(socket);
		});
		const duplex = await streamTo(server);
		const request = requestOn(duplex, { headers: { connection: 'Upgrade', upgrade: 'echo' } });
		request.end();
		const [response, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
		assert.equal(response.statusCode, 101);
		assert.equal(socket, duplex);
		duplex.unshift(head);
		const recorder = new TransportRecorder();
		const transport = await duplex.release();
		transport.start(recorder);
		transport.write([new Uint8Array(Buffer.from('second'))]);
		await recorder.until(() => recorder.text === 'first second');
		transport.end();
		await recorder.untilEvent('close');
		assert.deepEqual(recorder.events, ['end', 'close']);
	});

	test('a keep-alive agent reuses the transport', async () => {
		const server = http.createServer((request, response) => response.end(request.url));
		const duplex = await streamTo(server);
		class OnePipe extends http.Agent {
			override createConnection(): Duplex {
				return duplex;
			}
		}
		const agent = new OnePipe({ keepAlive: true, maxSockets: 1 } as http.AgentOptions);
		const answers = await Promise.all(
			['/1', '/2', '/3'].map(async (path) => text(await responseTo(http.get({ agent, path })))),
		);
		assert.deepEqual(answers, ['/1', '/2', '/3']);
		assert.equal(duplex.destroyed, false);
		agent.destroy();
	});
});
