import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { TimeoutError } from '../../src/base/errors.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { type Patience, Watchdog } from '../../src/connection/watchdog.ts';
import type { Prober, Wire } from '../../src/connection/wire.ts';
import { Pings } from '../../src/http20/pings.ts';
import {
	deliver,
	FakeCarrier,
	makeHead,
	makePending,
	makeRequest,
	type ReadPending,
	RecordingSink,
} from '../support/http20-fakes.ts';

/** The clock of the tests. A suspended process is one whose clock runs while its timers do not. */
let clock = 0;

beforeEach(() => {
	mock.timers.enable({ apis: ['setTimeout'] });
	clock = 1000.25;
});

afterEach(() => mock.timers.reset());

/** Lets time pass, a little at a time. */
function pass(milliseconds: number): void {
	for (let i = 0; i < milliseconds; i += 5) advance(5);
}

/** Lets time pass at once. */
function advance(milliseconds: number): void {
	clock += milliseconds;
	mock.timers.tick(milliseconds);
}

const ENDLESS: Patience = {
	headers: Number.POSITIVE_INFINITY,
	body: Number.POSITIVE_INFINITY,
	idle: Number.POSITIVE_INFINITY,
	keepAlive: null,
};

/** What a Watchdog asks of a wire. */
class FakeWire {
	readonly calls: string[] = [];
	readonly carrier = new FakeCarrier();
	readonly open: PendingRequest[] = [];
	closing = false;
	idleSince = Number.POSITIVE_INFINITY;
	receivedAt = clock;
	lastContentAt = 0;
	peersTurn = true;
	isAwaited = false;
	/** When the answer to the last probe is due. */
	due = Number.POSITIVE_INFINITY;
	liveness: Prober | null = {
		probe: (timeout) => {
			this.calls.push(`probe at ${Math.floor(clock)}`);
			this.due = clock + timeout;
			return this.due;
		},
		suspect: () => void this.calls.push(`suspect at ${Math.floor(clock)}`),
		distrust: () => void this.calls.push(`distrust at ${Math.floor(clock)}`),
		check: (now) => {
			if (this.due > now) return this.due;
			this.calls.push(`give up at ${Math.floor(clock)}`);
			this.closing = true;
			return Number.POSITIVE_INFINITY;
		},
	};
	readonly pings = new Pings();

	requests(): PendingRequest[] {
		return this.open.filter(({ isClosed }) => !isClosed);
	}

	contentSentAt(): number {
		return this.lastContentAt;
	}

	isPeersTurn(): boolean {
		return this.peersTurn;
	}

	expirePings(time: number, makeReason: () => unknown): number {
		return this.pings.expire(time, makeReason);
	}

	get size(): number {
		return this.requests().length;
	}

	retire(): void {
		this.calls.push(`retire at ${Math.floor(clock)}`);
		this.closing = true;
	}
}

function create(patience: Partial<Patience>) {
	const wire = new FakeWire();
	const wires = new Set([wire as unknown as Wire]);
	const waiting: PendingRequest[] = [];
	const watched = { waiting, wires, isAwaited: () => wire.isAwaited };
	const runtime = { now: () => clock, afterPoll: (callback: () => void) => callback() };
	const watchdog = new Watchdog({ ...ENDLESS, ...patience }, watched, runtime);
	const begin = <T extends PendingRequest>(pending: T): T => {
		pending.since = clock;
		waiting.push(pending);
		watchdog.begin(clock);
		return pending;
	};
	const wait = (): ReadPending => begin(makePending());
	const send = <T extends PendingRequest>(pending: T): T => {
		waiting.pop();
		pending.onSent(wire.carrier, clock, 1);
		wire.open.push(pending);
		return pending;
	};
	const open = (): ReadPending => send(wait());
	/** A request whose response goes to a sink that can be paused. */
	const openSink = (): PendingRequest => send(begin(new PendingRequest(makeRequest(), clock, new RecordingSink())));
	return { wire, wires, waiting, watchdog, open, openSink, wait };
}

/** Which time has run out. */
function phaseOf(pending: PendingRequest): string | null {
	const reason = pending.failure?.reason;
	return reason instanceof TimeoutError ? reason.phase : null;
}

