// Many requests on one connection: in turn, all at once, with a server that allows one at a time, and aborted half-way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionResetError, type HTTP20Connection } from '../../src/index.ts';
import { connectionTo, pipes, serverFor } from '../support/interop.ts';
import { repeat } from '../support/repeat.ts';
import { documentBytes, type ServerName, serverFeatures, serverNames } from '../support/servers.ts';

const REQUESTS = 10_000;
const DOCUMENT = documentBytes('128');

/** These servers fetch documents from node:http, so thousands of requests are slow and test nothing else of ours. */
const SLOW: ReadonlySet<ServerName> = new Set(['haproxy', 'nghttpx']);

for (const name of serverNames.filter((name) => !SLOW.has(name))) {
	for (const pipe of pipes) {
		test(`${name} over ${pipe} answers ${REQUESTS} requests, 200 at a time`, async (t) => {
			const server = await serverFor(t, name);
			if (server === null) return;
			const connection = connectionTo(t, server, pipe);
			await repeat(REQUESTS, 200, () => get(connection));
			assert.equal(connection.streams, 0);
		});
	}

	test(`${name} answers ${REQUESTS} requests made at once`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const connection = connectionTo(t, server, 'TLS');
		const answers = Array.from({ length: REQUESTS }, () => get(connection));
		await connection.connect();
		const most = await watchStreams(connection, Promise.all(answers));
		// Up to 100 streams may be open before the server's SETTINGS arrive.
		const allowed = Math.max(100, connection.remoteSettings.maxConcurrentStreams);
		assert.ok(most <= allowed, `${most} streams were open`);
		assert.equal(connection.streams, 0);
	});

	if (!serverFeatures(name).has('max-concurrent-streams')) continue;
	for (const pipe of pipes) {
		test(`${name} over ${pipe} that allows one stream answers requests made before its SETTINGS`, async (t) => {
			const server = await serverFor(t, name, { maxConcurrentStreams: 1 });
			if (server === null) return;
			const connection = connectionTo(t, server, pipe);
			await Promise.all(Array.from({ length: 300 }, () => get(connection)));
			assert.equal(connection.remoteSettings.maxConcurrentStreams, 1);
			assert.equal(connection.streams, 0);
		});
	}
}

for (const pipe of pipes) {
	test(`requests whose body can be read only once wait for SETTINGS over ${pipe}, and all succeed one at a time`, async (t) => {
		const server = await serverFor(t, 'node-http2', { maxConcurrentStreams: 1 });
		if (server === null) return;
		const connection = connectionTo(t, server, pipe);
		const answers = Array.from({ length: 50 }, async (_, i) => {
			const response = await connection.roundTrip('POST', '/echo', { body: once(`${i}`) });
			assert.equal(await response.text(), `${i}`);
		});
		await Promise.all(answers);
	});
}

/** Apache closes a connection after many resets without a GOAWAY, as its guard against rapid reset. */
const CLOSES_WHEN_RESET: ReadonlySet<ServerName> = new Set(['apache']);

/** All but nghttpx, which passes resets on to its origin and then fails the other requests on that connection. */
const resetTolerant = serverNames.filter((name) => name !== 'nghttpx');

for (const name of resetTolerant) {
	test(`${name} answers the rest of 2,000 requests if every second one is aborted`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const connection = connectionTo(t, server, 'TLS');
		const outcomes = await abortHalf(connection, 2_000);
		assert.ok(outcomes.aborted > 600, `${outcomes.aborted} were aborted in time`);
		if (!CLOSES_WHEN_RESET.has(name)) assert.equal(outcomes.lost, 0);
		assert.equal(connection.streams, 0);
		await get(connection);
	});
}

/** Aborts every second request: at once, when it is written, or when its head has arrived. */
async function abortHalf(connection: HTTP20Connection, count: number): Promise<{ aborted: number; lost: number }> {
	const expected = documentBytes('64k');
	let aborted = 0;
	let lost = 0;
	await repeat(count, 100, async (i) => {
		const wanted = i % 2 === 0;
		const controller = new AbortController();
		const reason = new Error(`request ${i} is not wanted`);
		const answer = connection.roundTrip('GET', '/64k', { signal: controller.signal }).then((response) => {
			if (!wanted && i % 3 === 2) controller.abort(reason);
			return response.bytes();
		});
		if (!wanted && i % 3 === 0) controller.abort(reason);
		if (!wanted && i % 3 === 1) setImmediate(() => controller.abort(reason));
		try {
			// A request may be answered completely before its abort.
			assert.ok(Buffer.from(await answer).equals(expected), `request ${i}`);
		} catch (error) {
			if (!wanted && error === reason) aborted++;
			else if (error instanceof ConnectionResetError) lost++;
			else throw error;
		}
	});
	return { aborted, lost };
}

async function get(connection: HTTP20Connection): Promise<void> {
	const response = await connection.roundTrip('GET', '/128');
	assert.equal(response.status, 200);
	assert.ok(Buffer.from(await response.bytes()).equals(DOCUMENT));
}

/** The maximum of open streams, sampled once per turn until `done`. */
async function watchStreams(connection: HTTP20Connection, done: Promise<unknown>): Promise<number> {
	let most = 0;
	let over = false;
	const finished = done.finally(() => {
		over = true;
	});
	while (!over) {
		most = Math.max(most, connection.streams);
		await new Promise((resolve) => setImmediate(resolve));
	}
	await finished;
	return most;
}

async function* once(text: string): AsyncGenerator<string> {
	yield text;
}
