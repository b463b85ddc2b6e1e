import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionResetError, TimeoutError } from '../../src/base/errors.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import type { WireOwner } from '../../src/connection/wire.ts';
import { Liveness } from '../../src/http20/liveness.ts';
import type { HTTP20Wire } from '../../src/http20/wire.ts';
import { FakeCarrier, makeRequest, RecordingSink } from '../support/http20-fakes.ts';

/** The liveness of a fake wire, and its calls. */
function create() {
	const clock = { now: 10_000 };
	const calls: string[] = [];
	const opaque: [number, number][] = [];
	const wire = {
		closing: false,
		receivedAt: clock.now,
		contentAt: 0,
		written: true,
		failure: null as Error | null,
		now: () => clock.now,
		hasWritten: () => wire.written,
		contentSentAt: () => wire.contentAt,
		session: {
			isAcknowledged: false,
			ping: (first: number, second: number) => {
				opaque.push([first, second]);
				calls.push(`ping at ${clock.now}`);
			},
		},
		writer: { schedule: () => undefined },
		giveUp: (reason: Error) => {
			wire.failure = reason;
			calls.push(`give up at ${clock.now}`);
		},
	};
	const owner = {
		onDue: (at: number) => void calls.push(`due at ${at}`),
		onCapacity: () => void calls.push('capacity'),
	};
	const liveness = new Liveness(wire as unknown as HTTP20Wire, owner as unknown as WireOwner, { now: wire.now });
	const hear = () => {
		wire.receivedAt = clock.now;
		if (liveness.listens) liveness.onHeard();
	};
	const sendRequest = (): PendingRequest => {
		const pending = new PendingRequest(makeRequest(), clock.now, new RecordingSink());
		pending.onSent(new FakeCarrier(), clock.now, 1);
		return pending;
	};
	return { clock, calls, wire, liveness, hear, sendRequest, opaque, take: () => calls.splice(0) };
}

const ABORT = new DOMException('enough', 'AbortError');

test('a suspected peer gets one PING, and without any bytes for a second its wire is given up', () => {
	const { clock, wire, liveness, take } = create();
	liveness.suspect();
	liveness.suspect();
	assert.deepEqual(take(), ['ping at 10000', 'due at 11000', 'due at 11000']);
	clock.now = 10_999;
	assert.equal(liveness.check(clock.now), 11_000);
	clock.now = 11_000;
	assert.equal(liveness.check(clock.now), Number.POSITIVE_INFINITY);
	assert.deepEqual(take(), ['give up at 11000']);
	assert.equal(liveness.state, 'dead');
	assert.ok(wire.failure instanceof ConnectionResetError);
	assert.match(wire.failure.message, /Connection is dead: Server did not answer a PING within 1000 ms/);
	assert.ok(wire.failure.cause instanceof TimeoutError && wire.failure.cause.phase === 'ping');
});

test('a dropped wire stays dropped, whatever still arrives', () => {
	const { clock, liveness, take } = create();
	liveness.suspect();
	clock.now = 11_000;
	liveness.check(clock.now);
	take();
	liveness.onHeard();
	assert.equal(liveness.state, 'dead');
	assert.deepEqual(take(), []);
});

test('a second probe never prolongs the wait for an answer, and a transport that drains does not postpone a probe', () => {
	const probed = create();
	probed.liveness.probe(1000);
	assert.equal(probed.liveness.probe(30_000), 11_000);
	const suspected = create();
	suspected.liveness.suspect();
	suspected.clock.now += 500;
	suspected.hear();
	suspected.liveness.suspect();
	suspected.clock.now = 10_999;
	suspected.liveness.onDrain();
	assert.equal(suspected.liveness.check(suspected.clock.now), 11_000);
});

test('a transport that drains never shortens the wait for an answer', () => {
	const { clock, liveness } = create();
	liveness.probe(30_000);
	liveness.onDrain();
	clock.now += 29_999;
	assert.equal(liveness.check(clock.now), 40_000);
});

test('any bytes end a suspicion, and requests that waited are sent', () => {
	const { clock, liveness, hear, take } = create();
	liveness.suspect();
	clock.now += 500;
	hear();
	assert.deepEqual(take(), ['ping at 10000', 'due at 11000', 'capacity']);
	assert.equal(liveness.state, 'alive');
	clock.now += 5000;
	assert.equal(liveness.check(clock.now), Number.POSITIVE_INFINITY);
	hear();
	assert.deepEqual(take(), []);
});

test('a peer has four round trips of a PING to answer, if they take more than a second', () => {
	const { clock, liveness, hear, take, opaque } = create();
	liveness.probe(60_000);
	clock.now += 400;
	hear();
	liveness.onPong(...(opaque[0] as [number, number]), null);
	clock.now += 5000;
	take();
	liveness.suspect();
	assert.deepEqual(take(), ['ping at 15400', 'due at 17000']);
});

