// One wire by itself: the calls of its owner, its own properties, and the end of its stream ids.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NO_ERROR } from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ConnectionError, ConnectionResetError, LocalProtocolError } from '../../src/base/errors.ts';
import { openBody } from '../../src/body/request-body.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import type { WireOwner } from '../../src/connection/wire.ts';
import { Pushes } from '../../src/http20/pushes.ts';
import { HTTP20Wire } from '../../src/http20/wire.ts';
import type { RequestOptions } from '../../src/index.ts';
import { createManualRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { toByteStreams } from '../../src/testing/byte-streams.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { makeDiagnostics, makePending, type ReadPending } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

function createWire(firstStreamId = 1, hasWaiting = false, enablePush = false) {
	const [near, far] = createMemoryTransports();
	const writes: number[] = [];
	const write = near.write.bind(near);
	near.write = (chunks) => {
		writes.push(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
		return write(chunks);
	};
	let ends = 0;
	const end = near.end.bind(near);
	near.end = () => {
		ends++;
		end();
	};
	const pauses: string[] = [];
	near.pause = () => void pauses.push('pause');
	near.resume = () => void pauses.push('resume');
	const peer = new ScriptedPeer({ streams: toByteStreams(far) });
	const told: string[] = [];
	let onCapacity = () => {};
	const owner = {
		hasWaiting,
		onCapacity: () => onCapacity(),
		onLost: (_wire, _pending, fate) => {
			told.push(fate);
			return false;
		},
		onDraining: (_wire, reason) => void told.push(reason === null ? 'draining' : `draining: ${reason.message}`),
		onClosed: () => void told.push('closed'),
		onBlocked: () => assert.fail('nothing blocks HTTP/2'),
		onDue: () => undefined,
		onUpgraded: () => assert.fail('nothing is upgraded'),
	} satisfies WireOwner & { hasWaiting: boolean };
	const { session: resolved, limits } = resolveOptions('localhost', { enablePush }, 'HTTP/2');
	const session = { ...resolved, firstStreamId, expectedStreams: 100 };
	const pushes = enablePush ? new Pushes({ limits, decodeContent: false }) : null;
	const wire = new HTTP20Wire(near, runtime, session, owner, makeDiagnostics(), pushes);
	const open = (options: RequestOptions & { method?: string } = {}): ReadPending => {
		const pending = makePending(null, options);
		assert.equal(wire.take(pending), true);
		return pending;
	};
	/** Waits until the wire takes the request. */
	const openLater = (pending: PendingRequest): Promise<void> =>
		new Promise((resolve) => {
			onCapacity = () => {
				if (!wire.take(pending)) return;
				onCapacity = () => {};
				resolve();
			};
			onCapacity();
		});
	return { wire, peer, told, owner, open, openLater, writes, pauses, ends: () => ends };
}

function answer(peer: ScriptedPeer, streamId: number): void {
	peer.send.headers(streamId, { ':status': '200' }, { endStream: true });
}

test('a wire retires when its last stream id is used, and closes when the last stream has ended', async () => {
	const { wire, peer, told, open } = createWire(0x7ffffffd);
	await peer.handshake();
	const requests = [open()];
	assert.deepEqual(told, []);
	requests.push(open());
	assert.deepEqual(told, ['draining']);
	assert.deepEqual(
		requests.map(({ id }) => id),
		[0x7ffffffd, 0x7fffffff],
	);
	assert.deepEqual([wire.capacity, wire.take(makePending())], [0, false]);
	const responses = requests.map(({ reader }) => reader.response());
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	peer.send.headers(0x7ffffffd, { ':status': '200' }, { endStream: true });
	await responses[0];
	assert.deepEqual(told, ['draining']);
	peer.send.headers(0x7fffffff, { ':status': '200' }, { endStream: true });
	await responses[1];
	await wire.whenClosed();
	assert.deepEqual(told, ['draining', 'closed']);
	assert.equal(peer.frames.filter(({ type }) => type === 'GOAWAY').length, 1);
});

test('all frames of one turn are sent in one write', async () => {
	const { wire, peer, open, writes } = createWire();
	await peer.handshake();
	await turn();
	writes.length = 0;
	const requests = Array.from({ length: 20 }, () => open());
	const responses = requests.map(({ reader }) => reader.response());
	await turn();
	await turn();
	assert.equal(writes.length, 1);
	peer.destroy();
	await wire.whenClosed();
	assert.equal(wire.size, 0);
	for (const response of responses) await assert.rejects(response, ConnectionResetError);
});

test('a wire stops reading for a turn after a read of many frames, even if they have no effect', async () => {
	const { wire, peer, open, pauses } = createWire();
	await peer.handshake();
	open();
	peer.send.headers(1, { ':status': '200' });
	await peer.roundTrip();
	for (const [type, few, many] of [
		[FrameType.DATA, 1000, 2000],
		[FrameType.PRIORITY, 0, 2500],
	] as const) {
		const payload = type === FrameType.DATA ? [0x78] : [0, 0, 0, 0, 1];
		const frame = [0, 0, payload.length, type, 0, 0, 0, 0, 1, ...payload];
		pauses.length = 0;
		wire.onBytes(Uint8Array.from(new Array(few).fill(frame).flat()));
		assert.deepEqual(pauses, []);
		wire.onBytes(Uint8Array.from(new Array(many).fill(frame).flat()));
		assert.deepEqual(pauses, ['pause']);
		for (let i = 0; i < 5; i++) await turn();
		assert.deepEqual(pauses, ['pause', 'resume']);
	}
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test('END_STREAM is set on the frame with the last bytes of content', async () => {
	const { wire, peer, openLater } = createWire();
	await peer.handshake();
	await openLater(makePending(null, { body: ['a', 'b'].values() }));
	const request = createManualRequest('POST', '/', parseHost('https://h'), {});
	const manual = new PendingRequest(request, 1, {});
	await openLater(manual);
	await manual.send(openBody('c'), false);
	await turn();
	await manual.send(openBody('d'), true);
	const ends: Record<number, string> = {};
	while (Object.keys(ends).length < 2) {
		const frame = await peer.expect('DATA');
		if (frame.endStream) ends[frame.streamId] = Buffer.from(frame.data).toString();
	}
	assert.deepEqual(ends, { 1: 'b', 3: 'd' });
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test("a wire has room for a hundred streams before the server's SETTINGS, then for as many as these allow", async () => {
	const { wire, peer, open } = createWire();
	assert.deepEqual([wire.capacity, wire.greeted, wire.hasServed], [100, false, false]);
	open();
	assert.deepEqual([wire.capacity, wire.size, wire.hasServed], [99, 1, false]);
	await peer.handshake({ maxConcurrentStreams: 2 });
	assert.deepEqual([wire.capacity, wire.greeted, wire.hasServed], [1, true, true]);
	open();
	assert.deepEqual([wire.capacity, wire.take(makePending()), wire.size], [0, false, 2]);
	answer(peer, 1);
	await peer.roundTrip();
	assert.equal(wire.capacity, 1);
	wire.close(NO_ERROR, new ConnectionError('x'));
	assert.deepEqual([wire.capacity, wire.size], [0, 0]);
});

test('a body that can be sent only once waits for the SETTINGS', async () => {
	const { wire, peer, openLater } = createWire();
	const once = makePending(null, { method: 'POST', body: ['a'].values() });
	assert.equal(wire.take(once), false);
	await peer.handshake();
	await openLater(once);
	assert.equal(wire.size, 1);
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test('a wire has served once the server has sent SETTINGS and taken a request of this wire', async () => {
	for (const [lastStreamId, hasServed] of [
		[3, false],
		[5, true],
	] as const) {
		const { wire, peer, open } = createWire(5);
		await peer.handshake();
		const before = wire.hasServed;
		open();
		assert.deepEqual([before, wire.hasServed], [false, true]);
		await peer.expect('HEADERS', { streamId: 5 });
		peer.send.goaway(lastStreamId);
		while (wire.session.phase === 'open') await turn();
		assert.equal(wire.hasServed, hasServed, 'the GOAWAY says which were taken');
		wire.close(NO_ERROR, new ConnectionError('x'));
	}
});

test('requests beyond a GOAWAY are lost as left behind, and those that were not written as unwritten', async () => {
	const { wire, peer, told, open } = createWire();
	await peer.handshake();
	for (const streamId of [1, 3]) {
		open();
		await peer.expect('HEADERS', { streamId });
	}
	open();
	peer.send.goaway(1);
	await peer.roundTrip();
	assert.deepEqual(told, [
		...['left behind', 'unwritten', 'draining: Server is going away with NO_ERROR (0x0): graceful shutdown'],
	]);
	answer(peer, 1);
	await wire.whenClosed();
});

test('a request beyond a GOAWAY that took none is lost as refused', async () => {
	const { wire, peer, told, open } = createWire();
	await peer.handshake();
	open();
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.goaway(0);
	await wire.whenClosed();
	assert.equal(told[0], 'refused');
});

test('a new wire takes a POST at once', () => {
	const { wire, open } = createWire(1, true);
	assert.equal(open({ body: 'x', method: 'POST' }).id, 1);
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test('a GOAWAY after a wire was retired is not told to its owner', async () => {
	const { wire, peer, told, open } = createWire();
	await peer.handshake();
	open();
	await peer.expect('HEADERS', { streamId: 1 });
	wire.retire();
	peer.send.goaway(1);
	while (wire.session.lastTakenId !== 1) await turn();
	assert.deepEqual(told, ['draining']);
	answer(peer, 1);
	await wire.whenClosed();
	assert.deepEqual(told, ['draining', 'closed']);
});

test('a wire ends its transport once, whatever else happens while it closes', async () => {
	for (const fails of [false, true]) {
		const { wire, peer, ends, writes, open } = createWire();
		await peer.handshake();
		if (fails) {
			const response = open().reader.response();
			wire.fail(new Error('unlucky'));
			await assert.rejects(response, /unlucky/);
		} else wire.drain();
		const written = writes.length;
		wire.onRenegotiated();
		wire.retire();
		wire.onEnd();
		assert.deepEqual([ends(), writes.length], [1, written]);
		await wire.whenClosed();
	}
});

test('pushes that are not taken continue when the server is going away, and end with the requests when we are', async () => {
	for (const [goAway, isReset] of [
		[(peer: ScriptedPeer) => peer.send.goaway(1), false],
		[(_: ScriptedPeer, wire: HTTP20Wire) => wire.drain(), true],
	] as const) {
		const { wire, peer, open } = createWire(1, false, true);
		await peer.handshake();
		const response = open().reader.response();
		await peer.expect('HEADERS', { streamId: 1 });
		peer.send.pushPromise(1, 2, { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/p' });
		goAway(peer, wire);
		answer(peer, 1);
		await response;
		if (isReset) await peer.expect('RST_STREAM', { streamId: 2 });
		else {
			await peer.roundTrip();
			assert.equal(peer.frames.filter(({ type }) => type === 'RST_STREAM').length, 0);
		}
		wire.close(NO_ERROR, new ConnectionError('x'));
	}
});

test('a wire that is closing reads nothing, and one that is closed stays so and has given its engine back', async () => {
	const { wire, peer, told } = createWire();
	await peer.handshake();
	const { session } = wire;
	let released = 0;
	const release = session.release.bind(session);
	session.release = () => {
		released++;
		release();
	};
	wire.drain();
	const heads = session.frameHeads.length;
	wire.onBytes(Uint8Array.of(0, 0, 0, FrameType.DATA, 0, 0, 0, 0, 1));
	assert.equal(session.frameHeads.length, heads);
	await wire.whenClosed();
	wire.close(NO_ERROR, new ConnectionError('again'));
	await wire.whenClosed();
	assert.deepEqual([released, told], [1, ['closed']]);
});

test('a wire is idle from the end of its last request on, unless a request waits for it', async () => {
	const { wire, peer, owner, open } = createWire();
	await peer.handshake();
	await turn();
	const idleSince = () => wire.idleSince;
	const before = idleSince();
	assert.ok(before < Number.POSITIVE_INFINITY);
	const pending = open();
	assert.equal(idleSince(), Number.POSITIVE_INFINITY);
	const response = pending.reader.response();
	await peer.expect('HEADERS', { streamId: 1 });
	answer(peer, 1);
	await response;
	await turn();
	assert.ok(idleSince() > before && idleSince() < Number.POSITIVE_INFINITY);
	owner.hasWaiting = true;
	assert.equal(idleSince(), Number.POSITIVE_INFINITY);
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test('a retired wire takes no more requests, tells its owner without a reason, and closes', async () => {
	const { wire, peer, told } = createWire();
	await peer.handshake();
	wire.retire();
	assert.deepEqual(told, ['draining']);
	assert.equal(wire.take(makePending()), false);
	await wire.whenClosed();
	wire.retire();
	assert.deepEqual(told, ['draining', 'closed']);
});

test('a wire that is retired again, or after a GOAWAY, sends one GOAWAY and tells its owner once', async () => {
	for (const goesAway of [false, true]) {
		const { wire, peer, told, open } = createWire();
		await peer.handshake();
		open();
		await peer.expect('HEADERS', { streamId: 1 });
		if (goesAway) peer.send.goaway(1);
		await peer.roundTrip();
		wire.retire();
		wire.retire();
		const why = goesAway ? ': Server is going away with NO_ERROR (0x0): graceful shutdown' : '';
		assert.deepEqual(told, [`draining${why}`]);
		answer(peer, 1);
		await wire.whenClosed();
		assert.deepEqual(told, [`draining${why}`, 'closed']);
		assert.equal(peer.frames.filter(({ type }) => type === 'GOAWAY').length, 1);
	}
});

test('a wire that is drained by its owner does not tell it so', async () => {
	const { wire, peer, told } = createWire();
	await peer.handshake();
	wire.drain();
	await wire.whenClosed();
	assert.deepEqual(told, ['closed']);
});

test('a wire whose server closes it tells its owner once, after the requests that were lost', async () => {
	const { wire, peer, told, open } = createWire();
	await peer.handshake();
	const response = open().reader.response();
	await peer.expect('HEADERS', { streamId: 1 });
	peer.close();
	await assert.rejects(response, ConnectionResetError);
	await wire.whenClosed();
	const why = 'Server closed the connection before the response was complete';
	assert.deepEqual(told, ['unanswered', `draining: ${why}`, 'closed']);
});

test('a request is unanswered only if its wire was idle or answered another one before the server closed it', async () => {
	for (const [isReused, fate] of [
		[true, 'unanswered'],
		[false, 'processed'],
	] as const) {
		const { wire, peer, told, open } = createWire(1, true);
		const first = open().reader.response();
		await peer.handshake();
		await peer.expect('HEADERS', { streamId: 1 });
		if (isReused) {
			const second = open().reader.response();
			answer(peer, 3);
			await second;
		}
		peer.close();
		await assert.rejects(first, ConnectionResetError);
		await wire.whenClosed();
		assert.equal(told[0], fate);
	}
});

test('a wire that was idle takes a POST after a turn of the event loop, and a GET at once', async () => {
	const { wire, peer, open, openLater } = createWire();
	await peer.handshake();
	await turn();
	const post = makePending(null, { method: 'POST', body: 'x' });
	assert.equal(wire.take(post), false);
	assert.equal(open().id, 1);
	await openLater(post);
	assert.equal(post.id, 3);
	wire.close(NO_ERROR, new ConnectionError('x'));
});

test('giving up a wire ends every request at once', async () => {
	const { wire, peer, told, open } = createWire();
	await peer.handshake();
	const pending = open();
	const response = pending.reader.response();
	await peer.expect('HEADERS', { streamId: 1 });
	const ping = wire.ping();
	const reason = new ConnectionResetError('silent');
	wire.giveUp(reason);
	await assert.rejects(response, reason);
	await assert.rejects(ping, reason);
	await wire.whenClosed();
	assert.deepEqual(told, ['processed', 'draining: silent', 'closed']);
	await assert.rejects(wire.ping(), /Cannot send PING: the connection is closing/);
});

test('a ping that the server does not answer rejects', async () => {
	const { wire } = createWire();
	const ping = wire.ping('12345678');
	const reason = new LocalProtocolError('late');
	assert.equal(wire.expirePings(0, () => reason) < Number.POSITIVE_INFINITY, true);
	assert.equal(await stateOf(ping), 'pending');
	assert.equal(
		wire.expirePings(runtime.now(), () => reason),
		Number.POSITIVE_INFINITY,
	);
	await assert.rejects(ping, reason);
	wire.close(NO_ERROR, new ConnectionError('x'));
});
