// What the application may and must not do with a session. What the server does is in test/scenarios.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ConnectionError, LocalProtocolError, NegotiationError, ProtocolError } from '../../src/base/errors.ts';
import type { Session } from '../../src/session/session.ts';
import { frameOf } from '../support/frames.ts';
import { cancelled, type ScriptOptions, SessionScript } from '../support/session-script.ts';

const REQUEST = [':method', 'POST', ':scheme', 'https', ':authority', 'h', ':path', '/'];

function create(options: ScriptOptions = {}): SessionScript {
	return new SessionScript(options, (bytes) => [bytes]);
}

test('a session first sends the preface and our SETTINGS', () => {
	const s = create({ settings: { initialWindowSize: 9 } });
	assert.equal(s.session.hasOutput, true);
	const [chunk] = s.session.takeOutput() as [Uint8Array];
	const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
	assert.equal(Buffer.from(chunk.subarray(0, 24)).toString(), preface);
	assert.deepEqual([...chunk.subarray(24)], [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 9]);
	assert.equal(s.session.hasOutput, false);
	assert.deepEqual(s.session.takeOutput(), []);
});

test('the request of an upgrade is stream 1, which only the server has to end', () => {
	const s = create({ upgradedMethod: 'HEAD' });
	assert.deepEqual([s.session.freeStreams(9), s.session.nextStreamId], [8, 3]);
	assert.throws(() => s.session.sendData(1, new Uint8Array(1), true), LocalProtocolError);
	assert.deepEqual(
		s.sent().map(({ type }) => type),
		['SETTINGS'],
	);
	s.log.opened(1);
	s.peer.settings();
	s.peer.headers(1, { ':status': '200', 'content-length': '5' }, { endStream: true });
	assert.equal(s.errorOf(1), null);
	assert.equal(s.get(), 3);
});

test('the request of an upgrade begins with the window of our settings, which came with its offer', () => {
	const s = create({ upgradedMethod: 'GET', settings: { initialWindowSize: 1000 } });
	s.log.opened(1);
	s.peer.settings();
	s.peer.headers(1, { ':status': '200' });
	s.peer.data(1, new Uint8Array(1000));
	s.sent();
	// The server has not read our SETTINGS yet, so it has not acknowledged them.
	s.call((session) => session.consume(1, 1000));
	assert.deepEqual(
		s.sent().map((frame) => frame.type === 'WINDOW_UPDATE' && [frame.streamId, frame.increment]),
		[[1, 1000]],
	);
	s.peer.settingsAck();
	s.peer.data(1, new Uint8Array(1000), { endStream: true });
	assert.equal(s.errorOf(1), null);
});

test('isPeersTurn is false while we can send content, and true while the server must give window or answer', () => {
	const s = create({
		settings: { initialWindowSize: 100_000 },
		connectionWindow: 65_535,
		limits: { connectionBuffer: 0 },
	});
	s.greet({ initialWindowSize: 2 });
	const [get, post] = [s.get(), s.post()];
	const turns = () => [get, post].map((id) => s.session.isPeersTurn(id));
	assert.deepEqual(turns(), [true, false]);
	s.call((session) => session.sendData(post, new Uint8Array(5), false));
	assert.deepEqual(turns(), [true, true]);
	assert.equal(s.session.contentSentAt(post), 0);
	s.session.takeOutput(50);
	assert.equal(s.session.contentSentAt(post), 50);
	s.peer.windowUpdate(post, 3);
	s.session.takeOutput(60);
	assert.deepEqual(
		[s.session.contentSentAt(post), s.session.contentSentAt(get), s.session.contentSentAt(99)],
		[60, 0, 0],
	);
	assert.deepEqual(turns(), [true, false]);
	s.peer.headers(get, { ':status': '200' });
	for (let i = 0; i < 5; i++) s.peer.data(get, new Uint8Array(13_107));
	assert.deepEqual(turns(), [false, false], 'the window of the connection is used up');
	s.call((session) => session.consume(get, 65_535));
	assert.deepEqual(turns(), [true, false]);
	assert.equal(s.session.isPeersTurn(99), false);
});

test('a promise refused before it was reported counts as a reply that the server must read', () => {
	const s = create({ settings: { enablePush: true }, limits: { replies: 1 } });
	s.greet();
	const id = s.get();
	const promise = [':method', 'GET', ':scheme', 'https', ':authority', 'h', ':path', '/'];
	const pairs = [0, 2, 4, 6].map((at) => promise.slice(at, at + 2) as [string, string]);
	s.sent();
	for (const promised of [2, 4]) {
		s.peer.pushPromise(id, promised, pairs);
		s.call((session) => session.refusePromise(promised, 7));
	}
	assert.equal(s.session.phase, 'dead');
});

