import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CANCEL, INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import {
	ConnectionError,
	ConnectionResetError,
	type HyperError,
	LocalProtocolError,
	StreamResetError,
} from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import type { Fate } from '../../src/connection/replay.ts';
import { Pushes } from '../../src/http20/pushes.ts';
import { StreamRouter } from '../../src/http20/stream-router.ts';
import type { HTTP20Wire } from '../../src/http20/wire.ts';
import { createManualRequest, type RequestOptions } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { Session } from '../../src/session/session.ts';
import {
	dataEvent,
	FakeRuntime,
	makeDiagnostics,
	makePending,
	makeRequest,
	pushEvent,
	RecordingSink,
	responseEvent,
	trailersEvent,
} from '../support/http20-fakes.ts';

/** The streams of a wire whose session records its calls. */
function createRouter({ push = false, replays = false } = {}) {
	const calls: string[] = [];
	const fates: Fate[] = [];
	const facts = {
		greeted: true,
		written: Number.POSITIVE_INFINITY,
		lastTakenId: Number.POSITIVE_INFINITY,
		silent: false,
	};
	let id = 1;
	let schedules = 0;
	const session = {
		nextStreamId: 3,
		get greeted() {
			return facts.greeted;
		},
		openCheckedStream: (fields: string[], _: unknown, ends: boolean) => {
			if (fields[1] === 'BAD') throw new LocalProtocolError('bad');
			calls.push(`open ${fields[1]}${ends ? '.' : ''}`);
			id += 2;
			return id;
		},
		sendData: (streamId: number, bytes: Uint8Array, ends: boolean) => {
			calls.push(`data ${streamId} ${Buffer.from(bytes).toString()}${ends ? '.' : ''}`);
			return true;
		},
		sendTrailers: (streamId: number, fields: string[]) => calls.push(`trailers ${streamId} ${fields.join('=')}`),
		consume: (streamId: number, length: number) => {
			if (length === 13) throw new Error('unlucky');
			calls.push(`consume ${streamId} ${length}`);
		},
		resetStream: (streamId: number, code: number, error: HyperError) => {
			calls.push(`reset ${streamId} ${code}`);
			resets.push(error);
		},
		refusePromise: (streamId: number, code: number) => calls.push(`refuse ${streamId} ${code}`),
		takeEvents: () => [],
	};
	const resets: HyperError[] = [];
	const wire = {
		closing: false,
		now: () => 7,
		writer: { schedule: () => void schedules++ },
		dispatch: () => undefined,
		liveness: { isSilentSince: () => facts.silent, suspect: () => void calls.push('suspect') },
		fail: (cause: Error) => calls.push(`fail ${cause.message}`),
		hasWritten: (pending: PendingRequest) => (pending.id as number) <= facts.written,
		hasLeftBehind: (pending: PendingRequest) => (pending.id as number) > facts.lastTakenId,
		onLost: (_: PendingRequest, fate: Fate) => {
			fates.push(fate);
			return replays;
		},
	};
	const pushes = push ? new Pushes({ limits: DEFAULT_LIMITS, decodeContent: false }) : null;
	const router = new StreamRouter(
		wire as unknown as HTTP20Wire,
		session as unknown as Session,
		pushes,
		{ connected: 3, secured: null },
		makeDiagnostics(),
		new FakeRuntime(),
	);
	const deliver = (event: SessionEvent) => router.deliver(event);
	const adopt = () => {
		const pending = makePending();
		pending.state = 'sent';
		router.adopt(pending);
		return pending;
	};
	return { calls, fates, facts, resets, session, wire, pushes, router, deliver, adopt, schedules: () => schedules };
}

/** The calls of the session when a request is opened. */
async function openWith(options: RequestOptions & { method?: string }): Promise<string[]> {
	const { router, calls } = createRouter();
	router.open(makePending(null, { method: 'POST', ...options }));
	await turn();
	return calls;
}

test('a request is opened with the times of its transport, an adopted one without being sent', () => {
	const { router, calls, adopt } = createRouter();
	const opened = makePending();
	router.open(opened);
	const adopted = adopt();
	assert.deepEqual(calls, ['open GET.']);
	assert.deepEqual([opened.id, adopted.id, router.size, router.wanted, router.nextStreamId], [3, 1, 2, 2, 5]);
	assert.deepEqual([opened.timings.dialled, opened.timings.secured, opened.timings.sent], [3, null, 7]);
	assert.equal(router.get(3), opened);
	assert.deepEqual(new Set(router.values()), new Set([opened, adopted]));
});

