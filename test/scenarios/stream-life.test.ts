// Streams from their first frame to their last, in the events of a session: ends, resets, GOAWAY, late frames, stream ids.

import assert from 'node:assert/strict';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ConnectionError, ConnectionResetError, LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { holds, scenario } from '../support/session-script.ts';

const ok = { ':status': '200' };
const { NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, CANCEL, REFUSED_STREAM, ENHANCE_YOUR_CALM } = ErrorCode;

scenario('a complete request and response close their stream without an error', (s) => {
	s.greet();
	const id = s.get();
	assert.deepEqual(
		s.sentOf('HEADERS').map(({ streamId, endStream }) => [streamId, endStream]),
		[[id, true]],
	);
	s.peer.headers(id, ok);
	s.peer.data(id, 'hello');
	s.peer.data(id, ' world', { endStream: true });
	assert.deepEqual(s.events, ['settings', 'response 1', 'data 1', 'data 1', 'closed 1']);
	assert.equal(s.errorOf(id), null);
});

scenario('a response that ends before its request leaves the stream open until the request is sent', (s) => {
	s.greet();
	const id = s.post();
	s.peer.headers(id, ok, { endStream: true });
	assert.deepEqual(s.events, ['settings', 'response 1']);
	s.call((session) => session.sendData(id, new Uint8Array(3), true));
	assert.deepEqual(s.sentOf('DATA').length, 1);
	assert.equal(s.errorOf(id), null);
});

// RFC 9113 §8.1
scenario('RST_STREAM with NO_ERROR after a complete response is no error, even during an upload', (s) => {
	s.greet();
	const id = s.post();
	s.call((session) => session.sendData(id, new Uint8Array(100_000), false));
	s.sent();
	s.peer.headers(id, { ':status': '413' }, { endStream: true });
	s.peer.rstStream(id, NO_ERROR);
	assert.equal(s.errorOf(id), null);
	s.peer.windowUpdate(0, 100_000);
	assert.deepEqual(s.sent(), []);
});

for (const [where, send] of [
	['before the head', () => undefined],
	['after the head', (s) => s.peer.headers(1, ok)],
	[
		'amid the content',
		(s) => {
			s.peer.headers(1, { ':status': '200', 'content-length': '10' });
			s.peer.data(1, 'half');
		},
	],
	[
		'after all of the content',
		(s) => {
			s.peer.headers(1, { ':status': '200', 'content-length': '4' });
			s.peer.data(1, 'half');
		},
	],
] as const satisfies readonly (readonly [string, (s: Parameters<Parameters<typeof scenario>[1]>[0]) => void])[]) {
	scenario(`RST_STREAM with NO_ERROR ${where} makes the response incomplete`, (s) => {
		s.greet();
		const id = s.get();
		send(s);
		s.peer.rstStream(id, NO_ERROR);
		const error = s.errorOf(id) as StreamResetError;
		holds(error instanceof StreamResetError);
		assert.deepEqual([error.errorCode, error.initiator, error.retryable], [NO_ERROR, 'remote', false]);
		s.expectHealthy();
	});
}

for (const errorCode of [CANCEL, PROTOCOL_ERROR, INTERNAL_ERROR, 0xdeadbeef]) {
	scenario(`RST_STREAM with error code ${errorCode} closes the stream with that code and is not retryable`, (s) => {
		s.greet();
		const id = s.get();
		s.peer.rstStream(id, errorCode);
		const error = s.errorOf(id) as StreamResetError;
		assert.deepEqual([error.errorCode, error.initiator, error.retryable], [errorCode, 'remote', false]);
	});
}

scenario("REFUSED_STREAM is retryable before the response's head, and not after it", (s) => {
	s.greet();
	const [first, second] = [s.get(), s.get()];
	s.peer.rstStream(first, REFUSED_STREAM);
	s.peer.headers(second, ok);
	s.peer.rstStream(second, REFUSED_STREAM);
	assert.equal(s.errorOf(first)?.retryable, true);
	assert.equal(s.errorOf(second)?.retryable, false);
});

