// Pushes from real servers: the promise, its response beside the page, and no promise when push is off.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HTTP20Push } from '../../src/http20/push.ts';
import { LocalProtocolError } from '../../src/index.ts';
import { connectionTo, type Pipe, pipes, serverFor } from '../support/interop.ts';
import { gather } from '../support/push.ts';
import { documentBytes, type ServerName } from '../support/servers.ts';

const servers: readonly ServerName[] = ['nghttpd', 'apache'];
/** Apache remembers what it has pushed on a connection and pushes it only once. */
const cases = servers.flatMap((name) => pipes.map((pipe): [ServerName, Pipe] => [name, pipe]));

describe('a page with a pushed style sheet', () => {
	for (const [name, pipe] of cases) {
		test(`${name} over ${pipe} pushes the style sheet of a page`, async (t) => {
			const server = await serverFor(t, name);
			if (server === null) return;
			const conn = connectionTo(t, server, pipe, { enablePush: true });
			const id = await conn.request('GET', '/push');
			const pushes: HTTP20Push[] = [];
			for await (const push of conn.getPushes(id, { captureAll: true })) pushes.push(push);
			assert.deepEqual(
				pushes.map(({ method, path, scheme }) => [method, path, scheme]),
				[['GET', '/style.css', pipe === 'TLS' ? 'https' : 'http']],
			);
			const response = await (pushes[0] as HTTP20Push).getResponse();
			assert.equal(response.status, 200);
			assert.deepEqual(Buffer.from(await response.bytes()), Buffer.from(documentBytes('style.css')));
			const page = await conn.getResponse(id);
			assert.deepEqual(Buffer.from(await page.bytes()), Buffer.from(documentBytes('push')));
			assert.equal(conn.streams, 0);
		});

		test(`a push from ${name} over ${pipe} may be cancelled or ignored`, async (t) => {
			const server = await serverFor(t, name);
			if (server === null) return;
			const conn = connectionTo(t, server, pipe, { enablePush: true });
			const page = await conn.roundTrip('GET', '/push');
			const [push] = await gather(conn.getPushes(undefined, { captureAll: true }));
			assert.equal((await page.bytes()).length, documentBytes('push').length);
			await (push as HTTP20Push).cancel();
			await assert.rejects((push as HTTP20Push).getResponse(), LocalProtocolError);
			// Apache 2.4.68 may close the connection, or reset the next stream, after RST_STREAM on a stream that it pushes.
			// It did so after 28 of 80 connections whose frames were written by hand.
			if (name === 'apache') return;
			// The style sheet may be promised again; that promise is ignored.
			assert.equal((await (await conn.roundTrip('GET', '/push')).bytes()).length, documentBytes('push').length);
			assert.equal((await (await conn.roundTrip('GET', '/hello')).text()).length, documentBytes('hello').length);
		});

		test(`${name} over ${pipe} pushes nothing when push is off`, async (t) => {
			const server = await serverFor(t, name);
			if (server === null) return;
			const conn = connectionTo(t, server, pipe);
			const page = await conn.roundTrip('GET', '/push');
			assert.equal((await page.bytes()).length, documentBytes('push').length);
			assert.ok((await conn.ping()) >= 0);
			assert.equal(conn.streams, 0);
		});
	}
});
