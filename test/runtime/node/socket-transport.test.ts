// A connected socket: back-pressure, the shared read buffer, and whether it keeps the process running.

import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { runtime } from '../../../src/runtime/node/node.ts';
import type { Transport } from '../../../src/runtime/transport.ts';
import { testCertificates } from '../../support/certificates.ts';
import { runChild } from '../../support/child.ts';
import { listen, plainDial, secureDial } from '../../support/loopback.ts';
import { TransportRecorder } from '../../support/transport-recorder.ts';

const { cert, key } = await testCertificates();

describe('a connected socket', () => {
	const TOTAL = 64 * 1024 * 1024;

	for (const name of ['plaintext', 'TLS', 'TLS over a pipe']) {
		async function open(serve: (socket: net.Socket) => void): Promise<Transport> {
			if (name === 'plaintext') return runtime.dial(plainDial(await listen(net.createServer(serve))));
			const options = secureDial(await listen(tls.createServer({ cert, key }, serve)));
			if (name === 'TLS') return runtime.dial(options);
			return runtime.secure(await runtime.dial({ ...options, tls: null }), options);
		}

		test(`64 MiB to a slow reader are not buffered, ${name}`, async () => {
			let received = 0;
			let ended = false;
			const transport = await open((socket) => {
				socket.on('data', (bytes: Buffer) => {
					received += bytes.length;
					socket.pause();
					setImmediate(() => socket.resume());
				});
				socket.on('end', () => {
					ended = true;
				});
			});
			const recorder = new TransportRecorder();
			transport.start(recorder);
			const chunk = new Uint8Array(65_536);
			let refusals = 0;
			let heldAtMost = 0;
			for (let written = 0; written < TOTAL; written += chunk.length) {
				const drains = recorder.events.length;
				if (transport.write([chunk])) continue;
				refusals++;
				heldAtMost = Math.max(heldAtMost, written - received);
				await recorder.until(() => recorder.events.length > drains);
			}
			transport.end();
			await recorder.untilEvent('close');
			assert.ok(ended);
			assert.equal(received, TOTAL);
			assert.ok(refusals > 0);
			// As much as the kernel's socket buffers may hold.
			assert.ok(heldAtMost < 16 * 1024 * 1024, `${heldAtMost} bytes held`);
		});

		test(`64 MiB from a fast writer wait while paused, ${name}`, async () => {
			const transport = await open((socket) => {
				const chunk = Buffer.alloc(65_536);
				let left = TOTAL / chunk.length;
				const pump = (): void => {
					while (left > 0) {
						left--;
						if (!socket.write(chunk)) return;
					}
					socket.end();
				};
				socket.on('drain', pump);
				pump();
			});
			const recorder = new TransportRecorder(false);
			let pauses = 0;
			let sincePause = 0;
			let paused = false;
			recorder.onChunk = (bytes) => {
				assert.ok(!paused);
				sincePause += bytes.length;
				if (sincePause < 1024 * 1024) return;
				sincePause = 0;
				pauses++;
				paused = true;
				transport.pause();
				setImmediate(() => {
					paused = false;
					transport.resume();
				});
			};
			transport.start(recorder);
			await recorder.untilEvent('end');
			transport.end();
			await recorder.untilEvent('close');
			assert.equal(recorder.byteCount, TOTAL);
			assert.ok(pauses >= 32);
			assert.deepEqual(recorder.breaches, []);
		});
	}

	test('all reads share one buffer', async () => {
		const port = await listen(net.createServer((socket) => socket.pipe(socket)));
		const transport = await runtime.dial(plainDial(port));
		const recorder = new TransportRecorder();
		const buffers = new Set<ArrayBufferLike>();
		recorder.onChunk = ({ buffer }) => buffers.add(buffer);
		transport.start(recorder);
		for (let round = 1; round <= 20; round++) {
			transport.write([new Uint8Array(100)]);
			await recorder.until(() => recorder.byteCount === 100 * round);
		}
		transport.destroy();
		assert.equal(buffers.size, 1);
		assert.equal([...buffers][0]?.byteLength, 65_536);
	});

	test('a write to a socket that was closed here has failed, and one that the kernel took has not', async () => {
		const port = await listen(net.createServer((socket) => socket.resume()));
		const transport = await runtime.dial(plainDial(port));
		transport.start(new TransportRecorder());
		transport.write([new Uint8Array(100)]);
		assert.equal(transport.hasFailed, false);
		transport.destroy();
		transport.write([new Uint8Array(100)]);
		assert.equal(transport.hasFailed, true);
	});

	for (const secure of [false, true]) {
		test(`an unreferenced ${secure ? 'TLS socket over a transport' : 'socket'} lets the process exit`, async () => {
			const port = await listen(secure ? tls.createServer({ cert, key }) : net.createServer());
			const { status, stdout, stderr } = await runChild(`
				const { runtime } = await import(src + 'runtime/node/node.ts');
				const options = { host: '127.0.0.1', port: ${port}, alpnProtocols: [] };
				let transport = await runtime.dial({ ...options, tls: null });
				if (${secure}) transport = await runtime.secure(transport, { ...options, tls: { rejectUnauthorized: false } });
				transport.start({ onBytes() {}, onDrain() {}, onEnd() {}, onClose() {} });
				transport.unref();
				console.log('connected');
			`);
			assert.equal(status, 0, stderr);
			assert.equal(stdout, 'connected\n');
		});
	}
});