test('the cached time of a turn ends with it even if a request could not be sent', () => {
	const { router, schedules } = createRouter();
	const bad = new PendingRequest({ ...makeRequest(), method: 'BAD' }, 1, {});
	assert.throws(() => router.open(bad), LocalProtocolError);
	assert.deepEqual([schedules(), router.size, bad.state], [1, 0, 'waiting']);
});

test('HEADERS ends a request without content and trailers', async () => {
	for (const options of [{}, { body: '' }, { body: new Uint8Array(0) }]) {
		assert.deepEqual(await openWith(options), ['open POST.'], JSON.stringify(options));
	}
	for (const [options, rest] of [
		[{ body: 'a' }, ['data 3 a.']],
		[{ body: [] }, ['data 3 .']],
		[{ trailers: { a: 'b' } }, ['trailers 3 a=b']],
		[{ body: '', trailers: () => ({ a: 'b' }) }, ['trailers 3 a=b']],
	] as [RequestOptions, string[]][]) {
		assert.deepEqual(await openWith(options), ['open POST', ...rest], JSON.stringify(options));
	}
	const { router, calls } = createRouter();
	router.open(new PendingRequest(createManualRequest('POST', '/', parseHost('https://h'), {}), 1, {}));
	assert.deepEqual(calls, ['open POST']);
});

test('a body in memory is sent at once, with END_STREAM', () => {
	const { router, calls } = createRouter();
	router.open(makePending(null, { method: 'POST', body: 'abc' }));
	assert.deepEqual(calls, ['open POST', 'data 3 abc.']);
});

test('other content is sent as its source yields it, and trailer names in lower case', async () => {
	assert.deepEqual(await openWith({ body: ['a', 'b'].values(), trailers: { Sum: '1 ' } }), [
		...['open POST', 'data 3 a', 'data 3 b', 'trailers 3 sum=1'],
	]);
});

test('a source that fails resets its stream with INTERNAL_ERROR, with its error as the cause', async () => {
	const fault = new Error('disk');
	const body = (async function* () {
		yield 'a';
		throw fault;
	})();
	const { router, calls } = createRouter();
	const pending = makePending(null, { method: 'POST', body });
	const waiting = pending.reader.response();
	router.open(pending);
	await assert.rejects(waiting, (error) => {
		assert.ok(error instanceof StreamResetError && error.cause === fault);
		return /its body failed \(disk\)/.test(error.message);
	});
	assert.deepEqual(calls, ['open POST', 'data 3 a', `reset 3 ${INTERNAL_ERROR}`]);
});

test('a sink that throws at the start has its stream reset, and no content is sent', () => {
	const { router, calls, deliver } = createRouter();
	const sink = new RecordingSink('start');
	const pending = new PendingRequest(makeRequest('POST', { body: 'abc' }), 1, sink);
	const error = new StreamResetError(3, CANCEL, 'local', 'x');
	pending.onEnded = () => undefined;
	router.open(pending);
	assert.deepEqual(sink.calls, ['start 3', 'error sink']);
	assert.ok(calls.includes(`reset 3 ${CANCEL}`));
	deliver({ type: 'closed', streamId: 3, error });
	assert.deepEqual([pending.isClosed, router.size], [true, 0]);
});

test('events are delivered to their streams until those have ended', () => {
	const { router, deliver, adopt } = createRouter();
	const pending = adopt();
	assert.equal(deliver(responseEvent()), true);
	deliver(dataEvent('abc'));
	deliver(trailersEvent(['a', 'b']));
	const { head, unread, trailers } = pending.reader;
	assert.deepEqual([head?.status, unread, trailers?.get('a'), pending.state], [200, 3, ['b'], 'complete']);
	deliver({ type: 'closed', streamId: 1, error: null });
	assert.deepEqual([pending.isClosed, router.size], [true, 0]);
	assert.equal(deliver({ type: 'settings' }), false);
});

test('a response ends with its head, its content or its trailers', () => {
	for (const events of [
		[responseEvent([], { endStream: true })],
		[responseEvent(), dataEvent('abc', true)],
		[responseEvent(), dataEvent('abc'), trailersEvent(['a', 'b'])],
	]) {
		const { deliver, adopt, calls } = createRouter();
		const pending = adopt();
		for (const event of events) deliver(event);
		assert.deepEqual(calls, []);
		assert.deepEqual([pending.state, pending.timings.firstByte, pending.timings.end], ['complete', 7, 7]);
	}
});

