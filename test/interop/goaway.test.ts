// Servers that send GOAWAY after some requests: the unprocessed ones are sent again on a new connection, and none is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionTo, pipes, serverFor } from '../support/interop.ts';
import { repeat } from '../support/repeat.ts';
import { documentBytes, serverFeatures, serverNames } from '../support/servers.ts';

const DOCUMENT = documentBytes('128');

for (const name of serverNames) {
	if (!serverFeatures(name).has('goaway-after')) continue;
	// node:http2 is slow to reconnect.
	const requests = name === 'node-http2' ? 2_000 : 10_000;
	for (const pipe of pipes) {
		for (const width of [50, requests]) {
			test(`${requests} requests, ${width} at a time, succeed although ${name} over ${pipe} sends GOAWAY after every 100`, async (t) => {
				const server = await serverFor(t, name, { goawayAfter: 100, maxConcurrentStreams: 128 });
				if (server === null) return;
				const connection = connectionTo(t, server, pipe);
				let answered = 0;
				await repeat(requests, width, async () => {
					const response = await connection.roundTrip('GET', '/128');
					assert.ok(Buffer.from(await response.bytes()).equals(DOCUMENT));
					answered++;
				});
				assert.equal(answered, requests);
				assert.equal(connection.streams, 0);
			});
		}
	}
}
