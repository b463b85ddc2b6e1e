// What the errors of a connection say about its last frames.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { typeName } from '../../src/base/frame-names.ts';
import { HyperError, TimeoutError } from '../../src/index.ts';
import { greet, keepProcessRunning } from '../support/offline.ts';

keepProcessRunning();

async function failureOf(response: Promise<unknown>): Promise<HyperError> {
	const error = await response.then(
		() => assert.fail('the request must fail'),
		(reason: unknown) => reason,
	);
	assert.ok(error instanceof HyperError);
	return error;
}

function lastFrame({ frames }: HyperError): string {
	const head = frames?.at(-1);
	return head === undefined ? 'none' : `${head.direction} ${typeName(head.type)} on stream ${head.streamId}`;
}

test('the error of a request has the last frames of its HTTP/2 connection', async () => {
	const { conn, peer } = await greet();
	const failed = failureOf(conn.roundTrip('GET', '/'));
	await peer.receive('HEADERS');
	peer.send.rstStream(1, ErrorCode.INTERNAL_ERROR);
	const error = await failed;
	assert.equal(lastFrame(error), 'received RST_STREAM on stream 1');
	const seen = (error.frames ?? []).map(({ direction, type }) => `${direction} ${typeName(type)}`);
	for (const frame of ['sent SETTINGS', 'received SETTINGS', 'sent HEADERS']) assert.ok(seen.includes(frame), frame);
	assert.match(inspect(error), /\n +sent +HEADERS +stream 1 +\d+ bytes END_STREAM END_HEADERS\n/);
	await conn.close();
});

test('all requests of a connection that the server breaks have the frame that broke it', async () => {
	const { conn, peer } = await greet();
	const failed = [failureOf(conn.roundTrip('GET', '/1')), failureOf(conn.roundTrip('GET', '/2'))];
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	peer.send.data(9, 'x');
	const errors = await Promise.all(failed);
	for (const { frames = [] } of errors) {
		const ends = frames.slice(-2).map(({ direction, type }) => `${direction} ${typeName(type)}`);
		assert.deepEqual(ends, ['received DATA', 'sent GOAWAY']);
	}
	await conn.close();
});

test('the error of a timeout has the last frames', async () => {
	const { conn } = await greet({}, { timeout: { headers: 20 } });
	const error = await failureOf(conn.roundTrip('GET', '/'));
	assert.ok(error instanceof TimeoutError);
	assert.match(lastFrame(error), /^sent /);
	await conn.close();
});

test('the reason with which the caller aborts is passed on without frames', async () => {
	const { conn, peer } = await greet();
	const reason = new Error('no longer needed');
	const controller = new AbortController();
	const aborted = conn.roundTrip('GET', '/', { signal: controller.signal }).catch((caught: unknown) => caught);
	await peer.receive('HEADERS');
	controller.abort(reason);
	assert.equal(await aborted, reason);
	assert.equal('frames' in reason, false);
	await conn.close();
});

test('an error that no HTTP/2 connection caused has no frames', async () => {
	const { conn } = await greet();
	await conn.close();
	await assert.rejects(conn.getResponse(1), (error: unknown) => error instanceof HyperError && !('frames' in error));
});