test('timeout.headers of a waiting request counts from when the request was made', () => {
	const { wait, waiting } = create({ headers: 100 });
	const first = wait();
	pass(50);
	const second = wait();
	pass(45);
	assert.equal(phaseOf(first), null);
	pass(10);
	assert.deepEqual([phaseOf(first), phaseOf(second)], ['headers', null]);
	waiting.length = 0;
	waiting.push(second);
	pass(50);
	assert.equal(phaseOf(second), 'headers');
});

test('each of several requests times out in its own time, whatever it waits for', () => {
	const phases: Record<string, (bench: ReturnType<typeof create>) => PendingRequest> = {
		waiting: ({ wait }) => wait(),
		sent: ({ open }) => open(),
		answered: ({ open }) => {
			const pending = open();
			pending.onHead(makeHead(), clock);
			return pending;
		},
		complete: ({ open }) => {
			const pending = open();
			pending.onHead(makeHead(), clock);
			pending.onEnd(clock);
			return pending;
		},
	};
	for (const [phase, begin] of Object.entries(phases)) {
		const bench = create({ headers: 100, body: 100 });
		begin(bench);
		pass(50);
		const second = begin(bench);
		pass(30);
		begin(bench);
		// The first one causes a check, at which two others wait.
		pass(65);
		assert.equal(second.isClosed, false, phase);
		pass(10);
		assert.equal(second.isClosed, true, phase);
		bench.watchdog.stop();
	}
});

test('sent content restarts timeout.headers, and bytes for other requests keep the wire open', () => {
	const { open, wire } = create({ headers: 100 });
	const pending = open();
	pass(80);
	wire.lastContentAt = clock;
	wire.receivedAt = clock;
	pass(80);
	assert.equal(phaseOf(pending), null);
	pass(25);
	assert.equal(phaseOf(pending), 'headers');
	assert.deepEqual(wire.calls, []);
});

test('sent content restarts timeout.body, also on the turn of a caller and after the response', () => {
	for (const [state, sentAfter] of [
		['answered', 80],
		["on the caller's turn", 150],
		['complete', 80],
	] as const) {
		const { open, wire, watchdog } = create({ body: 100 });
		const pending = open();
		pending.onHead(makeHead(), clock);
		if (state === 'complete') pending.onEnd(clock);
		if (state === "on the caller's turn") Object.assign(wire, { peersTurn: false, isAwaited: true });
		pass(sentAfter);
		wire.lastContentAt = clock;
		pass(90);
		assert.equal(pending.isClosed, false, state);
		pass(15);
		assert.equal(pending.isClosed, true, state);
		watchdog.stop();
	}
});

test('the first check is due after the shortest timeout, also if keepAlive is longer or shorter', () => {
	const { open } = create({ headers: 100, keepAlive: { interval: 1000, timeout: 1000 } });
	const pending = open();
	pass(105);
	assert.equal(phaseOf(pending), 'headers');
	const { watchdog, wire } = create({ keepAlive: { interval: 100, timeout: 1000 } });
	watchdog.begin(clock);
	pass(105);
	assert.deepEqual(wire.calls, ['probe at 1205']);
});

test("timeout.body runs while it is the server's turn, and not while it is the reader's", () => {
	const { open, wire } = create({ body: 100 });
	const pending = open();
	pass(500);
	pending.onHead(makeHead(), clock);
	pass(80);
	deliver(pending, 'unread', clock);
	pass(500);
	assert.equal(phaseOf(pending), null, 'the reader has stopped');
	wire.peersTurn = false;
	void pending.reader.readExactly(pending, 10).catch(() => undefined);
	pass(500);
	assert.equal(phaseOf(pending), null, 'the server may not send');
	wire.peersTurn = true;
	pass(90);
	assert.equal(phaseOf(pending), null);
	pass(115);
	assert.equal(phaseOf(pending), 'body');
});

test('a response that has ended does not time out, whether it is read or not', () => {
	const { open } = create({ body: 100, headers: 100 });
	const pending = open();
	pending.onHead(makeHead(), clock);
	deliver(pending, 'all', clock);
	pending.onEnd(clock);
	pass(500);
	assert.equal(phaseOf(pending), null);
});

test('an idle wire is retired once, and a closing wire is not', () => {
	const { watchdog, wire } = create({ idle: 100 });
	watchdog.begin(clock);
	pass(150);
	wire.idleSince = clock;
	pass(95);
	assert.deepEqual(wire.calls, []);
	pass(10);
	assert.deepEqual(wire.calls, ['retire at 1250']);
	pass(500);
	assert.equal(wire.calls.length, 1);
});

