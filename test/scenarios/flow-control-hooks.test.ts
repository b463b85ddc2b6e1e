// The optional hooks of flow-control managers, for the connection and for each stream: arrivals and round trips.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowControlManager, HTTP20Connection } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';

class Observer extends FlowControlManager {
	readonly arrivals: number[] = [];
	readonly roundTrips: number[] = [];

	override onArrival(bytes: number): void {
		this.arrivals.push(bytes);
	}

	override onRoundTrip(milliseconds: number): void {
		this.roundTrips.push(milliseconds);
	}
}

test('flow-control managers receive arrivals, padding included, and round-trip times', async () => {
	const managers: Observer[] = [];
	const peer = new ScriptedPeer();
	const connection = new HTTP20Connection('localhost', {
		transport: peer.transport,
		flowControl: (size) => {
			const manager = new Observer(size);
			managers.push(manager);
			return manager;
		},
	});
	const response = connection.roundTrip('GET', '/');
	await peer.handshake();
	peer.send.headers(1, { ':status': '200' });
	peer.send.data(1, 'abc', { padding: 4 });
	peer.send.data(1, 'de');
	assert.deepEqual(await (await response).read(5), new TextEncoder().encode('abcde'));
	const [ofConnection, ofStream] = managers as [Observer, Observer];
	const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
	assert.equal(sum(ofConnection.arrivals), 10);
	assert.equal(sum(ofStream.arrivals), 10);
	const milliseconds = await connection.ping();
	assert.deepEqual(ofConnection.roundTrips, [milliseconds]);
	assert.deepEqual(ofStream.roundTrips, [milliseconds]);
	await connection.close();
});

test("a stream's flow-control manager receives arrivals although the connection's manager has no hooks", async () => {
	const streams: Observer[] = [];
	let made = 0;
	const peer = new ScriptedPeer();
	const connection = new HTTP20Connection('localhost', {
		transport: peer.transport,
		flowControl: (size) => {
			if (made++ === 0) return new FlowControlManager(size);
			const manager = new Observer(size);
			streams.push(manager);
			return manager;
		},
	});
	const response = connection.roundTrip('GET', '/');
	await peer.handshake();
	peer.send.headers(1, { ':status': '200' });
	peer.send.data(1, 'abc', { padding: 4 });
	await response;
	const milliseconds = await connection.ping();
	const [ofStream] = streams as [Observer];
	assert.deepEqual(ofStream.arrivals, [8]);
	assert.deepEqual(ofStream.roundTrips, [milliseconds]);
	await connection.close();
});