test('an informational response is delivered without its pseudo-header field', () => {
	const { deliver, adopt } = createRouter();
	const pending = adopt();
	const fields = [':status', '103', 'link', '</a>'];
	deliver({ type: 'informational', streamId: 1, fields, neverIndexed: null, status: 103 });
	const [first] = pending.reader.informational;
	assert.deepEqual([first?.status, [...(first?.headers.raw() ?? [])]], [103, [['link', '</a>']]]);
});

test('content for a cancelled stream is consumed', () => {
	const { deliver, calls } = createRouter();
	deliver(dataEvent('abc'));
	assert.deepEqual(calls, ['consume 1 3']);
});

test('a lost request is reported to the owner, a lost promise is not', () => {
	for (const replays of [true, false]) {
		const { deliver, calls, fates, adopt } = createRouter({ push: true, replays });
		const pending = adopt();
		deliver(pushEvent());
		const error = new StreamResetError(1, CANCEL, 'remote', 'x', { retryable: true });
		deliver({ type: 'closed', streamId: 2, error });
		deliver({ type: 'closed', streamId: 1, error });
		assert.deepEqual([calls, fates, pending.isClosed], [[], ['refused'], !replays]);
	}
});

const refused = new StreamResetError(3, REFUSED_STREAM, 'remote', 'x', { retryable: true });
const goaway = new ConnectionError('x', { retryable: true, errorCode: 0 });
const cut = new ConnectionResetError('x');

/** The fates reported to the owner for a request on stream 3 that ends with this error. */
function fateOf(error: HyperError, facts: { written?: number; lastTakenId?: number; greeted?: boolean } = {}): Fate[] {
	const { router, deliver, fates, facts: known } = createRouter();
	Object.assign(known, facts);
	router.open(makePending());
	deliver({ type: 'closed', streamId: 3, error });
	return fates;
}

test('a stream that is cancelled although nothing was heard makes the peer suspect after its reset', () => {
	const { router, calls, facts } = createRouter();
	for (const silent of [false, true]) {
		const pending = makePending();
		router.open(pending);
		facts.silent = silent;
		router.cancel(pending, CANCEL, new Error('enough'));
	}
	assert.deepEqual(calls, ['open GET.', 'reset 3 8', 'open GET.', 'reset 5 8', 'suspect']);
});

test('a request that the server has certainly not processed has the fate refused', () => {
	for (const error of [refused, goaway]) assert.deepEqual(fateOf(error), ['refused']);
});

test('a request beyond a GOAWAY that took others has the fate left behind', () => {
	assert.deepEqual(fateOf(goaway, { lastTakenId: 1 }), ['left behind']);
	assert.deepEqual(fateOf(goaway, { lastTakenId: 3 }), ['refused']);
});

test('a request on a lost connection has the fate processed, or unwritten if the server had sent SETTINGS', () => {
	assert.deepEqual(fateOf(cut, { written: 3 }), ['processed']);
	assert.deepEqual(fateOf(cut, { written: 1 }), ['unwritten']);
	assert.deepEqual(fateOf(cut, { written: 1, greeted: false }), ['processed']);
	assert.deepEqual(fateOf(refused, { written: 1 }), ['unwritten']);
});

test('a request that was cancelled or answered has the fate processed', () => {
	assert.deepEqual(fateOf(new StreamResetError(3, CANCEL, 'local', 'x'), { written: 0 }), ['processed']);
	for (const over of [
		(pending: PendingRequest) => pending.abort(new Error('x')),
		(_: PendingRequest, deliver: (event: SessionEvent) => boolean) => deliver({ ...responseEvent(), streamId: 3 }),
	]) {
		const { router, deliver, fates, facts } = createRouter();
		facts.written = 0;
		const pending = makePending();
		router.open(pending);
		over(pending, deliver);
		deliver({ type: 'closed', streamId: 3, error: refused });
		assert.deepEqual(fates, ['processed']);
	}
});

test('a stream that is cancelled later is reset, with the reason as the cause', async () => {
	const { router, calls, resets } = createRouter();
	const pending = makePending();
	const waiting = pending.reader.response();
	router.open(pending);
	const reason = new Error('no more');
	pending.abort(reason, INTERNAL_ERROR);
	assert.deepEqual(calls.slice(1), [`reset 3 ${INTERNAL_ERROR}`]);
	assert.ok(resets[0] instanceof StreamResetError);
	assert.equal(resets[0].cause, reason);
	await assert.rejects(waiting, reason);
});