scenario('streams may end in any order', (s) => {
	s.greet();
	const ids = [s.get(), s.get(), s.get(), s.get()];
	for (const id of [ids[2], ids[0], ids[3], ids[1]] as number[]) s.peer.headers(id, ok, { endStream: true });
	assert.deepEqual(
		s.events.filter((event) => event.startsWith('closed')),
		['closed 5', 'closed 1', 'closed 7', 'closed 3'],
	);
});

scenario('frames for a cancelled stream are ignored, and their window is returned', (s) => {
	s.greet();
	const id = s.get();
	s.cancel(id);
	s.sent();
	s.peer.headers(id, ok);
	for (let i = 0; i < 20; i++) s.peer.data(id, new Uint8Array(4096), { padding: 10 });
	s.peer.headers(id, { trailer: '1' }, { endStream: true });
	s.peer.rstStream(id, CANCEL);
	s.peer.windowUpdate(id, 1);
	const updates = s.sentOf('WINDOW_UPDATE');
	holds(updates.every(({ streamId }) => streamId === 0));
	holds(updates.reduce((sum, { increment }) => sum + increment, 0) >= 20 * 4107 - 65535 + 16384);
	assert.deepEqual(s.events.slice(-1), [`closed ${id}`]);
});

scenario('cancelling a stream sends one RST_STREAM', (s) => {
	s.greet();
	const id = s.get();
	s.peer.headers(id, ok);
	s.cancel(id);
	s.cancel(id);
	s.expectReset(id, CANCEL);
});

scenario('streams continue after a graceful GOAWAY, and a second GOAWAY closes those above its last stream', (s) => {
	s.greet();
	const ids = [s.get(), s.get(), s.get()] as const;
	s.peer.goaway(0x7fffffff, NO_ERROR);
	assert.equal(s.session.phase, 'draining');
	assert.deepEqual(s.events, ['settings', 'goaway']);
	assert.throws(() => s.get(), LocalProtocolError);
	s.peer.goaway(ids[1], NO_ERROR);
	holds(s.errorOf(ids[2]) instanceof ConnectionError);
	assert.equal(s.errorOf(ids[2])?.retryable, true);
	s.peer.headers(ids[0], ok, { endStream: true });
	s.peer.headers(ids[1], ok, { endStream: true });
	assert.equal(s.errorOf(ids[0]), null);
	assert.equal(s.errorOf(ids[1]), null);
	s.expectHealthy();
});

scenario('GOAWAY with last stream 0 closes all streams as retryable, in order, with its code and debug data', (s) => {
	s.greet();
	const ids = Array.from({ length: 40 }, () => s.get());
	s.peer.goaway(0, ENHANCE_YOUR_CALM, 'too_many_pings');
	assert.deepEqual(s.events.slice(1), [...ids.map((id) => `closed ${id}`), 'goaway']);
	const error = s.errorOf(1) as ConnectionError;
	assert.equal(error.errorCode, ENHANCE_YOUR_CALM);
	assert.match(error.message, /ENHANCE_YOUR_CALM.*too_many_pings/);
});

scenario('a stream that is reset before a GOAWAY that excludes it is closed once', (s) => {
	s.greet();
	const [first, second] = [s.get(), s.get()];
	s.peer.rstStream(second, CANCEL);
	s.peer.goaway(0);
	assert.deepEqual(s.events.slice(1), [`closed ${second}`, `closed ${first}`, 'goaway']);
	assert.equal((s.errorOf(second) as StreamResetError).errorCode, CANCEL);
	assert.equal(s.errorOf(first)?.retryable, true);
});

scenario('frames for streams above the last stream of a GOAWAY do not affect the other streams', (s) => {
	s.greet();
	const [first, second] = [s.get(), s.get()];
	s.peer.goaway(first);
	s.sent();
	s.peer.data(second, 'late');
	s.peer.headers(first, ok, { endStream: true });
	assert.equal(s.errorOf(first), null);
	assert.notEqual(s.session.phase, 'dead');
});