test('invalid settings are refused, and valid ones are sent', () => {
	assert.throws(() => create({ settings: { maxFrameSize: 1 } }), RangeError);
	assert.throws(() => create({ settings: { unknown: 1 } as object }), TypeError);
	const s = create({ settings: { initialWindowSize: 5 } });
	assert.deepEqual(s.sent(), [frameOf({ type: FrameType.SETTINGS, settings: [[4, 5]] })]);
});

test('a request is sent with its content and its trailers', () => {
	const s = create();
	s.greet();
	const id = s.session.openStream(REQUEST, new Set([3]), false);
	assert.equal(s.session.sendData(id, Uint8Array.of(1, 2), false), true);
	s.session.sendTrailers(id, ['sum', '3'], new Set([0]));
	const [head, data, trailers, ...others] = s.sent();
	assert.ok(head?.type === 'HEADERS' && !head.endStream);
	assert.deepEqual(head.fields, [
		[':method', 'POST'],
		[':scheme', 'https'],
		[':authority', 'h'],
		[':path', '/', { neverIndex: true }],
	]);
	assert.deepEqual(data, frameOf({ type: FrameType.DATA, streamId: 1, data: Uint8Array.of(1, 2) }));
	assert.ok(trailers?.type === 'HEADERS' && trailers.endStream);
	assert.deepEqual(trailers.fields, [['sum', '3', { neverIndex: true }]]);
	assert.deepEqual([head.streamId, trailers.streamId, others], [1, 1, []]);
});

test('sendData returns false when the outbox is full, and a writable event follows', () => {
	const s = create();
	s.greet({ initialWindowSize: 1_000_000 });
	const id = s.post();
	assert.equal(s.session.sendData(id, new Uint8Array(262_144), false), false);
	s.sent();
	assert.deepEqual(
		s.events.filter((event) => event === 'writable 1'),
		[],
	);
	s.peer.windowUpdate(0, 1_000_000);
	s.sent();
	assert.deepEqual(
		s.events.filter((event) => event === 'writable 1'),
		['writable 1'],
	);
});

test('content or trailers after the end of a request are a LocalProtocolError', () => {
	const s = create();
	s.greet();
	const ended = s.get();
	const posted = s.post();
	s.session.sendData(posted, new Uint8Array(1), true);
	for (const id of [ended, posted]) {
		assert.throws(() => s.session.sendData(id, new Uint8Array(1), false), LocalProtocolError);
		assert.throws(() => s.session.sendTrailers(id, ['a', 'b'], null), LocalProtocolError);
	}
	s.expectHealthy();
});

test('calls for a closed stream have no effect, but their fields are checked', () => {
	const s = create();
	s.greet();
	const id = s.post();
	s.cancel(id);
	s.sent();
	assert.equal(s.session.sendData(id, new Uint8Array(1), true), true);
	s.session.sendTrailers(id, ['a', 'b'], null);
	s.session.resetStream(id, 8, cancelled());
	assert.deepEqual(s.sent(), []);
	assert.throws(
		() => s.session.sendTrailers(id, ['A', 'b'], null),
		LocalProtocolError,
		'fields are checked all the same',
	);
});

test('a refused request changes nothing', () => {
	const s = create();
	s.greet({ maxHeaderListSize: 200 });
	assert.throws(() => s.session.openStream([...REQUEST, 'Upper', 'x'], null, true), LocalProtocolError);
	assert.throws(() => s.session.openStream([...REQUEST, 'a', 'x'.repeat(100)], null, true), /at most 200/);
	assert.equal(s.session.nextStreamId, 1);
	const id = s.post();
	assert.throws(() => s.session.sendTrailers(id, ['a', 'x'.repeat(200)], null), /at most 200/);
	assert.equal(s.sent().length, 1);
});

test("freeStreams counts from its argument before the server's SETTINGS, and from the server's limit afterwards", () => {
	const s = create();
	assert.deepEqual([s.session.greeted, s.session.freeStreams(0), s.session.freeStreams(7)], [false, 0, 7]);
	s.greet({ maxConcurrentStreams: 1 });
	assert.deepEqual([s.session.greeted, s.session.freeStreams(0)], [true, 1]);
	const id = s.get();
	assert.equal(s.session.freeStreams(100), 0);
	assert.throws(() => s.session.openStream(REQUEST, null, true), /the server allows 1/);
	s.peer.headers(id, { ':status': '204' }, { endStream: true });
	assert.equal(s.session.freeStreams(100), 1);
});

