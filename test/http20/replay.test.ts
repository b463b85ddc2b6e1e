import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import { ConnectionError, ConnectionResetError, StreamResetError } from '../../src/base/errors.ts';
import { Uptake } from '../../src/http20/replay.ts';
import type { Outlet } from '../../src/http20/writer.ts';
import type { Session } from '../../src/session/session.ts';
import { makeStream, responseEvent } from '../support/http20-fakes.ts';

/** What an Uptake asks of session and outlet. */
function createUptake() {
	const facts = {
		greeted: true,
		nextStreamId: 5,
		lastTakenId: Number.POSITIVE_INFINITY,
		written: Number.POSITIVE_INFINITY,
	};
	const outlet = { hasWritten: (streamId: number) => streamId <= facts.written };
	const uptake = new Uptake(facts as unknown as Session, outlet as unknown as Outlet);
	const stream = (id: number) => Object.assign(makeStream(), { id });
	return { facts, uptake, stream };
}

const refused = new StreamResetError(5, REFUSED_STREAM, 'remote', 'x', { retryable: true });
const goaway = new ConnectionError('x', { retryable: true, errorCode: 0 });
const cut = new ConnectionResetError('x');

test('a link has begun when the server greeted us and took a request that this link opened', () => {
	const { facts, uptake } = createUptake();
	assert.equal(uptake.hasBegun, false);
	facts.nextStreamId = 7;
	assert.equal(uptake.hasBegun, true);
	facts.lastTakenId = 3;
	assert.equal(uptake.hasBegun, false, 'the GOAWAY takes none of them');
	facts.lastTakenId = 5;
	facts.greeted = false;
	assert.equal(uptake.hasBegun, false);
});

test('what the server says it has not processed is excluded, and counts as a refusal', () => {
	const { uptake, stream } = createUptake();
	for (const error of [refused, goaway]) {
		const refusedStream = stream(5);
		assert.deepEqual([uptake.excludes(refusedStream, error), refusedStream.refusals], [true, 1]);
	}
});

test('what was left behind by a GOAWAY that took others is no refusal', () => {
	const { facts, uptake, stream } = createUptake();
	facts.lastTakenId = 5;
	const left = stream(7);
	assert.deepEqual([uptake.excludes(left, goaway), left.refusals], [true, 0]);
	facts.lastTakenId = 3;
	assert.deepEqual([uptake.excludes(left, goaway), left.refusals], [true, 1]);
});

test('a lost connection excludes only what was not written yet, to a server that had greeted us', () => {
	const { facts, uptake, stream } = createUptake();
	facts.written = 5;
	assert.equal(uptake.excludes(stream(5), cut), false);
	const unwritten = stream(7);
	assert.deepEqual([uptake.excludes(unwritten, cut), unwritten.refusals], [true, 0]);
	facts.greeted = false;
	assert.equal(uptake.excludes(stream(7), cut), false);
});

test('what the caller gave up, or has a response already, is not sent again', () => {
	const { facts, uptake, stream } = createUptake();
	facts.written = 0;
	assert.equal(uptake.excludes(stream(5), new StreamResetError(5, CANCEL, 'local', 'x')), false);
	const answered = stream(5);
	answered.onResponse(responseEvent(), 3);
	const failed = stream(5);
	failed.cancel(new Error('x'));
	for (const over of [answered, failed]) {
		assert.deepEqual([uptake.excludes(over, refused), over.refusals], [false, 0]);
	}
});
