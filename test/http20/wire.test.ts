// One link by itself: what it tells its owner, and the end of its stream ids.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import { Stream } from '../../src/http20/stream.ts';
import { Link } from '../../src/http20/wire.ts';
import type { LinkOwner } from '../../src/http20/wire-owner.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { toByteStreams } from '../../src/testing/byte-streams.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { makeDiagnostics, makeRequest } from '../support/http20-fakes.ts';

function createLink(firstStreamId: number) {
	const [near, far] = createMemoryTransports();
	const peer = new ScriptedPeer({ streams: toByteStreams(far) });
	const told: string[] = [];
	const owner: LinkOwner<Link> = {
		hasWaiting: false,
		pushes: null,
		onCapacity: () => undefined,
		onRefused: () => false,
		onDraining: () => told.push('draining'),
		onClosed: () => told.push('closed'),
	};
	const link = new Link(
		near,
		runtime,
		{ ...resolveOptions('localhost', {}, 'HTTP/2').session, firstStreamId },
		owner,
		makeDiagnostics(),
	);
	const open = (): Stream => {
		const stream = new Stream(makeRequest(), runtime.now());
		link.streams.open(stream);
		return stream;
	};
	return { link, peer, told, open };
}

test('a link whose stream ids are used up takes no more, and closes when the last stream has ended', async () => {
	const { link, peer, told, open } = createLink(0x7ffffffd);
	await peer.handshake();
	const streams = [open(), open()];
	assert.deepEqual(
		streams.map(({ id }) => id),
		[0x7ffffffd, 0x7fffffff],
	);
	assert.equal(link.canOpen(streams[0] as Stream), false);
	const responses = streams.map((stream) => stream.response());
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	peer.send.headers(0x7ffffffd, { ':status': '200' }, { endStream: true });
	await responses[0];
	assert.equal(told[0], 'draining');
	assert.equal(told.includes('closed'), false);
	peer.send.headers(0x7fffffff, { ':status': '200' }, { endStream: true });
	await responses[1];
	await link.whenClosed();
	assert.equal(told.at(-1), 'closed');
	assert.equal(peer.frames.filter(({ type }) => type === FrameType.GOAWAY).length, 1);
});

test('what one turn sends goes out in one write', async () => {
	const [near, far] = createMemoryTransports();
	const writes: number[] = [];
	const write = near.write.bind(near);
	near.write = (chunks) => {
		writes.push(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
		return write(chunks);
	};
	const peer = new ScriptedPeer({ streams: toByteStreams(far) });
	const owner: LinkOwner<Link> = {
		hasWaiting: false,
		pushes: null,
		onCapacity: () => undefined,
		onRefused: () => false,
		onDraining: () => undefined,
		onClosed: () => undefined,
	};
	const link = new Link(
		near,
		runtime,
		{ ...resolveOptions('localhost', {}, 'HTTP/2').session, firstStreamId: 1 },
		owner,
		makeDiagnostics(),
	);
	await peer.handshake();
	await turn();
	writes.length = 0;
	for (let i = 0; i < 20; i++) {
		link.streams.open(new Stream(makeRequest('GET', {}, `/${i}`), runtime.now()));
	}
	await turn();
	await turn();
	assert.equal(writes.length, 1);
	peer.destroy();
	await link.whenClosed();
	assert.equal(link.streams.size, 0);
});
