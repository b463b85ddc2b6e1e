// A stream over a transport. Its release is in duplex-release.test.ts, node:http on it in duplex-http.test.ts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createMemoryTransports } from '../../../src/runtime/memory.ts';
import { toDuplex } from '../../../src/runtime/node/duplex.ts';
import { join } from '../../support/memory-duplex.ts';
import { turns } from '../../support/transport-recorder.ts';

const PATTERN = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('reading and writing', () => {
	for (const [name, options] of [
		['in pieces as written', {}],
		['one byte at a time', { chunkSize: 1 }],
		['through a narrow pipe', { highWaterMark: 100 }],
	] as const) {
		test(`all bytes arrive in both directions, ${name}`, async () => {
			const { duplex, peer, atPeer } = join(options);
			const read = buffer(duplex);
			for (let at = 0; at < PATTERN.length; at += 7000) {
				peer.write([PATTERN.slice(at, at + 7000)]);
				duplex.write(PATTERN.subarray(at, at + 7000));
			}
			peer.end();
			duplex.end();
			assert.deepEqual(new Uint8Array(await read), PATTERN);
			await atPeer.untilEvent('close');
			assert.deepEqual(new Uint8Array(Buffer.concat(atPeer.chunks)), PATTERN);
		});
	}

	test('a reader that stops reading stops the peer', async () => {
		const { duplex, peer, atPeer } = join({ highWaterMark: 1000 });
		let written = 0;
		while (peer.write([new Uint8Array(1000)])) await turns(1);
		for (; written < 1000; written++) {
			await turns(1);
			if (!peer.write([new Uint8Array(1000)])) break;
		}
		assert.ok(written < 1000, 'the peer could write without limit');
		const drained = atPeer.untilEvent('drain');
		duplex.resume();
		await drained;
	});

	test('a held stream gets nothing from its transport, whatever its reader asks for', async () => {
		const { duplex, peer } = join();
		let received = '';
		duplex.on('data', (chunk: Buffer) => {
			received += chunk.toString('latin1');
		});
		peer.write([bytes('before ')]);
		await turns();
		duplex.hold(true);
		peer.write([bytes('during ')]);
		duplex.resume();
		duplex.read();
		await turns();
		assert.equal(received, 'before ');
		duplex.hold(false);
		await turns();
		assert.equal(received, 'before during ');
	});

	test('a write completes once the transport accepts more', async () => {
		const { duplex, peer, atPeer } = join({ highWaterMark: 1000 });
		peer.pause();
		const states: string[] = [];
		duplex.write(new Uint8Array(10), () => states.push('small'));
		duplex.write(new Uint8Array(2000), () => states.push('large'));
		await turns();
		assert.deepEqual(states, ['small']);
		peer.resume();
		await atPeer.until(() => atPeer.byteCount === 2010);
		await turns();
		assert.deepEqual(states, ['small', 'large']);
	});

	test('each direction ends on its own', async () => {
		const first = join();
		first.peer.end();
		await once(first.duplex.resume(), 'end');
		first.duplex.write('still here');
		await first.atPeer.until(() => first.atPeer.text === 'still here');
		first.duplex.end();
		await once(first.duplex, 'close');

		const second = join();
		second.duplex.end();
		await second.atPeer.untilEvent('end');
		second.peer.write([bytes('still here')]);
		second.peer.end();
		assert.equal((await buffer(second.duplex)).toString(), 'still here');
		await second.atPeer.untilEvent('close');
	});

	test('bytes that arrived before the close can be read after it', async () => {
		const { duplex, peer } = join();
		peer.write([bytes('late')]);
		peer.end();
		duplex.end();
		await turns();
		assert.equal((await buffer(duplex)).toString(), 'late');
		assert.equal(duplex.destroyed, true);
	});

	test('writing after the peer has closed does not discard unread bytes', async () => {
		const { duplex, peer } = join();
		peer.write([bytes('an answer')]);
		peer.destroy();
		await turns();
		const written = new Promise((resolve) => duplex.write(new Uint8Array(100), resolve));
		duplex.write(new Uint8Array(100));
		assert.equal((await buffer(duplex)).toString(), 'an answer');
		await written;
	});
});

describe('errors', () => {
	test('an error of the transport fails the stream and its pending write', async () => {
		const { duplex, peer } = join({ highWaterMark: 1 });
		peer.pause();
		const written = new Promise((resolve) => duplex.write('x', resolve));
		const failed = once(duplex, 'error');
		peer.destroy(new Error('crashed'));
		assert.equal((await failed)[0].code, 'ECONNRESET');
		assert.ok((await written) instanceof Error);
		assert.equal(duplex.destroyed, true);
	});

	test('an error of the transport needs no listener', async () => {
		const { duplex, peer } = join();
		peer.destroy(new Error('crashed'));
		await new Promise((resolve) => duplex.once('close', resolve));
	});

	test('destroy destroys the transport with its error', async () => {
		const { duplex, atPeer } = join();
		duplex.destroy(new Error('enough'));
		await atPeer.untilEvent('close');
		assert.match(String(atPeer.error), /reset/);
		const other = join();
		other.duplex.destroy();
		await other.atPeer.untilEvent('end');
	});

	test('destroySoon destroys a stream that has finished', async () => {
		const { duplex } = join();
		duplex.end('bye');
		await once(duplex, 'finish');
		(duplex as unknown as net.Socket).destroySoon();
		assert.equal(duplex.destroyed, true);
	});

	test('destroySoon flushes what was written', async () => {
		const { duplex, atPeer } = join();
		duplex.write('last words');
		(duplex as unknown as net.Socket).destroySoon();
		await once(duplex, 'close');
		await atPeer.untilEvent('end');
		assert.equal(atPeer.text, 'last words');
	});
});

test('ref and unref reach the transport, socket options do nothing', async () => {
	const [near] = createMemoryTransports();
	const calls: string[] = [];
	near.ref = () => calls.push('ref');
	near.unref = () => calls.push('unref');
	const socket = toDuplex(near) as unknown as net.Socket;
	assert.equal(socket.unref().ref().setTimeout(1).setNoDelay().setKeepAlive(true, 1), socket);
	assert.deepEqual(calls, ['unref', 'ref']);
	socket.destroy();
});
