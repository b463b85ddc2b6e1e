// The HTTP/1.1 half of an upgrade to HTTP/2 with real servers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUpgraded } from '../../src/http11/upgrade.ts';
import { HTTP11Connection } from '../../src/index.ts';
import { serverFor } from '../support/interop.ts';
import { documentLength, type ServerName } from '../support/servers.ts';

const UPGRADES: readonly ServerName[] = ['apache', 'caddy', 'h2o', 'nghttpx', 'lighttpd'];
const DECLINES: readonly ServerName[] = ['nginx', 'haproxy'];
/** SETTINGS_MAX_CONCURRENT_STREAMS 100, SETTINGS_INITIAL_WINDOW_SIZE 65,535. */
const SETTINGS = 'AAMAAABkAAQAAP__';

for (const name of UPGRADES) {
	test(`${name} accepts the upgrade to HTTP/2 and sends SETTINGS`, async (t) => {
		const server = await serverFor(t, name, { origin: true });
		if (server === null) return;
		const conn = new HTTP11Connection(`http://127.0.0.1:${server.plain.port}`);
		t.after(() => conn.close());
		const outcome = await conn.offerUpgrade('GET', '/128', {}, SETTINGS);
		assert.ok(isUpgraded(outcome));
		const { transport } = outcome;
		const first = await new Promise<Uint8Array>((resolve, reject) => {
			let read: Uint8Array = new Uint8Array(0);
			transport.start({
				onBytes: (bytes) => {
					read = Buffer.concat([read, bytes]);
					if (read.length >= 9) resolve(read);
				},
				onDrain: () => {},
				onEnd: () => reject(new Error('the server ended')),
				onClose: () => {},
			});
			// Some servers wait for the client's preface: RFC 9113 §3.4.
			transport.write([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')]);
		});
		transport.destroy();
		assert.deepEqual([first[3], [...first.subarray(5, 9)]], [4, [0, 0, 0, 0]]);
	});
}

for (const name of DECLINES) {
	test(`${name} declines the upgrade to HTTP/2, and its response is an ordinary one`, async (t) => {
		const server = await serverFor(t, name, { origin: true });
		if (server === null) return;
		const conn = new HTTP11Connection(`http://127.0.0.1:${server.plain.port}`);
		t.after(() => conn.close());
		const outcome = await conn.offerUpgrade('GET', '/128', {}, SETTINGS);
		assert.ok(!isUpgraded(outcome));
		assert.equal((await outcome.bytes()).length, documentLength('128'));
		assert.equal((await (await conn.roundTrip('GET', '/128')).bytes()).length, 128);
	});
}
