import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ConnectionResetError, type HyperError, TimeoutError } from '../../src/base/errors.ts';
import { Pings } from '../../src/http20/pings.ts';
import { Stream } from '../../src/http20/stream.ts';
import { ENDLESS, type Patience, Timekeeper } from '../../src/http20/watchdog.ts';
import type { Link } from '../../src/http20/wire.ts';
import { dataEvent, FakeCarrier, makeRequest, responseEvent } from '../support/http20-fakes.ts';

let clock = 0;

beforeEach(() => {
	mock.timers.enable({ apis: ['setTimeout'] });
	clock = 1000;
});

afterEach(() => mock.timers.reset());

/** Lets time pass, a little at a time. */
function pass(milliseconds: number): void {
	for (let i = 0; i < milliseconds; i += 5) {
		clock += 5;
		mock.timers.tick(5);
	}
}

/** What a Timekeeper asks of a link. */
class FakeLink {
	readonly calls: string[] = [];
	readonly carrier = new FakeCarrier();
	readonly open: Stream[] = [];
	readonly streams = { values: () => this.open.filter(({ closed }) => !closed) };
	closing = false;
	idleSince = Number.POSITIVE_INFINITY;
	receivedAt = clock;
	sentAt = 0;
	isPeersTurn = true;
	failure: HyperError | null = null;
	readonly pings = new Pings();
	readonly session = { sentAt: () => this.sentAt, isPeersTurn: () => this.isPeersTurn };

	retire(): void {
		this.calls.push(`retire at ${clock}`);
		this.closing = true;
	}

	probe(): void {
		this.calls.push(`probe at ${clock}`);
	}

	giveUp(reason: HyperError): void {
		this.calls.push(`give up at ${clock}`);
		this.failure = reason;
		this.closing = true;
	}
}

function create(patience: Partial<Patience>) {
	const link = new FakeLink();
	const links = new Set([link as unknown as Link]);
	const waiting: Stream[] = [];
	const timekeeper = new Timekeeper({ ...ENDLESS, ...patience }, { waiting, links }, () => clock);
	const wait = (): Stream => {
		const stream = new Stream(makeRequest(), clock);
		waiting.push(stream);
		timekeeper.begin(clock);
		return stream;
	};
	const open = (): Stream => {
		const stream = wait();
		waiting.pop();
		stream.onOpened(link.carrier, 1, clock);
		link.open.push(stream);
		return stream;
	};
	return { link, links, waiting, timekeeper, open, wait };
}

/** Why a stream has ended. */
function phaseOf(stream: Stream): string | null {
	const reason = stream.failure?.reason;
	return reason instanceof TimeoutError ? reason.phase : null;
}

test('a request that waits has its time from when it was made, and no longer', () => {
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

test('content that is sent begins the time for the head anew, and octets of others keep the link', () => {
	const { open, link } = create({ headers: 100 });
	const stream = open();
	pass(80);
	link.sentAt = clock;
	link.receivedAt = clock;
	pass(80);
	assert.equal(phaseOf(stream), null);
	pass(25);
	assert.equal(phaseOf(stream), 'headers');
	assert.deepEqual(link.calls, []);
});

test('a link that has been silent since the request is retired', () => {
	const { open, link } = create({ headers: 100 });
	pass(10);
	open();
	pass(105);
	assert.deepEqual(link.calls, ['retire at 1110']);
});

test('the time for content runs while it is the server that has to go on', () => {
	const { open, link } = create({ body: 100 });
	const stream = open();
	pass(500);
	const response = stream.onResponse(responseEvent(), clock) as object;
	pass(80);
	stream.onData(dataEvent('unread'), clock);
	pass(500);
	assert.equal(phaseOf(stream), null, 'the reader has stopped');
	link.isPeersTurn = false;
	void stream.body.readExactly(response, 10).catch(() => undefined);
	pass(500);
	assert.equal(phaseOf(stream), null, 'the server may not send');
	link.isPeersTurn = true;
	pass(90);
	assert.equal(phaseOf(stream), null);
	pass(115);
	assert.equal(phaseOf(stream), 'body');
});

test('a response that has ended owes nothing, whether it is read or not', () => {
	const { open } = create({ body: 100, headers: 100 });
	const stream = open();
	stream.onResponse(responseEvent(), clock);
	stream.onData(dataEvent('all', true), clock);
	pass(500);
	assert.equal(phaseOf(stream), null);
});

test('an idle link is retired once, and none that is closing', () => {
	const { timekeeper, link } = create({ idle: 100 });
	timekeeper.begin(clock);
	pass(150);
	link.idleSince = clock;
	pass(95);
	assert.deepEqual(link.calls, []);
	pass(10);
	assert.deepEqual(link.calls, ['retire at 1250']);
	pass(500);
	assert.equal(link.calls.length, 1);
});

test('silence is asked about, any octet is an answer, and none is the end', () => {
	const { timekeeper, link } = create({ keepAlive: { interval: 100, timeout: 50 } });
	timekeeper.begin(clock);
	pass(110);
	assert.deepEqual(link.calls.splice(0), ['probe at 1100']);
	link.receivedAt = clock;
	pass(95);
	assert.deepEqual(link.calls, []);
	pass(10);
	assert.deepEqual(link.calls.splice(0), ['probe at 1210']);
	pass(55);
	assert.deepEqual(link.calls.splice(0), ['give up at 1260']);
	assert.ok(link.failure instanceof ConnectionResetError);
	assert.equal((link.failure.cause as TimeoutError).phase, 'ping');
	pass(500);
	assert.deepEqual(link.calls, []);
});

test('without any limit nothing is ever looked at', () => {
	const { open } = create({});
	const stream = open();
	pass(10_000);
	assert.equal(stream.closed, false);
});

test('nothing is looked at after stop, nor when there is nothing', () => {
	const { timekeeper, link, links } = create({ idle: 100 });
	link.idleSince = 0;
	timekeeper.begin(clock);
	timekeeper.stop();
	pass(500);
	assert.deepEqual(link.calls, []);
	timekeeper.begin(clock);
	links.clear();
	pass(500);
	assert.deepEqual(link.calls, []);
});