test('content is sent on after the response has ended', async () => {
	const { router, deliver, session, calls } = createRouter();
	const send = session.sendData;
	session.sendData = (...args) => send(...args) && args[2];
	router.open(makePending(null, { method: 'POST', body: ['a', 'b'] }));
	await turn();
	deliver({ ...responseEvent([], { endStream: true }), streamId: 3 });
	deliver({ type: 'writable', streamId: 3 });
	await turn();
	assert.deepEqual(calls, ['open POST', 'data 3 a', 'data 3 b']);
});

test('a promised response with status 421 is delivered, since it cannot be requested again', () => {
	const { router, deliver, adopt, fates } = createRouter({ push: true, replays: true });
	adopt();
	deliver(pushEvent());
	deliver({ ...responseEvent(), streamId: 2, status: 421 });
	assert.deepEqual([router.get(2)?.reader?.head?.status, fates], [421, []]);
});

test('promises are refused while push is off', () => {
	const { deliver, adopt, calls } = createRouter();
	adopt();
	deliver(pushEvent());
	assert.deepEqual(calls, [`refuse 2 ${CANCEL}`]);
});

test('a request whose content is withheld is reset with NO_ERROR once the response has ended', async () => {
	for (const early of [true, false]) {
		const { router, deliver, calls } = createRouter();
		const pending = makePending(null, { method: 'PUT', body: 'x', headers: { expect: '100-continue' } });
		router.open(pending);
		const response = { ...responseEvent([], { endStream: early }), streamId: 3, status: 417 };
		deliver(response);
		await turn();
		if (!early) {
			assert.deepEqual(calls, ['open PUT']);
			deliver({ ...dataEvent('no', true), streamId: 3 });
		}
		assert.deepEqual(calls, ['open PUT', `reset 3 ${NO_ERROR}`]);
		deliver({ type: 'closed', streamId: 3, error: new StreamResetError(3, NO_ERROR, 'local', 'x') });
		assert.deepEqual([pending.failure, pending.isClosed], [null, true]);
	}
});

test('a writable event resumes the upload of its stream', async () => {
	const { router, deliver, session, calls } = createRouter();
	const send = session.sendData;
	session.sendData = (...args) => send(...args) && args[2];
	router.open(makePending(null, { method: 'POST', body: ['a', 'b'] }));
	await turn();
	assert.deepEqual(calls, ['open POST', 'data 3 a']);
	deliver({ type: 'writable', streamId: 3 });
	await turn();
	assert.deepEqual(calls.slice(2), ['data 3 b']);
});

test('promises become streams that do not count as wanted until they are taken', () => {
	const { router, deliver, pushes, adopt } = createRouter({ push: true });
	adopt();
	deliver(pushEvent());
	deliver({ ...responseEvent(), streamId: 2 });
	const promised = router.get(2) as PendingRequest;
	assert.deepEqual([router.size, router.wanted, promised.reader?.head?.status], [2, 1, 200]);
	pushes?.iterate(router.get(1) as PendingRequest, false).next();
	assert.equal(router.wanted, 2);
});

test('promises for a foreign origin, or of a request that has ended, are refused', () => {
	const { router, deliver, calls, adopt } = createRouter({ push: true });
	adopt();
	deliver(pushEvent({ authority: 'example.com' }));
	deliver(pushEvent({ streamId: 3, promisedStreamId: 4 }));
	assert.deepEqual([calls, router.size], [[`refuse 2 ${PROTOCOL_ERROR}`, `refuse 4 ${CANCEL}`], 1]);
});

test("an error thrown by the caller's flow-control manager fails the wire", () => {
	const { router, calls, adopt } = createRouter();
	const pending = adopt();
	router.consume(pending, 13);
	assert.deepEqual([calls, pending.since], [['fail unlucky'], 7]);
});

test('all streams are reset, or closed when their last event is lost', () => {
	const { router, calls } = createRouter();
	const [first, second] = [makePending(), makePending()];
	router.open(first);
	router.open(second);
	calls.length = 0;
	router.resetAll(CANCEL, 'x');
	assert.deepEqual(calls.sort(), [`reset 3 ${CANCEL}`, `reset 5 ${CANCEL}`]);
	router.closeAll(new ConnectionError('x'));
	assert.deepEqual([first.isClosed, second.isClosed, router.size], [true, true, 0]);
});

test('a response is watched only while its wire can still flush', async () => {
	for (const [closing, schedules] of [
		[false, 1],
		[true, 0],
	] as const) {
		const { deliver, adopt, wire, schedules: count } = createRouter();
		const pending = adopt();
		deliver(responseEvent());
		wire.closing = closing;
		const before = count();
		await pending.reader.response();
		assert.equal(count() - before, schedules);
	}
});
