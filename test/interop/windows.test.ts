// Flow control with real servers: windows smaller than a frame on either side, and many bodies that share one window.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HTTP20Connection } from '../../src/index.ts';
import { connectionTo, type Pipe, pipes, serverFor } from '../support/interop.ts';
import { repeat } from '../support/repeat.ts';
import { documentBytes, type ServerName, serverFeatures, serverNames } from '../support/servers.ts';

const MEGABYTE = documentBytes('1m');
const SMALL = documentBytes('64k');

for (const name of serverNames) {
	for (const pipe of pipes) {
		// lighttpd sends nothing into a window below 4,095 bytes.
		const initialWindowSize = name === 'lighttpd' ? 4_095 : 1_000;
		test(`downloads from ${name} over ${pipe} complete with our stream windows of ${initialWindowSize} bytes`, async (t) => {
			const server = await serverFor(t, name);
			if (server === null) return;
			const connection = connectionTo(t, server, pipe, {
				settings: { initialWindowSize },
				connectionWindowSize: 65_535,
			});
			await repeat(8, 8, () => get(connection, '64k', SMALL));
			await get(connection, '1m', MEGABYTE);
			assert.equal(connection.streams, 0);
		});
	}

	test(`downloads from ${name} complete when the streams share a small connection window`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const connection = connectionTo(t, server, 'TLS', { connectionWindowSize: 65_535 });
		// Given more requests than it allows, as before its SETTINGS, lighttpd stops reading, even WINDOW_UPDATE.
		await get(connection, '64k', SMALL);
		await repeat(20, 20, () => get(connection, '1m', MEGABYTE));
	});

	if (!serverFeatures(name).has('window')) continue;
	// Apache accepts no window below 1,024 bytes.
	for (const windowBits of [name === 'apache' ? 11 : 8, 12, 15]) {
		test(`uploads to ${name} complete within its stream windows of 2^${windowBits} - 1 bytes`, async (t) => {
			const server = await serverFor(t, name, { windowBits, ...(name === 'nghttpd' ? { echo: true } : {}) });
			if (server === null) return;
			const connection = connectionTo(t, server, windowBits < 12 ? 'plaintext' : 'TLS');
			await connection.connect();
			const body = windowBits < 12 ? SMALL : MEGABYTE;
			await repeat(6, 3, async (i) => {
				assert.ok(Buffer.from(await upload(connection, name, `${i}`, body)).equals(body));
			});
			assert.equal(connection.remoteSettings.initialWindowSize, 2 ** windowBits - 1);
		});
	}
}

/** Windows of the maximum size leave no room for errors in the arithmetic of increments. */
for (const pipe of pipes) testLargest(pipe);

function testLargest(pipe: Pipe): void {
	test(`our windows of 2^31 - 1 bytes do not overflow over ${pipe}`, async (t) => {
		const server = await serverFor(t, 'nghttpd', { windowBits: 30, echo: true });
		if (server === null) return;
		const connection = connectionTo(t, server, pipe, {
			settings: { initialWindowSize: 0x7fffffff },
			connectionWindowSize: 0x7fffffff,
		});
		await repeat(8, 4, async () => {
			const response = await connection.roundTrip('POST', '/echo', { body: MEGABYTE });
			assert.ok(Buffer.from(await response.bytes()).equals(MEGABYTE));
		});
	});
}

async function get(connection: HTTP20Connection, document: string, expected: Uint8Array): Promise<void> {
	const response = await connection.roundTrip('GET', `/${document}`);
	assert.ok(Buffer.from(await response.bytes()).equals(expected));
}

/** What the server received: its echo, or what it has stored under a name. */
async function upload(
	connection: HTTP20Connection,
	server: ServerName,
	name: string,
	body: Uint8Array,
): Promise<Uint8Array> {
	if (serverFeatures(server).has('echo')) {
		return (await connection.roundTrip('POST', '/echo', { body })).bytes();
	}
	await (await connection.roundTrip('PUT', `/put/${name}`, { body })).bytes();
	return (await connection.roundTrip('GET', `/put/${name}`)).bytes();
}
