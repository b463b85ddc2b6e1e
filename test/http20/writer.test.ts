import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions } from '../../src/connection/options.ts';
import { requestFields } from '../../src/http20/request-fields.ts';
import type { HTTP20Wire } from '../../src/http20/wire.ts';
import { Writer } from '../../src/http20/writer.ts';
import { Session } from '../../src/session/session.ts';
import { FakeRuntime, FakeTransport, makeRequest } from '../support/http20-fakes.ts';

function createWriter() {
	const transport = new FakeTransport();
	const runtime = new FakeRuntime();
	const session = new Session({ ...resolveOptions('localhost', {}, 'HTTP/2').session, firstStreamId: 1 });
	const counts: { flushed: number; broken: unknown } = { flushed: 0, broken: null };
	const streams = {
		get nextStreamId() {
			return session.nextStreamId;
		},
	};
	const wire = {
		streams,
		onFlushed: () => counts.flushed++,
		giveUp: (reason: Error) => (counts.broken = reason.cause),
	};
	const writer = new Writer(wire as unknown as HTTP20Wire, transport, session, runtime);
	/** Calls of the transport since the last call of this. */
	const calls = () => transport.calls.splice(0);
	const open = () => session.openStream(requestFields(makeRequest()).fields, null, true);
	return { transport, runtime, session, counts, writer, calls, open };
}

test('all output of one turn is sent in one write', () => {
	const { writer, session, runtime, counts, calls, open } = createWriter();
	for (let i = 0; i < 3; i++) {
		open();
		writer.schedule();
	}
	assert.deepEqual([calls(), runtime.waiting], [[], 1]);
	runtime.endTurn();
	assert.equal(calls().length, 1);
	assert.deepEqual([counts.flushed, session.hasOutput], [1, false]);
	writer.schedule();
	runtime.endTurn();
	assert.deepEqual([calls(), counts.flushed], [[], 2], 'a turn without output writes nothing');
});

test('nothing is written to a full transport until it drains', () => {
	const { writer, transport, session, counts, calls } = createWriter();
	transport.writable = false;
	writer.flush();
	calls();
	session.ping(1, 2);
	writer.flush();
	assert.deepEqual([calls(), counts.flushed], [[], 2]);
	transport.writable = true;
	writer.onDrain();
	assert.deepEqual(calls(), ['write 17']);
});

test('a write that throws breaks the connection off, and what it had counts as written', (t) => {
	const { writer, transport, counts, open } = createWriter();
	const failure = new Error('no write');
	t.mock.method(transport, 'write', () => {
		throw failure;
	});
	const id = open();
	writer.flush();
	assert.deepEqual([counts.broken, writer.hasWritten(id)], [failure, true]);
});

test('a transport whose last write throws is destroyed', (t) => {
	const { writer, transport, session, calls } = createWriter();
	writer.flush();
	calls();
	t.mock.method(transport, 'write', () => {
		throw new Error('no write');
	});
	session.drain();
	writer.end(false);
	writer.close();
	assert.deepEqual(calls(), ['destroy']);
});

test('HEADERS counts as written once the transport has it', () => {
	const { writer, transport, open } = createWriter();
	transport.writable = false;
	const first = open();
	assert.equal(writer.hasWritten(first), false);
	writer.flush();
	const second = open();
	writer.flush();
	assert.deepEqual(
		[first, second].map((id) => writer.hasWritten(id)),
		[true, false],
	);
	writer.onDrain();
	assert.equal(writer.hasWritten(second), true);
});

test('HEADERS does not count as written if the write failed at once', () => {
	const { writer, transport, open } = createWriter();
	const first = open();
	writer.flush();
	transport.hasFailed = true;
	const second = open();
	writer.flush();
	assert.deepEqual([writer.hasWritten(first), writer.hasWritten(second)], [true, false]);
});

test('hold calls ref or unref once for each change', () => {
	const { writer, calls } = createWriter();
	for (const on of [true, false, false, true]) writer.hold(on);
	assert.deepEqual(calls(), ['unref', 'ref']);
});

test('the end of a writer sends the last output, keeps the process running, and drops the transport after a second', (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { writer, session, calls } = createWriter();
	writer.hold(false);
	writer.flush();
	calls();
	session.ping(1, 2);
	writer.end(false);
	assert.deepEqual(calls(), ['write 17', 'end', 'ref']);
	t.mock.timers.tick(999);
	assert.deepEqual(calls(), []);
	t.mock.timers.tick(1);
	assert.deepEqual(calls(), ['destroy']);
});

test('the end of a writer whose requests are lost discards HEADERS that were not written, as they are sent elsewhere', (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	for (const [isLost, isWritten, expected] of [
		[true, false, ['end', 'ref']],
		[true, true, ['write 17', 'end', 'ref']],
		[false, false, ['write 37', 'end', 'ref']],
	] as const) {
		const { writer, session, calls, open } = createWriter();
		writer.hold(false);
		writer.flush();
		open();
		if (isWritten) writer.flush();
		calls();
		session.ping(1, 2);
		writer.end(isLost);
		assert.deepEqual(calls(), expected);
	}
});

test('a closed writer writes nothing more', (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { writer, session, runtime, counts, calls } = createWriter();
	writer.flush();
	writer.end(false);
	writer.schedule();
	writer.close();
	calls();
	session.ping(1, 2);
	writer.schedule();
	runtime.endTurn();
	t.mock.timers.tick(5000);
	assert.deepEqual([calls(), counts.flushed, runtime.waiting], [[], 1, 0]);
});