test('a session whose stream ids are used up opens no stream', () => {
	const s = create({ firstStreamId: 0x7fffffff });
	s.greet();
	assert.equal(s.get(), 0x7fffffff);
	assert.deepEqual([s.session.exhausted, s.session.freeStreams(100)], [true, 0]);
	assert.throws(() => s.session.openStream(REQUEST, null, true), /all stream ids are used/);
});

test('draining sends GOAWAY and opens no more streams, and open ones continue', () => {
	const s = create();
	s.greet();
	const id = s.get();
	s.sent();
	s.session.drain(2);
	assert.deepEqual(s.sent(), [frameOf({ type: FrameType.GOAWAY, lastStreamId: 0, errorCode: 2 })]);
	assert.equal(s.session.phase, 'draining');
	assert.throws(() => s.session.openStream(REQUEST, null, true), /the connection is draining/);
	s.peer.headers(id, { ':status': '204' }, { endStream: true });
	assert.equal(s.errorOf(id), null);
});

test('a PING is sent, and consumed bytes are returned as window', () => {
	const s = create();
	s.greet();
	s.session.ping(1, 2);
	assert.deepEqual(s.sent(), [frameOf({ type: FrameType.PING, opaque: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2) })]);
	const id = s.get();
	s.peer.headers(id, { ':status': '200' });
	for (let i = 0; i < 4; i++) s.peer.data(id, new Uint8Array(16_000));
	s.sent();
	s.session.consume(id, 64_000);
	assert.deepEqual(s.sentOf('WINDOW_UPDATE'), [
		frameOf({ type: FrameType.WINDOW_UPDATE, streamId: id, increment: 64_000 }),
	]);
});

test('a server that speaks HTTP/1.1 is recognized, however its first bytes are split', () => {
	for (const parts of [['HTTP/1.1 400'], ['H', 'T', 'T', 'P']]) {
		const s = create();
		for (const part of parts) s.feed(new TextEncoder().encode(part));
		assert.ok(s.last('failed').event.error instanceof NegotiationError);
		s.expectGoaway(1);
	}
	const other = create();
	other.feed(new TextEncoder().encode('HTP/1.1 400 Bad Request\r\n'));
	assert.ok(other.last('failed').event.error instanceof ProtocolError);
});

test('a session that has failed, ended or was released does nothing', () => {
	const ends: ((session: Session) => void)[] = [
		(session) => session.fail(new ConnectionError('x')),
		(session) => session.end(new ConnectionError('x')),
		(session) => session.release(),
	];
	for (const end of ends) {
		const s = create();
		s.greet();
		s.call((session) => end(session));
		s.session.takeOutput();
		s.session.ping(1, 2);
		s.session.drain();
		s.session.consume(1, 100);
		assert.deepEqual([s.session.phase, s.session.hasOutput, s.session.freeStreams(9)], ['dead', false, 0]);
		assert.throws(() => s.session.openStream(REQUEST, null, true), /the connection is dead/);
	}
});

test('a session that has failed reads nothing more and returns no window', () => {
	const s = create({ settings: { maxFrameSize: 65_536 }, limits: { connectionBuffer: 0 } });
	s.greet();
	const id = s.get();
	s.peer.headers(id, { ':status': '200' });
	s.peer.data(id, new Uint8Array(60_000));
	s.peer.goaway(1);
	s.sent();
	s.peer.goaway(9);
	assert.deepEqual(
		s.sent().map(({ type }) => type),
		['GOAWAY'],
	);
	const heads = s.session.frameHeads.length;
	s.peer.ping();
	assert.equal(s.session.frameHeads.length, heads);
	s.call((session) => session.consume(id, 60_000));
	assert.deepEqual(s.sent(), []);
});

test("bytes that are consumed after their stream was reset are returned to the connection's window", () => {
	const s = create({ settings: { maxFrameSize: 65_536 }, limits: { connectionBuffer: 0 } });
	s.greet();
	const id = s.get();
	s.peer.headers(id, { ':status': '200' });
	s.peer.data(id, new Uint8Array(60_000));
	s.cancel(id);
	s.sent();
	s.call((session) => session.consume(id, 60_000));
	const [update, ...others] = s.sent();
	assert.deepEqual([update?.type, update?.streamId, others.length], ['WINDOW_UPDATE', 0, 0]);
});

test('our HPACK table is no larger than the server allows', () => {
	const s = create();
	s.greet({ headerTableSize: 0 });
	s.call((session) => session.openStream(REQUEST, null, true));
	const [chunk] = s.session.takeOutput() as [Uint8Array];
	assert.equal(chunk[9], 0x20, 'a size update to 0');
});