test('a peer has four round trips of SETTINGS or of a PING of the caller to answer', () => {
	const { clock, wire, liveness, hear, take } = create();
	clock.now += 300;
	hear();
	wire.session.isAcknowledged = true;
	clock.now += 200;
	hear();
	liveness.suspect();
	assert.deepEqual(take(), ['ping at 10500', 'due at 12500']);
	hear();
	clock.now += 10_000;
	liveness.onPong(1, 1, 10);
	take();
	liveness.suspect();
	assert.deepEqual(take(), ['ping at 20500', 'due at 21500']);
});

test('the PING of the next suspicion waits until a second after the last one', () => {
	const { clock, liveness, hear, take } = create();
	liveness.suspect();
	clock.now += 100;
	hear();
	take();
	for (let i = 0; i < 3; i++) liveness.suspect();
	assert.deepEqual(take(), ['due at 11000', 'due at 11000', 'due at 11000']);
	clock.now = 11_000;
	assert.equal(liveness.check(clock.now), 12_000);
	assert.deepEqual(take(), ['ping at 11000']);
	clock.now = 12_000;
	liveness.check(clock.now);
	assert.deepEqual(take(), ['give up at 12000']);
});

test('a PING that waits is not sent if bytes arrive before', () => {
	const { clock, liveness, hear, take } = create();
	liveness.suspect();
	hear();
	liveness.suspect();
	hear();
	take();
	clock.now += 1000;
	assert.equal(liveness.check(clock.now), Number.POSITIVE_INFINITY);
	assert.deepEqual(take(), []);
});

test('a suspicion shortens the timeout of a keep-alive PING that is unanswered', () => {
	const { clock, liveness, take } = create();
	assert.equal(liveness.probe(60_000), 70_000);
	clock.now += 50;
	liveness.suspect();
	assert.deepEqual(take(), ['ping at 10000', 'due at 11050']);
});

test('progress of a full transport postpones the end of a probe', () => {
	const { clock, liveness } = create();
	liveness.suspect();
	clock.now += 900;
	liveness.onDrain();
	assert.equal(liveness.check(clock.now), 11_900);
});

test('after a suspend every request waits, otherwise only what could not be sent again to a peer silent for a second', () => {
	const { clock, liveness, hear } = create();
	liveness.suspect();
	assert.deepEqual([liveness.mustWait(true), liveness.mustWait(false)], [false, false]);
	clock.now += 1000;
	assert.deepEqual([liveness.mustWait(true), liveness.mustWait(false)], [false, true]);
	liveness.distrust();
	assert.deepEqual([liveness.mustWait(true), liveness.mustWait(false)], [true, true]);
	hear();
	assert.equal(liveness.holdsAll, false);
});

test('a wire that is closing is neither probed nor held', () => {
	const { wire, liveness, take } = create();
	wire.closing = true;
	liveness.distrust();
	assert.equal(liveness.probe(1000), Number.POSITIVE_INFINITY);
	assert.deepEqual([take(), liveness.holdsAll], [[], false]);
});

test('a request that is given up is silent if nothing was heard since its HEADERS or its last content', () => {
	const { clock, wire, liveness, sendRequest } = create();
	clock.now += 10;
	const pending = sendRequest();
	assert.equal(liveness.isSilentSince(pending, ABORT), true);
	wire.written = false;
	assert.equal(liveness.isSilentSince(pending, ABORT), false, 'nothing was sent yet');
	wire.written = true;
	clock.now += 10;
	wire.receivedAt = clock.now;
	assert.equal(liveness.isSilentSince(pending, ABORT), false);
	clock.now += 10;
	wire.contentAt = clock.now;
	assert.equal(liveness.isSilentSince(pending, ABORT), true);
});

test('a response that times out is silent if nothing was heard since its last content', () => {
	const { clock, wire, liveness, sendRequest } = create();
	const pending = sendRequest();
	clock.now += 10;
	wire.receivedAt = clock.now;
	pending.since = clock.now;
	const timeout = new TimeoutError('body', 'too slow');
	assert.deepEqual([liveness.isSilentSince(pending, timeout), liveness.isSilentSince(pending, ABORT)], [true, false]);
	pending.since = Number.POSITIVE_INFINITY;
	assert.equal(liveness.isSilentSince(pending, timeout), false, "it was not the server's turn");
	pending.since = wire.receivedAt;
	clock.now += 10;
	wire.receivedAt = clock.now;
	assert.equal(liveness.isSilentSince(pending, timeout), false);
});

test('whatever is given up after a second without any bytes is silent', () => {
	const { clock, wire, liveness, sendRequest } = create();
	const pending = sendRequest();
	clock.now += 10;
	wire.receivedAt = clock.now;
	clock.now += 999;
	assert.equal(liveness.isSilentSince(pending, ABORT), false);
	clock.now += 1;
	assert.equal(liveness.isSilentSince(pending, ABORT), true);
});
