// How a stream over a transport releases it: no byte is lost or repeated.

import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import { createMemoryTransports, type TransportPairOptions } from '../../../src/runtime/memory.ts';
import { toDuplex } from '../../../src/runtime/node/duplex.ts';
import { runtime } from '../../../src/runtime/node/node.ts';
import { listen, plainDial } from '../../support/loopback.ts';
import { join } from '../../support/memory-duplex.ts';
import { TransportRecorder, turns } from '../../support/transport-recorder.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('release', () => {
	/** Reads `taken` bytes of a stream, releases its transport, and records what the new receiver gets. */
	async function releaseAfter(sent: string, taken: number, options: TransportPairOptions) {
		const { duplex, peer, atPeer } = join(options);
		peer.write([bytes(sent)]);
		while (duplex.readableLength < sent.length) await turns(1);
		assert.equal(taken === 0 ? '' : String(duplex.read(taken)), sent.slice(0, taken));
		const transport = await duplex.release();
		return { duplex, peer, atPeer, transport, recorder: new TransportRecorder() };
	}

	for (const options of [{}, { chunkSize: 1 }]) {
		const name = options.chunkSize === 1 ? ', one byte at a time' : '';
		test(`a released transport delivers unread bytes first, then the rest${name}`, async () => {
			const { duplex, peer, atPeer, transport, recorder } = await releaseAfter('head and body', 5, options);
			peer.write([bytes(', more')]);
			await turns();
			transport.start(recorder);
			transport.write([bytes('answer')]);
			await recorder.until(() => recorder.text === 'and body, more');
			peer.end();
			await recorder.untilEvent('end');
			transport.end();
			await recorder.untilEvent('close');
			assert.equal(atPeer.text, 'answer');
			assert.equal(recorder.text, 'and body, more');
			assert.deepEqual(recorder.events, ['end', 'close']);
			assert.deepEqual(recorder.breaches, []);
			assert.equal(duplex.destroyed, true);
		});
	}

	test('a released transport delivers bytes of unshift first', async () => {
		const { duplex, peer } = join();
		peer.write([bytes('abc')]);
		while (duplex.readableLength < 3) await turns(1);
		duplex.unshift(duplex.read(2));
		const recorder = new TransportRecorder();
		(await duplex.release()).start(recorder);
		await recorder.until(() => recorder.byteCount >= 3);
		assert.equal(recorder.text, 'abc');
	});

	test('a transport that was full or held is released at rest, whatever the stream still does', async () => {
		const [near, far] = createMemoryTransports();
		let resumes = 0;
		const resume = near.resume.bind(near);
		near.resume = () => {
			resumes++;
			resume();
		};
		const duplex = toDuplex(near);
		far.write([new Uint8Array(1_000_000)]);
		await turns();
		duplex.hold(true);
		await duplex.release();
		resumes = 0;
		duplex.hold(false);
		duplex.read();
		await turns();
		assert.equal(resumes, 0);
	});

	test('listeners of the stream are not called after release', async () => {
		const { duplex, peer } = join();
		const heard: string[] = [];
		duplex.on('data', (chunk) => heard.push(String(chunk)));
		peer.write([bytes('one')]);
		while (heard.length === 0) await turns(1);
		const released = duplex.release();
		peer.write([bytes('two')]);
		const recorder = new TransportRecorder();
		(await released).start(recorder);
		await recorder.until(() => recorder.text === 'two');
		assert.deepEqual(heard, ['one']);
	});

	test('an end and close before release are delivered to the new receiver', async () => {
		const { duplex, peer } = join();
		peer.write([bytes('rest')]);
		peer.end();
		duplex.end('bye');
		await turns();
		const recorder = new TransportRecorder();
		(await duplex.release()).start(recorder);
		await recorder.untilEvent('close');
		assert.equal(recorder.text, 'rest');
		assert.deepEqual(recorder.events, ['end', 'close']);
		assert.equal(recorder.error, null);
	});

	test('release waits until everything written has been flushed', async () => {
		const { duplex, peer, atPeer } = join({ highWaterMark: 1000 });
		peer.pause();
		for (let i = 0; i < 5; i++) duplex.write(new Uint8Array(1000));
		let released = false;
		const release = duplex.release().then((transport) => {
			released = true;
			return transport;
		});
		await turns();
		assert.equal(released, false);
		peer.resume();
		const transport = await release;
		await atPeer.until(() => atPeer.byteCount === 5000);
		const recorder = new TransportRecorder();
		transport.start(recorder);
		transport.destroy();
		await recorder.untilEvent('close');
	});

	test('a pause of a released transport also holds bytes that the stream had read', async () => {
		const { peer, transport, recorder } = await releaseAfter('abc', 0, {});
		recorder.onChunk = () => transport.pause();
		transport.start(recorder);
		await recorder.until(() => recorder.byteCount > 0);
		peer.write([bytes('def')]);
		await turns();
		assert.equal(recorder.text, 'abc');
		transport.resume();
		await recorder.until(() => recorder.text === 'abcdef');
	});

	test('only destroy of the released transport closes it, not destroy of the stream', async () => {
		const { duplex, peer, atPeer, transport, recorder } = await releaseAfter('abc', 3, {});
		duplex.destroy(new Error('of the stream'));
		transport.start(recorder);
		peer.write([bytes('d')]);
		await recorder.until(() => recorder.text === 'd');
		const reason = new Error('of the pipe');
		transport.destroy(reason);
		await recorder.untilEvent('close');
		assert.equal(recorder.error, reason);
		await atPeer.untilEvent('close');
	});

	test('an error after release is delivered to the new receiver', async () => {
		const { peer, transport, recorder } = await releaseAfter('abc', 3, {});
		transport.start(recorder);
		peer.destroy(new Error('crashed'));
		await recorder.untilEvent('close');
		assert.equal((recorder.error as { code?: string } | null)?.code, 'ECONNRESET');
	});

	test('release of a destroyed stream rejects', async () => {
		const { duplex, peer } = join({ highWaterMark: 1 });
		peer.pause();
		duplex.write('x');
		const rejected = assert.rejects(duplex.release(), { code: 'ECONNRESET' });
		await turns();
		peer.destroy(new Error('crashed'));
		await rejected;
		await assert.rejects(duplex.release(), { code: 'ECONNRESET' });
		const other = join();
		other.duplex.destroy();
		await assert.rejects(other.duplex.release(), /was destroyed/);
	});

	test('a transport can be released many times', async () => {
		const port = await listen(net.createServer((socket) => socket.pipe(socket)));
		let transport = await runtime.dial(plainDial(port));
		const { alpn, openedAt } = transport;
		for (let i = 0; i < 20; i++) {
			const duplex = toDuplex(transport);
			duplex.write(`<${i}>`);
			while (duplex.readableLength < 2 + 2 * i) await turns(1);
			duplex.unshift(`${i},`);
			transport = await duplex.release();
		}
		const recorder = new TransportRecorder();
		transport.start(recorder);
		assert.deepEqual([transport.alpn, transport.openedAt], [alpn, openedAt]);
		transport.end();
		await recorder.untilEvent('close');
		const numbers = Array.from({ length: 20 }, (_, i) => i);
		assert.equal(
			recorder.text,
			[...[...numbers].reverse().map((i) => `${i},`), ...numbers.map((i) => `<${i}>`)].join(''),
		);
	});
});