test('a silent peer is probed, any byte counts as an answer, and without an answer the wire is given up', () => {
	const { watchdog, wire } = create({ keepAlive: { interval: 100, timeout: 50 } });
	watchdog.begin(clock);
	pass(110);
	assert.deepEqual(wire.calls.splice(0), ['probe at 1100']);
	wire.receivedAt = clock;
	wire.due = Number.POSITIVE_INFINITY;
	pass(95);
	assert.deepEqual(wire.calls, []);
	pass(10);
	assert.deepEqual(wire.calls.splice(0), ['probe at 1210']);
	pass(55);
	assert.deepEqual(wire.calls.splice(0), ['give up at 1260']);
	pass(500);
	assert.deepEqual(wire.calls, []);
});

test('a probe that is due before any timeout is checked in time', () => {
	const { watchdog, wire } = create({ idle: 10_000 });
	watchdog.begin(clock);
	wire.due = clock + 1000;
	watchdog.expect(wire.due);
	pass(995);
	assert.deepEqual(wire.calls, []);
	pass(10);
	assert.deepEqual(wire.calls, ['give up at 2000']);
});

test('after a suspend, HTTP/2 wires are probed and idle HTTP/1.1 wires retire', () => {
	for (const [pings, busy, calls] of [
		[true, true, ['distrust at 6000']],
		[true, false, ['distrust at 6000']],
		[false, true, []],
		[false, false, ['retire at 6000']],
	] as const) {
		clock = 1000.25;
		const { watchdog, wire, open } = create({ headers: 100 });
		if (busy) open();
		else watchdog.begin(clock);
		if (!pings) wire.liveness = null;
		clock += 5000;
		mock.timers.tick(100);
		clock += 100;
		assert.deepEqual(wire.calls, calls);
		watchdog.stop();
	}
});

test('a waiting request that is given up makes a silent HTTP/2 wire suspect, and retires an HTTP/1.1 wire after a second of silence', () => {
	for (const [pings, heard, waited, calls] of [
		[true, false, 10, ['suspect at 1010']],
		[true, true, 5000, []],
		[false, false, 990, []],
		[false, false, 1000, ['retire at 2000']],
		[false, true, 5000, []],
	] as const) {
		clock = 1000.25;
		const { watchdog, wire } = create({});
		if (!pings) wire.liveness = null;
		const since = clock;
		if (heard) wire.receivedAt = since + 1;
		pass(waited);
		watchdog.suspect(wire as unknown as Wire, since);
		assert.deepEqual(wire.calls, calls);
	}
});

test('a timer that is late because the process is busy does not make connections suspect', () => {
	const { watchdog, wire } = create({ headers: 100 });
	watchdog.begin(clock);
	clock += 900;
	advance(100);
	assert.deepEqual(wire.calls, []);
});

test('a watchdog without any limit never checks anything', () => {
	const { open } = create({});
	const pending = open();
	pass(10_000);
	assert.equal(pending.isClosed, false);
});

test('a watchdog checks nothing after stop, or without wires', () => {
	const { watchdog, wire, wires } = create({ idle: 100 });
	wire.idleSince = 0;
	watchdog.begin(clock);
	watchdog.stop();
	pass(500);
	assert.deepEqual(wire.calls, []);
	watchdog.begin(clock);
	wires.clear();
	pass(500);
	assert.deepEqual(wire.calls, []);
});

test('timeout.body does not run while the sink is paused, and restarts when it resumes', () => {
	const { openSink } = create({ body: 100 });
	const pending = openSink();
	pending.onHead(makeHead(), clock);
	pending.pause();
	deliver(pending, 'held', clock);
	pass(1000);
	assert.equal(phaseOf(pending), null);
	pending.resume();
	pass(90);
	assert.equal(phaseOf(pending), null);
	pass(115);
	assert.equal(phaseOf(pending), 'body');
});

test('timeout errors name what did not happen, and the timeout', () => {
	const { open, wait, waiting } = create({ headers: 100, body: 50 });
	const [waited, answered] = [wait(), open()];
	waiting.push(waited);
	answered.onHead(makeHead(), clock);
	pass(300);
	assert.deepEqual(
		[waited, answered].map((pending) => String(pending.failure?.reason)),
		[
			'TimeoutError: Response did not begin within 100 ms',
			'TimeoutError: No content of the response arrived within 50 ms',
		],
	);
});
