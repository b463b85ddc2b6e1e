import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, PROTOCOL_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Pushes } from '../../src/http20/pushes.ts';
import type { Uptake } from '../../src/http20/replay.ts';
import { Stream } from '../../src/http20/stream.ts';
import { LinkStreams } from '../../src/http20/stream-router.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { Session } from '../../src/session/session.ts';
import {
	dataEvent,
	makeDiagnostics,
	makeRequest,
	makeStream,
	pushEvent,
	responseEvent,
	trailersEvent,
} from '../support/http20-fakes.ts';

/** The streams of a link whose session writes down what it is asked. */
function createStreams({ push = false, refused = false } = {}) {
	const calls: string[] = [];
	let id = 1;
	let flushes = 0;
	const session = {
		phase: 'open',
		openStream: (fields: string[], _: unknown, ends: boolean) => {
			if (fields[1] === 'BAD') throw new LocalProtocolError('bad');
			calls.push(`open ${fields[1]}${ends ? '.' : ''}`);
			id += 2;
			return id;
		},
		consume: (streamId: number, length: number) => {
			if (length === 13) throw new Error('unlucky');
			calls.push(`consume ${streamId} ${length}`);
		},
		resetStream: (streamId: number, code: number) => calls.push(`reset ${streamId} ${code}`),
		refusePromise: (streamId: number, code: number) => calls.push(`refuse ${streamId} ${code}`),
		takeEvents: () => [],
	};
	const link = {
		now: () => 7,
		scheduleFlush: () => void flushes++,
		dispatch: () => undefined,
		fail: (cause: Error) => calls.push(`fail ${cause.message}`),
	};
	const owner = {
		pushes: push ? new Pushes(DEFAULT_LIMITS, false) : null,
		onRefused: (stream: Stream) => {
			calls.push(`refused ${stream.id}`);
			return refused;
		},
	};
	const streams = new LinkStreams(
		link,
		session as unknown as Session,
		{ excludes: () => true } as unknown as Uptake,
		owner,
		{ connected: 3, secured: null },
		makeDiagnostics(),
	);
	const deliver = (event: SessionEvent) => streams.deliver(event);
	return { calls, session, owner, streams, deliver, flushes: () => flushes };
}

test('a request is opened with the times of its transport, an adopted one without being sent', () => {
	const { streams, calls } = createStreams();
	const [opened, adopted] = [makeStream(), makeStream()];
	streams.open(opened);
	streams.adopt(adopted);
	assert.deepEqual(calls, ['open GET.']);
	assert.deepEqual([opened.id, adopted.id, streams.size, streams.wanted], [3, 1, 2, 2]);
	assert.deepEqual([opened.timings.dialled, opened.timings.secured, opened.timings.sent], [3, null, 7]);
	assert.equal(streams.get(3), opened);
});

test('a request that cannot be sent ends the turn too: its time is not that of later ones', () => {
	const { streams, flushes } = createStreams();
	const bad = new Stream({ ...makeRequest(), method: 'BAD' }, 1);
	assert.throws(() => streams.open(bad), LocalProtocolError);
	assert.deepEqual([flushes(), streams.size], [1, 0]);
});

test('events go to their streams, until those have ended', () => {
	const { streams, deliver } = createStreams();
	const stream = makeStream();
	streams.adopt(stream);
	assert.equal(deliver(responseEvent()), true);
	deliver(dataEvent('abc'));
	deliver(trailersEvent(['a', 'b']));
	assert.deepEqual([stream.head?.status, stream.body.unread, stream.readTrailers().get('a')], [200, 3, ['b']]);
	deliver({ type: 'closed', streamId: 1, error: null });
	assert.deepEqual([stream.closed, streams.size], [true, 0]);
	assert.equal(deliver({ type: 'settings' }), false);
});

test('content of a stream that was given up is given back', () => {
	const { deliver, calls } = createStreams();
	deliver(dataEvent('abc'));
	assert.deepEqual(calls, ['consume 1 3']);
});

test('a request that was refused is left to the owner, a promise is not', () => {
	for (const refused of [true, false]) {
		const { streams, deliver, calls } = createStreams({ push: true, refused });
		const stream = makeStream();
		streams.adopt(stream);
		deliver(pushEvent());
		const error = new StreamResetError(1, CANCEL, 'remote', 'x', { retryable: true });
		deliver({ type: 'closed', streamId: 2, error });
		deliver({ type: 'closed', streamId: 1, error });
		assert.deepEqual([calls, stream.closed], [['refused 1'], !refused]);
	}
});

test('promises become streams that nobody waits for yet', () => {
	const { streams, deliver, owner } = createStreams({ push: true });
	streams.adopt(makeStream());
	deliver(pushEvent());
	deliver({ ...responseEvent(), streamId: 2 });
	assert.deepEqual([streams.size, streams.wanted, streams.get(2)?.head?.status], [2, 1, 200]);
	owner.pushes?.iterate(streams.get(1) as Stream, false).next();
	assert.equal(streams.wanted, 2);
});

test('promises for a foreign origin, or with a request that is gone, are refused', () => {
	const { streams, deliver, calls } = createStreams({ push: true });
	streams.adopt(makeStream());
	deliver(pushEvent({ authority: 'example.com' }));
	deliver(pushEvent({ streamId: 3, promisedStreamId: 4 }));
	assert.deepEqual([calls, streams.size], [[`refuse 2 ${PROTOCOL_ERROR}`, `refuse 4 ${CANCEL}`], 1]);
});

test('what a flow control of the caller throws is the link’s to deal with', () => {
	const { streams, calls } = createStreams();
	const stream = makeStream();
	streams.adopt(stream);
	streams.consume(stream, 13);
	assert.deepEqual([calls, stream.since], [['fail unlucky'], 7]);
});

test('all are reset, or closed when their last event is lost', () => {
	const { streams, calls } = createStreams();
	const [first, second] = [makeStream(), makeStream()];
	streams.open(first);
	streams.open(second);
	calls.length = 0;
	streams.resetAll(CANCEL, () => new ConnectionError('x'));
	assert.deepEqual(calls.sort(), [`reset 3 ${CANCEL}`, `reset 5 ${CANCEL}`]);
	streams.closeAll(new ConnectionError('x'));
	assert.deepEqual([first.closed, second.closed, streams.size], [true, true, 0]);
});
