import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions } from '../../src/connection/options.ts';
import { requestFields } from '../../src/http20/request-fields.ts';
import { Outlet } from '../../src/http20/writer.ts';
import { Session } from '../../src/session/session.ts';
import { FakeRuntime, FakeTransport, makeRequest } from '../support/http20-fakes.ts';

function createOutlet() {
	const transport = new FakeTransport();
	const runtime = new FakeRuntime();
	const session = new Session({ ...resolveOptions('localhost', {}, 'HTTP/2').session, firstStreamId: 1 });
	const counts = { flushed: 0 };
	const outlet = new Outlet(transport, session, runtime, () => counts.flushed++);
	/** Calls of the transport since the last call of this. */
	const calls = () => transport.calls.splice(0);
	const open = () => session.openStream(requestFields(makeRequest()).fields, null, true);
	return { transport, runtime, session, counts, outlet, calls, open };
}

test('what one turn schedules is one write', () => {
	const { outlet, session, runtime, counts, calls, open } = createOutlet();
	for (let i = 0; i < 3; i++) {
		open();
		outlet.schedule();
	}
	assert.deepEqual([calls(), runtime.waiting], [[], 1]);
	runtime.endTurn();
	assert.equal(calls().length, 1);
	assert.deepEqual([counts.flushed, session.hasOutput], [1, false]);
	outlet.schedule();
	runtime.endTurn();
	assert.deepEqual([calls(), counts.flushed], [[], 2], 'a turn without output writes nothing');
});

test('a full transport is left alone until it drains', () => {
	const { outlet, transport, session, counts, calls } = createOutlet();
	transport.writable = false;
	outlet.flush();
	calls();
	session.ping(1, 2);
	outlet.flush();
	assert.deepEqual([calls(), counts.flushed], [[], 2]);
	transport.writable = true;
	outlet.onDrain();
	assert.deepEqual(calls(), ['write 17']);
});

test('HEADERS counts as written once the transport has it', () => {
	const { outlet, transport, open } = createOutlet();
	transport.writable = false;
	const first = open();
	assert.equal(outlet.hasWritten(first), false);
	outlet.flush();
	const second = open();
	outlet.flush();
	assert.deepEqual(
		[first, second].map((id) => outlet.hasWritten(id)),
		[true, false],
	);
	outlet.onDrain();
	assert.equal(outlet.hasWritten(second), true);
});

test('the process is held, or let go of, once for each change', () => {
	const { outlet, calls } = createOutlet();
	for (const on of [true, false, false, true]) outlet.hold(on);
	assert.deepEqual(calls(), ['unref', 'ref']);
});

test('the end sends what is left, holds the process, and drops the transport when the peer has had its moment', (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { outlet, session, calls } = createOutlet();
	outlet.hold(false);
	outlet.flush();
	calls();
	session.ping(1, 2);
	outlet.end();
	assert.deepEqual(calls(), ['write 17', 'end', 'ref']);
	t.mock.timers.tick(999);
	assert.deepEqual(calls(), []);
	t.mock.timers.tick(1);
	assert.deepEqual(calls(), ['destroy']);
});

test('a closed transport gets nothing more', (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { outlet, session, runtime, counts, calls } = createOutlet();
	outlet.flush();
	outlet.end();
	outlet.schedule();
	outlet.close();
	calls();
	session.ping(1, 2);
	outlet.schedule();
	runtime.endTurn();
	t.mock.timers.tick(5000);
	assert.deepEqual([calls(), counts.flushed, runtime.waiting], [[], 1, 0]);
});
