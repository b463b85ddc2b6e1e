// What hyper promised about flow control: custom managers for the connection and for each stream, which know the
// content-length; and separate windows for each direction.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BaseFlowControlManager, FlowControlManager } from '../../src/index.ts';
import { greet } from '../support/offline.ts';

const ok = { ':status': '200' };

/** Returns every frame's bytes at once, as hyper's first policy did. */
class EveryFrame extends BaseFlowControlManager {
	increaseWindowSize(frameSize: number): number {
		return frameSize;
	}

	blocked(): number {
		return this.initialWindowSize - this.windowSize;
	}
}

test('a custom flow-control manager controls the windows of the connection and of each stream', async () => {
	const { conn, peer } = await greet({}, { flowControl: EveryFrame });
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	peer.send.data(1, 'seven..', { padding: 2 });
	const response = await answer;
	await response.read(7);
	const increments = new Map<number, number>();
	peer.send.data(1, 'x', { endStream: true });
	await response.read();
	await peer.roundTrip();
	for (const frame of peer.frames) {
		if (frame.type !== 'WINDOW_UPDATE') continue;
		increments.set(frame.streamId, (increments.get(frame.streamId) ?? 0) + frame.increment);
	}
	// Seven bytes, two of padding and the one for its length. A stream that has ended gets no further window.
	assert.equal(increments.get(1), 10);
	assert.equal((increments.get(0) ?? 0) >= 11, true);
	await conn.close();
});

test('a flow-control manager knows the content-length at its first call', async () => {
	const seen: (number | null)[] = [];
	class Watching extends FlowControlManager {
		override increaseWindowSize(frameSize: number): number {
			seen.push(this.documentSize);
			return super.increaseWindowSize(frameSize);
		}
	}
	let made = 0;
	// The first manager is the connection's, which has no content-length.
	const flowControl = (size: number) => (made++ === 0 ? new FlowControlManager(size) : new Watching(size));
	const { conn, peer } = await greet({}, { flowControl });
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, { ...ok, 'content-length': '6' });
	peer.send.data(1, 'abc');
	peer.send.data(1, 'def', { endStream: true });
	assert.equal(await (await answer).text(), 'abcdef');
	assert.equal(seen[0], 6);
	await conn.close();
});

test('windows for sending and for receiving are counted separately', async () => {
	const { conn, peer } = await greet({ initialWindowSize: 10 }, { settings: { initialWindowSize: 100_000 } });
	assert.equal(peer.remoteSettings.initialWindowSize, 100_000);
	const answer = conn.roundTrip('POST', '/', { body: new Uint8Array(25) });
	await peer.receive('HEADERS');
	assert.equal((await peer.receive('DATA')).data.length, 10);
	// The window for sending is used up, the one for receiving is not.
	peer.send.headers(1, ok);
	for (let i = 0; i < 6; i++) peer.send.data(1, new Uint8Array(15_000));
	const response = await answer;
	assert.equal((await response.read(90_000)).length, 90_000);
	peer.send.windowUpdate(1, 15);
	await peer.expect('DATA', { endStream: true });
	peer.send.data(1, '', { endStream: true });
	assert.equal((await response.read()).length, 0);
	await conn.close();
});

test('a download of 1 MiB completes with windows of 65,535 bytes', async () => {
	const { conn, peer } = await greet({}, { settings: { initialWindowSize: 65_535 }, connectionWindowSize: 65_535 });
	peer.respondWith(() => ({ body: new Uint8Array(1 << 20) }));
	assert.equal((await (await conn.roundTrip('GET', '/')).bytes()).length, 1 << 20);
	await conn.close();
});
