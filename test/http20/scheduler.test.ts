import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, NO_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ConnectError, ConnectionError, StreamResetError } from '../../src/base/errors.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import type { Dialler } from '../../src/http20/connector.ts';
import { Dispatcher } from '../../src/http20/scheduler.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { toByteStreams } from '../../src/testing/byte-streams.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { frameOf } from '../support/frames.ts';
import { makeDiagnostics, makeStream } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

/** A dispatcher whose dials give pipes in memory, each to a scripted peer of its own, in order. */
function createDispatcher(failure: Error | null = null) {
	const peers: ScriptedPeer[] = [];
	const dialler = {
		async dial(signal: AbortSignal) {
			if (failure !== null) throw failure;
			const [near, far] = createMemoryTransports();
			peers.push(new ScriptedPeer({ streams: toByteStreams(far) }));
			await new Promise((resolve) => setImmediate(resolve));
			signal.throwIfAborted();
			return near;
		},
	};
	const dispatcher = new Dispatcher(
		dialler as unknown as Dialler,
		resolveOptions('localhost', {}, 'HTTP/2').session,
		makeDiagnostics,
	);
	const submit = (method = 'GET') => {
		const stream = makeStream(null, method);
		const response = stream.response();
		dispatcher.submit(stream);
		return { stream, response };
	};
	const peer = (number: number) => peers[number] as ScriptedPeer;
	return { dispatcher, peers, peer, submit };
}

function answer(peer: ScriptedPeer, streamId: number): void {
	peer.send.headers(streamId, { ':status': '204' }, { endStream: true });
}

test('nothing is dialled before it is needed, and once for all that wait', async () => {
	const { dispatcher, peers, peer, submit } = createDispatcher();
	assert.deepEqual([dispatcher.link, dispatcher.size, dispatcher.hasWaiting], [null, 0, false]);
	const requests = [submit(), submit()];
	await Promise.all([dispatcher.connect(), dispatcher.connect()]);
	assert.deepEqual([peers.length, dispatcher.size, dispatcher.hasWaiting], [1, 2, false]);
	await peer(0).handshake();
	for (const streamId of [1, 3]) answer(peer(0), streamId);
	for (const { response } of requests) assert.equal((await response).status, 204);
	assert.equal(dispatcher.size, 0);
	await dispatcher.close(NO_ERROR, false);
});

test('a failed dial is everybody’s who waits, and the next request dials again', async () => {
	const failure = new ConnectError('refused');
	const { dispatcher, submit } = createDispatcher(failure);
	const requests = [submit(), submit()];
	for (const { response } of requests) await assert.rejects(response, failure);
	await assert.rejects(dispatcher.connect(), failure);
	assert.equal(dispatcher.hasWaiting, false);
});

test('requests beyond what the server allows wait for their turn, in their order', async () => {
	const { dispatcher, peer, submit } = createDispatcher();
	await Promise.all([
		dispatcher.connect(),
		new Promise(setImmediate).then(() => peer(0).handshake({ maxConcurrentStreams: 1 })),
	]);
	const [first, second, third] = [submit(), submit(), submit()] as const;
	assert.deepEqual([dispatcher.size, dispatcher.hasWaiting], [1, true]);
	second.stream.cancel(new Error('given up'));
	await assert.rejects(second.response, /given up/);
	answer(peer(0), 1);
	await first.response;
	assert.deepEqual([third.stream.id, dispatcher.hasWaiting], [3, false]);
	answer(peer(0), 3);
	await third.response;
	await dispatcher.close(NO_ERROR, false);
});

test('a refused request is sent again once, and then rejects', async () => {
	const { dispatcher, peer, submit } = createDispatcher();
	const { response, stream } = submit();
	await dispatcher.connect();
	await peer(0).handshake();
	peer(0).send.rstStream(1, REFUSED_STREAM);
	await peer(0).expect('HEADERS', { streamId: 1 });
	await peer(0).expect('HEADERS', { streamId: 3 });
	assert.equal(stream.id, 3);
	peer(0).send.rstStream(3, REFUSED_STREAM);
	await assert.rejects(response, { name: 'StreamResetError', streamId: 3, retryable: true });
	await dispatcher.close(NO_ERROR, false);
});

