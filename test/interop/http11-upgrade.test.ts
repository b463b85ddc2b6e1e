// Real servers that are offered HTTP/2 by the first plaintext request of an HTTPConnection, because it was asked to (RFC 7540 §3.2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, FrameType } from '../../src/frames.ts';
import { HTTPConnection } from '../../src/index.ts';
import type { FrameEvent } from '../../src/trace.ts';
import { serverFor } from '../support/interop.ts';
import { documentBytes, documentLength, type ServerName } from '../support/servers.ts';

const UPGRADES: readonly ServerName[] = ['apache', 'caddy', 'h2o', 'nghttpx', 'lighttpd'];
const DECLINES: readonly ServerName[] = ['nginx', 'haproxy'];

for (const name of UPGRADES) {
	test(`${name} accepts an upgrade, greets with SETTINGS, and answers on stream 1`, async (t) => {
		const server = await serverFor(t, name, { origin: true });
		if (server === null) return;
		const received: Frame[] = [];
		const onFrame = (event: FrameEvent) => {
			if (event.type === 'frame' && event.direction === 'received') received.push(event.frame);
		};
		const conn = new HTTPConnection(`http://127.0.0.1:${server.plain.port}`, { onFrame, h2c: 'upgrade' });
		t.after(() => conn.close());
		const response = await conn.roundTrip('GET', '/128');
		assert.deepEqual([response.version, response.streamId], ['HTTP/2', 1]);
		assert.deepEqual(Buffer.from(await response.bytes()), Buffer.from(documentBytes('128')));
		const first = received[0];
		assert.ok(first?.type === FrameType.SETTINGS && !first.ack && first.streamId === 0);
		const next = await conn.roundTrip('GET', '/128');
		assert.equal(next.streamId, 3);
		assert.equal((await next.bytes()).length, 128);
	});
}

for (const name of DECLINES) {
	test(`${name} declines an upgrade, and its response is an ordinary one`, async (t) => {
		const server = await serverFor(t, name, { origin: true });
		if (server === null) return;
		const conn = new HTTPConnection(`http://127.0.0.1:${server.plain.port}`, { h2c: 'upgrade' });
		t.after(() => conn.close());
		const response = await conn.roundTrip('GET', '/128');
		assert.deepEqual([response.version, response.streamId], ['HTTP/1.1', null]);
		assert.equal((await response.bytes()).length, documentLength('128'));
		assert.equal((await (await conn.roundTrip('GET', '/128')).bytes()).length, 128);
	});
}
