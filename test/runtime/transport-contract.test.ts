// What every transport promises, run on every kind of transport.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { type TransportPair, transportKinds } from '../support/transport-pairs.ts';
import { TransportRecorder, turns } from '../support/transport-recorder.ts';

const PATTERN = Uint8Array.from({ length: 40_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

/** Everything that the peer receives. */
async function readAll(peer: Duplex): Promise<Buffer> {
	const chunks: Buffer[] = [];
	peer.on('data', (chunk: Buffer) => chunks.push(chunk));
	await once(peer, 'end');
	return Buffer.concat(chunks);
}

const promises: Record<string, (pair: TransportPair, recorder: TransportRecorder) => Promise<void>> = {
	async 'bytes arrive complete and in order in both directions'({ transport, peer }, recorder) {
		transport.start(recorder);
		const atPeer = readAll(peer);
		transport.write([PATTERN.slice()]);
		transport.end();
		peer.end(PATTERN);
		assert.deepEqual(new Uint8Array(await atPeer), PATTERN);
		await recorder.untilEvent('close');
		assert.deepEqual(new Uint8Array(Buffer.concat(recorder.chunks)), PATTERN);
		assert.deepEqual(recorder.events, ['end', 'close']);
		assert.equal(recorder.error, null);
	},

	async 'several chunks of one write keep their order'({ transport, peer }, recorder) {
		transport.start(recorder);
		const atPeer = readAll(peer);
		transport.write(['a', 'bc', '', 'def'].map((text) => new Uint8Array(Buffer.from(text))));
		transport.write([]);
		transport.write([new Uint8Array([0x67])]);
		transport.end();
		assert.equal((await atPeer).toString(), 'abcdefg');
	},

	async 'nothing that arrives before start is lost'({ transport, peer }, recorder) {
		peer.write('one ');
		await turns();
		peer.end('two');
		await turns();
		transport.start(recorder);
		assert.deepEqual(recorder.chunks, [], 'start must not call back before it returns');
		await recorder.untilEvent('end');
		assert.equal(recorder.text, 'one two');
	},

	async 'the end of the peer leaves our direction open'({ transport, peer }, recorder) {
		transport.start(recorder);
		const atPeer = readAll(peer);
		peer.end('bye');
		await recorder.untilEvent('end');
		await turns();
		assert.deepEqual(recorder.events, ['end']);
		transport.write([new Uint8Array(Buffer.from('still here'))]);
		transport.end();
		assert.equal((await atPeer).toString(), 'still here');
		await recorder.untilEvent('close');
		assert.equal(recorder.error, null);
	},

	async 'our end leaves the direction of the peer open'({ transport, peer }, recorder) {
		transport.start(recorder);
		transport.write([new Uint8Array(Buffer.from('question'))]);
		transport.end();
		assert.equal((await readAll(peer)).toString(), 'question');
		await turns();
		assert.deepEqual(recorder.events, []);
		peer.end('answer');
		await recorder.untilEvent('close');
		assert.equal(recorder.text, 'answer');
		assert.deepEqual(recorder.events, ['end', 'close']);
		assert.equal(recorder.error, null);
	},

	async 'end flushes writes that returned false'({ transport, peer }, recorder) {
		transport.start(recorder);
		const chunk = new Uint8Array(65_536).fill(7);
		let written = 0;
		while (transport.write([chunk.slice()])) written += chunk.length;
		written += chunk.length;
		transport.end();
		assert.equal((await readAll(peer)).length, written);
	},

	async 'write returns false when the pipe is full, and drain follows'({ transport, peer }, recorder) {
		transport.start(recorder);
		const chunk = new Uint8Array(65_536);
		let written = 0;
		while (transport.write([chunk.slice()])) written += chunk.length;
		written += chunk.length;
		assert.deepEqual(recorder.events, []);
		const atPeer = readAll(peer);
		await recorder.untilEvent('drain');
		transport.write([new Uint8Array(3)]);
		transport.end();
		assert.equal((await atPeer).length, written + 3);
		assert.deepEqual(
			recorder.events.filter((event) => event === 'drain'),
			['drain'],
		);
	},

	async 'a pause holds bytes and end until resume'({ transport, peer }, recorder) {
		transport.start(recorder);
		peer.write('first');
		await recorder.until(() => recorder.byteCount === 5);
		transport.pause();
		peer.end('second');
		await turns();
		assert.equal(recorder.text, 'first');
		assert.deepEqual(recorder.events, []);
		transport.resume();
		assert.equal(recorder.text, 'first', 'resume must not call back before it returns');
		await recorder.untilEvent('end');
		assert.equal(recorder.text, 'firstsecond');
	},

	async 'a pause inside onBytes holds everything that follows'({ transport, peer }, recorder) {
		recorder.onChunk = () => transport.pause();
		transport.start(recorder);
		peer.end(PATTERN.subarray(0, 300));
		for (let received = 0; received < 300; ) {
			await recorder.until(() => recorder.byteCount > received);
			received = recorder.byteCount;
			await turns(1);
			assert.equal(recorder.byteCount, received);
			transport.resume();
		}
		await recorder.untilEvent('end');
		assert.deepEqual(new Uint8Array(Buffer.concat(recorder.chunks)), PATTERN.slice(0, 300));
	},

	async 'destroy closes without an error'({ transport, peer }, recorder) {
		transport.start(recorder);
		peer.write('unread');
		transport.destroy();
		assert.deepEqual(recorder.events, [], 'destroy must not call back before it returns');
		await recorder.untilEvent('close');
		assert.equal(recorder.error, null);
		assert.equal(recorder.byteCount, 0);
		assert.equal(transport.write([new Uint8Array(1)]), false);
		transport.destroy(new Error('too late'));
		transport.end();
	},

	async 'destroy closes with its error'({ transport }, recorder) {
		transport.start(recorder);
		const error = new Error('enough');
		transport.destroy(error);
		await recorder.untilEvent('close');
		assert.equal(recorder.error, error);
	},

	async 'nothing is delivered after destroy inside onBytes'({ transport, peer }, recorder) {
		recorder.onChunk = () => transport.destroy();
		transport.start(recorder);
		peer.end('some bytes');
		await recorder.untilEvent('close');
		await turns();
		assert.equal(recorder.chunks.length, 1);
		assert.deepEqual(recorder.events, ['close']);
	},

	async 'destroy before start is delivered after start'({ transport }, recorder) {
		transport.destroy();
		await turns();
		transport.start(recorder);
		await recorder.untilEvent('close');
		assert.equal(recorder.error, null);
	},

	async 'a reset by the peer closes with an error'({ transport, reset }, recorder) {
		transport.start(recorder);
		await turns();
		reset?.();
		await recorder.untilEvent('close');
		assert.ok(recorder.error instanceof Error);
	},

	async 'a reset before start is delivered after start'({ transport, peer, reset }, recorder) {
		peer.write('last words');
		await turns();
		reset?.();
		await turns();
		transport.start(recorder);
		// A platform that has not read from the socket in between may report an end, or lose the bytes with the connection.
		await recorder.until(() => recorder.events.length > 0);
		assert.ok(recorder.events[0] === 'end' || recorder.error instanceof Error);
		assert.ok(recorder.text === 'last words' || (recorder.text === '' && recorder.error !== null));
	},

	async 'a write to a peer that has closed closes the transport'({ transport, peer }, recorder) {
		transport.start(recorder);
		peer.destroy();
		await recorder.until(() => recorder.events.length > 0);
		for (let attempt = 0; attempt < 1_000 && !recorder.events.includes('close'); attempt++) {
			transport.write([new Uint8Array(16)]);
			await turns(1);
		}
		assert.ok(recorder.events.includes('close'));
	},

	async 'a second start is a TypeError'({ transport }, recorder) {
		transport.start(recorder);
		assert.throws(() => transport.start(new TransportRecorder()), TypeError);
	},
};

for (const kind of transportKinds) {
	describe(kind.name, () => {
		for (const [name, check] of Object.entries(promises)) {
			// A Unix socket has no reset.
			if (name.includes('reset') && !kind.resettable) continue;
			test(`transport of ${kind.name}: ${name}`, async () => {
				const pair = await kind.open();
				const recorder = new TransportRecorder();
				try {
					await check(pair, recorder);
					pair.transport.destroy();
					await recorder.untilEvent('close');
					await turns(3);
					assert.deepEqual(recorder.breaches, []);
				} finally {
					pair.release();
				}
			});
		}
	});
}