scenario('drain sends GOAWAY, lets open streams finish and opens no others', (s) => {
	s.greet();
	const id = s.get();
	s.call((session) => session.drain());
	assert.deepEqual(
		s.sentOf('GOAWAY').map(({ lastStreamId, errorCode }) => [lastStreamId, errorCode]),
		[[0, NO_ERROR]],
	);
	assert.throws(() => s.get(), LocalProtocolError);
	s.peer.headers(id, ok, { endStream: true });
	assert.equal(s.errorOf(id), null);
});

scenario('the end of the transport closes every stream once, with its reason', (s) => {
	s.greet();
	const ids = [s.get(), s.post(), s.get()];
	s.peer.headers(1, ok);
	const reason = new ConnectionResetError('gone');
	s.call((session) => session.end(reason));
	s.call((session) => session.end(new ConnectionError('again')));
	for (const id of ids) assert.equal(s.errorOf(id), reason);
	s.call((session) => {
		session.resetStream(1, CANCEL, reason);
		session.consume(1, 10);
		session.ping(1, 2);
		session.drain();
		assert.equal(session.sendData(3, new Uint8Array(10), true), true);
	});
	assert.deepEqual(s.events.slice(-3), ['closed 1', 'closed 3', 'closed 5']);
});

scenario(
	'stream ids are odd, increase by two and end at 2^31-1',
	(s) => {
		s.greet();
		assert.deepEqual([s.get(), s.get()], [0x7ffffffd, 0x7fffffff]);
		assert.equal(s.session.exhausted, true);
		assert.equal(s.session.freeStreams(100), 0);
		assert.throws(() => s.get(), LocalProtocolError);
		s.peer.headers(0x7fffffff, ok, { endStream: true });
		s.peer.headers(0x7ffffffd, ok, { endStream: true });
		s.expectHealthy();
	},
	{ firstStreamId: 0x7ffffffd },
);

scenario(
	'a promised response is delivered on its own stream',
	(s) => {
		s.greet();
		const id = s.get();
		s.peer.pushPromise(
			id,
			2,
			{ ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/style.css' },
			{ padding: 9 },
		);
		assert.equal(s.last('push').event.path, '/style.css');
		s.peer.headers(id, ok, { endStream: true });
		s.peer.headers(2, ok);
		s.peer.data(2, 'css', { endStream: true });
		assert.deepEqual(s.events.slice(-5), ['response 1', 'closed 1', 'response 2', 'data 2', 'closed 2']);
		s.expectHealthy();
	},
	{ settings: { enablePush: true } },
);

scenario(
	'a promise on a cancelled stream is decoded and refused',
	(s) => {
		s.greet();
		const [id, other] = [s.get(), s.get()];
		s.cancel(id);
		s.sent();
		const promise = { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/', 'x-new': 'entry' };
		s.peer.pushPromise(id, 2, promise);
		s.expectReset(2, CANCEL);
		s.peer.headers(2, { ':status': '200', 'x-new': 'entry' });
		s.peer.headers(other, { ':status': '200', 'x-new': 'entry' }, { endStream: true });
		assert.deepEqual(s.last('response').event.fields.slice(-2), ['x-new', 'entry']);
	},
	{ settings: { enablePush: true } },
);

scenario(
	'our GOAWAY has the id of the last promised stream',
	(s) => {
		s.greet();
		const id = s.get();
		s.peer.pushPromise(id, 4, { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/' });
		s.call((session) => session.drain());
		assert.equal(s.sentOf('GOAWAY')[0]?.lastStreamId, 4);
	},
	{ settings: { enablePush: true } },
);

scenario('PRIORITY frames are legal on every stream and have no effect', (s) => {
	s.greet();
	const id = s.get();
	for (const on of [id, 99, 2]) s.peer.priority(on);
	s.peer.headers(id, ok, { endStream: true });
	s.peer.priority(id);
	s.expectHealthy();
});