test('after a GOAWAY the next request has a new link, and ids go on', async () => {
	const { dispatcher, peers, peer, submit } = createDispatcher();
	const first = submit();
	await dispatcher.connect();
	await peer(0).handshake();
	peer(0).send.goaway(1);
	await peer(0).roundTrip();
	assert.equal(dispatcher.link, null);
	const second = submit();
	await dispatcher.connect();
	assert.deepEqual([peers.length, second.stream.id, dispatcher.size], [2, 3, 2]);
	await peer(1).handshake();
	answer(peer(0), 1);
	answer(peer(1), 3);
	await Promise.all([first.response, second.response]);
	await dispatcher.close(NO_ERROR, false);
});

test('close resets what is open, rejects what waits, and leaves nothing; ids begin anew', async () => {
	const { dispatcher, peer, submit } = createDispatcher();
	await Promise.all([
		dispatcher.connect(),
		new Promise(setImmediate).then(() => peer(0).handshake({ maxConcurrentStreams: 1 })),
	]);
	const [open, waiting] = [submit(), submit()];
	const closing = dispatcher.close(CANCEL, false);
	await assert.rejects(open.response, StreamResetError);
	await assert.rejects(waiting.response, ConnectionError);
	await closing;
	await peer(0).closed;
	assert.deepEqual(
		peer(0).frames.filter(({ type }) => type === FrameType.GOAWAY),
		[frameOf({ type: FrameType.GOAWAY, lastStreamId: 0, errorCode: CANCEL })],
	);
	const next = submit();
	await dispatcher.connect();
	assert.equal(next.stream.id, 1);
	const end = dispatcher.close(NO_ERROR, false);
	await assert.rejects(next.response, StreamResetError);
	await end;
});

test('a drain waits for what runs', async () => {
	const { dispatcher, peer, submit } = createDispatcher();
	const { response } = submit();
	await dispatcher.connect();
	await peer(0).handshake();
	const closing = dispatcher.close(NO_ERROR, true);
	assert.equal(await stateOf(closing), 'pending');
	answer(peer(0), 1);
	assert.equal((await response).status, 204);
	await closing;
});

test('an adopted transport has its request on stream 1, and carries what waits', async () => {
	const { dispatcher, peers, submit } = createDispatcher();
	const [near, far] = createMemoryTransports();
	const peer = new ScriptedPeer({ streams: toByteStreams(far) });
	const adopted = makeStream();
	const response = adopted.response();
	dispatcher.adopt(near, adopted, makeDiagnostics());
	const next = submit();
	assert.deepEqual([adopted.id, next.stream.id, dispatcher.size, peers.length], [1, 3, 2, 0]);
	assert.deepEqual([dispatcher.find(1), dispatcher.find(3), dispatcher.find(5)], [adopted, next.stream, undefined]);
	assert.deepEqual(
		[1, 3, 5, 2, 0].map((id) => dispatcher.hasOpened(id)),
		[true, true, false, false, false],
	);
	await peer.handshake();
	answer(peer, 1);
	answer(peer, 3);
	assert.deepEqual([(await response).status, (await next.response).status], [204, 204]);
	assert.deepEqual([dispatcher.find(1), dispatcher.hasOpened(1)], [undefined, true]);
	await dispatcher.close(NO_ERROR, false);
});

test('a stream that was given up before it was submitted is not sent', () => {
	const { dispatcher, peers } = createDispatcher();
	const stream = makeStream();
	stream.cancel(new Error('early'));
	dispatcher.submit(stream);
	assert.deepEqual([dispatcher.hasWaiting, peers.length], [false, 0]);
});
