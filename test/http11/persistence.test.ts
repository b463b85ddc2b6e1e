import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../src/http11/call.ts';
import { type Habits, Persistence } from '../../src/http11/persistence.ts';
import { ResponseHead } from '../../src/message/response.ts';
import { type Asked, ask } from '../support/http11.ts';

function used(habits: Habits = { closesBehindResponse: false }): Persistence {
	const persistence = new Persistence(0, habits);
	persistence.onIdle(10);
	return persistence;
}

function head(fields: string[] = []): ResponseHead {
	return new ResponseHead('HTTP/1.1', 200, 'OK', null, fields);
}

function isOver(persistence: Persistence, now: number): boolean {
	return persistence.pauseBefore(ask().pending, 10, now) === Number.POSITIVE_INFINITY;
}

test('a request on a used connection waits for a turn, unless it can be sent again and bytes have just arrived', () => {
	assert.equal(
		new Persistence(0, { closesBehindResponse: false }).pauseBefore(ask('POST').pending, 0, 1000),
		null,
		'nothing was sent on it yet',
	);
	const cases: [asked: Asked, atOnce: number | null][] = [
		[ask('GET'), null],
		[ask('PUT', { body: 'x' }), null],
		[ask('PUT', { body: ['x'].values() }), 0],
		[ask('POST'), 0],
	];
	for (const [{ pending }, atOnce] of cases) {
		assert.equal(used().pauseBefore(pending, 10, 10.9), atOnce, pending.request.method);
		assert.equal(used().pauseBefore(pending, 10, 11), 0, pending.request.method);
		assert.equal(used().pauseBefore(pending, 10, 1e6), 0, pending.request.method);
	}
});

test('the first unsafe request behind a response waits longer, because a server that closes each time closes then', () => {
	const persistence = used();
	const { pending } = ask('POST');
	persistence.onHead(head());
	assert.deepEqual([persistence.pauseBefore(pending, 10, 11.9), persistence.pauseBefore(pending, 10, 12)], [2, 0]);
	assert.equal(persistence.pauseBefore(ask('GET').pending, 10, 10.5), null);
	persistence.onHead(head());
	assert.equal(persistence.pauseBefore(pending, 10, 10.5), 0);
});

test('an unsafe request waits longer while the server has closed the last connection behind its first response', () => {
	const habits: Habits = { closesBehindResponse: false };
	const closed = used(habits);
	closed.onHead(head());
	closed.onUnused();
	const persistence = used(habits);
	persistence.onHead(head());
	assert.equal(persistence.pauseBefore(ask('POST').pending, 10, 10.5), 25);
	persistence.onHead(head());
	persistence.onUnused();
	const next = used(habits);
	next.onHead(head());
	assert.equal(next.pauseBefore(ask('POST').pending, 10, 10.5), 2);
});

test('a connection is used until a second, or half of the time, before the server closes it', () => {
	const cases: [fields: string[], life: number][] = [
		[['Keep-Alive', 'timeout=5'], 4000],
		[['keep-alive', 'max=100, Timeout = "2"'], 1000],
		[['Keep-Alive', 'timeout=1'], 500],
		[['Keep-Alive', 'timeout=0'], 0],
	];
	for (const [fields, life] of cases) {
		const persistence = used();
		persistence.onHead(head(fields));
		assert.deepEqual(
			[isOver(persistence, 10 + life - 0.1), isOver(persistence, 10 + life)],
			[false, true],
			fields.join(),
		);
	}
	for (const value of ['max=5', 'timeout=x', 'notimeout=5', 'timeout=-1']) {
		const persistence = used();
		persistence.onHead(head(['Keep-Alive', value]));
		assert.equal(isOver(persistence, 1e12), false, value);
	}
	const fresh = new Persistence(0, { closesBehindResponse: false });
	fresh.onHead(head(['Keep-Alive', 'timeout=0']));
	assert.equal(isOver(fresh, 0), false);
});

test('what happened to a request whose connection broke depends on what was written, received and offered', () => {
	const { pending } = ask();
	pending.state = 'sent';
	const call = { pending, isWritten: true, offersUpgrade: false };
	const fate = (persistence: Persistence, changes: Partial<typeof call>, received = 0, hasSent = true) =>
		persistence.fateOf({ ...call, ...changes } as unknown as Call, hasSent, received);
	assert.equal(fate(used(), { isWritten: false }), 'refused');
	assert.equal(fate(used(), {}, 0, false), 'refused');
	assert.equal(fate(used(), {}), 'unanswered');
	assert.equal(fate(used(), {}, 1), 'processed');
	assert.equal(fate(used(), { offersUpgrade: true }, 1), 'declined');
	assert.equal(fate(new Persistence(0, { closesBehindResponse: false }), {}), 'processed');
	pending.state = 'answered';
	assert.equal(fate(used(), {}), 'processed');
});

test('a response with a length beside chunks makes its connection doubtful, one with either does not', () => {
	const persistence = used();
	const length = ['Content-Length', '6'];
	const chunks = ['Transfer-Encoding', 'chunked'];
	for (const [fields, isDoubtful] of [
		[length, false],
		[[...length, ...chunks], true],
		[chunks, false],
	] as const) {
		persistence.onHead(head([...fields]));
		assert.equal(persistence.isDoubtful, isDoubtful, fields.join());
	}
});
