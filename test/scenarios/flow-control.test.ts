// Windows in both directions (RFC 9113 §5.2, §6.9), and settings that change while streams are open.

import assert from 'node:assert/strict';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { OUTBOX_BYTES } from '../../src/session/send-queue.ts';
import { frameOf } from '../support/frames.ts';
import { holds, type SessionScript, scenario } from '../support/session-script.ts';

const ok = { ':status': '200' };

/** Bytes of content in the DATA frames that the session has sent on a stream since the last call. */
function sentContent(s: SessionScript, streamId: number): number {
	return s
		.sentOf('DATA')
		.filter((frame) => frame.streamId === streamId)
		.reduce((sum, frame) => sum + frame.data.length, 0);
}

const upload = (s: SessionScript, length: number): number => {
	const id = s.post();
	s.call((session) => session.sendData(id, new Uint8Array(length), true));
	return id;
};

scenario("an upload stops when its stream's window is used up and continues after a WINDOW_UPDATE", (s) => {
	s.greet({ initialWindowSize: 1000 });
	const id = upload(s, 2500);
	assert.equal(sentContent(s, id), 1000);
	s.peer.windowUpdate(id, 600);
	assert.equal(sentContent(s, id), 600);
	s.peer.windowUpdate(id, 10_000);
	assert.equal(sentContent(s, id), 900);
	s.peer.headers(id, ok, { endStream: true });
	assert.equal(s.errorOf(id), null);
});

scenario("uploads take turns in the connection's window and stop when it is used up", (s) => {
	s.greet({ initialWindowSize: 1_000_000 });
	const ids = [upload(s, 100_000), upload(s, 100_000)] as const;
	const frames = s.sentOf('DATA');
	assert.equal(
		frames.reduce((sum, frame) => sum + frame.data.length, 0),
		65_535,
	);
	assert.deepEqual(
		frames.map((frame) => frame.streamId),
		[ids[0], ids[1], ids[0], ids[1]],
	);
	s.peer.windowUpdate(0, 32_768);
	assert.deepEqual(new Set(s.sentOf('DATA').map((frame) => frame.streamId)), new Set(ids));
});

scenario("no DATA frame exceeds the server's SETTINGS_MAX_FRAME_SIZE", (s) => {
	s.greet();
	const id = upload(s, 40_000);
	assert.deepEqual(
		s.sentOf('DATA').map((frame) => frame.data.length),
		[16_384, 16_384, 7232],
	);
	s.peer.settings({ maxFrameSize: 30_000 });
	s.peer.windowUpdate(0, 100_000);
	const larger = upload(s, 40_000);
	assert.notEqual(larger, id);
	assert.deepEqual(
		s.sentOf('DATA').map((frame) => frame.data.length),
		[30_000, 10_000],
	);
});

scenario(
	"a large field section is sent as HEADERS and CONTINUATION within the server's SETTINGS_MAX_FRAME_SIZE",
	(s) => {
		s.greet();
		s.open([':method', 'GET', ':scheme', 'https', ':path', '/', 'x', '~'.repeat(60_000)], true);
		const [head] = s.sentOf('HEADERS');
		assert.equal(head?.fields.at(-1)?.[1].length, 60_000);
	},
);

scenario('an empty DATA frame ends an upload although the window is used up', (s) => {
	s.greet({ initialWindowSize: 0 });
	const id = s.post();
	s.call((session) => session.sendData(id, new Uint8Array(0), true));
	assert.deepEqual(
		s.sentOf('DATA').map(({ endStream }) => endStream),
		[true],
	);
});

scenario('trailers wait for the content before them to be sent', (s) => {
	s.greet({ initialWindowSize: 10 });
	const id = s.post();
	s.call((session) => {
		session.sendData(id, new Uint8Array(15), false);
		session.sendTrailers(id, ['checksum', 'x'], null);
	});
	assert.deepEqual(
		s.sent().map(({ type }) => type),
		['HEADERS', 'DATA'],
	);
	s.peer.windowUpdate(id, 5);
	const types = s.sent().map(({ type }) => type);
	assert.deepEqual(types.slice(-2), ['DATA', 'HEADERS']);
	assert.throws(() => s.call((session) => session.sendData(id, new Uint8Array(1), false)), LocalProtocolError);
});

scenario('SETTINGS_INITIAL_WINDOW_SIZE changes the windows of open streams, even below zero', (s) => {
	s.greet({ initialWindowSize: 1000 });
	const id = upload(s, 5000);
	assert.equal(sentContent(s, id), 1000);
	s.peer.settings({ initialWindowSize: 400 });
	s.peer.windowUpdate(id, 500);
	assert.equal(sentContent(s, id), 0);
	s.peer.windowUpdate(id, 200);
	assert.equal(sentContent(s, id), 100);
	s.peer.settings({ initialWindowSize: 1400 });
	assert.equal(sentContent(s, id), 1000);
});

scenario('a WINDOW_UPDATE and a lower initial window in the same read leave nothing to send', (s) => {
	s.greet({ initialWindowSize: 100 });
	const id = upload(s, 500);
	assert.equal(sentContent(s, id), 100);
	s.peer.windowUpdate(id, 50);
	s.peer.settings({ initialWindowSize: 10 });
	assert.equal(sentContent(s, id), 0);
	s.peer.windowUpdate(id, 100);
	assert.equal(sentContent(s, id), 60);
});

scenario('content that waits for window does not delay RST_STREAM', (s) => {
	s.greet({ initialWindowSize: 0 });
	const id = upload(s, 100);
	s.cancel(id);
	s.expectReset(id, 8);
	s.peer.windowUpdate(0, 1000);
	assert.deepEqual(s.sent(), []);
});

scenario(
	'a sender whose sendData returned false gets a writable event, even if its last frame fills the outbox',
	(s) => {
		s.greet([
			[Setting.INITIAL_WINDOW_SIZE, 1_000_000],
			[Setting.MAX_FRAME_SIZE, OUTBOX_BYTES],
		]);
		s.peer.windowUpdate(0, 1_000_000);
		const id = s.post();
		assert.equal(
			s.call((session) => session.sendData(id, new Uint8Array(OUTBOX_BYTES), true)),
			false,
		);
		s.sent();
		assert.equal(s.events.at(-1), `writable ${id}`);
	},
);

scenario('padding counts against the windows and is returned at once', (s) => {
	s.greet();
	const id = s.get();
	s.peer.headers(id, ok);
	let returned = 0;
	for (let i = 0; i < 1000; i++) {
		s.peer.data(id, 'five!', { padding: 255 });
		s.call((session) => session.consume(id, 5));
		for (const frame of s.sentOf('WINDOW_UPDATE')) if (frame.streamId === id) returned += frame.increment;
	}
	holds(returned > 1000 * 261 - 65_535);
	s.expectHealthy();
});

scenario(
	'an unread response does not stop the others until limits.connectionBuffer is reached',
	(s) => {
		s.greet();
		const [unread, other] = [s.get(), s.get()];
		for (const id of [unread, other]) s.peer.headers(id, ok);
		const piece = new Uint8Array(10_000);
		for (let i = 0; i < 6; i++) s.peer.data(unread, piece);
		holds(
			s.sentOf('WINDOW_UPDATE').some(({ streamId }) => streamId === 0),
			'the connection is refilled on arrival',
		);
		for (let i = 0; i < 6; i++) s.peer.data(other, piece);
		s.sent();
		for (let i = 0; i < 4; i++) s.peer.data(other, piece);
		s.sent();
		s.peer.headers(s.get(), ok);
		// 160,000 bytes are unread, more than the limit of 100,000: only reading returns window now.
		s.call((session) => session.consume(unread, 60_000));
		s.call((session) => session.consume(other, 100_000));
		const given = s.sentOf('WINDOW_UPDATE').filter(({ streamId }) => streamId === 0);
		holds(given.reduce((sum, { increment }) => sum + increment, 0) >= 49_152);
	},
	{ settings: { initialWindowSize: 1_000_000, enablePush: false }, limits: { connectionBuffer: 100_000 } },
);

scenario("a stream's window is refilled when its content is read, not before", (s) => {
	s.greet();
	const id = s.get();
	s.peer.headers(id, ok);
	for (let i = 0; i < 6; i++) s.peer.data(id, new Uint8Array(10_000));
	assert.deepEqual(
		s.sentOf('WINDOW_UPDATE').filter(({ streamId }) => streamId === id),
		[],
	);
	s.call((session) => session.consume(id, 60_000));
	assert.deepEqual(
		s.sentOf('WINDOW_UPDATE').filter(({ streamId }) => streamId === id),
		[frameOf({ type: FrameType.WINDOW_UPDATE, streamId: id, increment: 60_000 })],
	);
});

scenario(
	'a larger initial window of ours applies before its acknowledgement',
	(s) => {
		s.peer.settings({});
		s.sent();
		const id = s.get();
		s.peer.headers(id, ok);
		for (let i = 0; i < 10; i++) s.peer.data(id, new Uint8Array(10_000));
		s.expectHealthy();
		s.peer.data(id, 'x');
		s.expectReset(id, 3);
	},
	{ connectionWindow: 1_000_000, settings: { initialWindowSize: 100_000 } },
);

scenario(
	'a smaller initial window of ours applies from its acknowledgement',
	(s) => {
		s.peer.settings({});
		s.sent();
		const id = s.get();
		s.peer.headers(id, ok);
		s.peer.data(id, new Uint8Array(10_000));
		s.expectHealthy();
		s.peer.settingsAck();
		s.peer.data(id, 'x');
		s.expectReset(id, 3);
	},
	{ settings: { initialWindowSize: 5000 } },
);

scenario(
	'HPACK table sizes can change in both directions while streams are open',
	(s) => {
		s.peer.settings({});
		s.sent();
		const fields = [':method', 'GET', ':scheme', 'https', ':path', '/', 'x-one', 'first', 'x-two', 'second'];
		for (const size of [4096, 0, 4096, 50, 100_000]) {
			s.peer.settings({ headerTableSize: Math.min(size, 65_536) });
			for (let i = 0; i < 3; i++) s.open(fields, true);
			for (const head of s.sentOf('HEADERS')) assert.deepEqual(head.fields.at(-1), ['x-two', 'second']);
		}
		s.peer.settingsAck();
		s.peer.headers(1, Uint8Array.of(0x20, 0x88), { endStream: true });
		assert.equal(s.errorOf(1), null);
	},
	{ settings: { headerTableSize: 0 } },
);

// RFC 7541 §4.2
scenario(
	'a field block that does not confirm our smaller HPACK table ends the connection with COMPRESSION_ERROR',
	(s) => {
		s.greet();
		const id = s.get();
		s.peer.headers(id, Uint8Array.of(0x88), { endStream: true });
		s.expectGoaway(9);
	},
	{ settings: { headerTableSize: 100 } },
);

scenario('SETTINGS_MAX_CONCURRENT_STREAMS of 0 allows no streams, and raising it allows them again', (s) => {
	s.greet({ maxConcurrentStreams: 0 });
	assert.equal(s.session.freeStreams(100), 0);
	assert.throws(() => s.get(), LocalProtocolError);
	s.peer.settings({ maxConcurrentStreams: 1 });
	s.get();
	assert.throws(() => s.get(), LocalProtocolError);
	s.peer.headers(1, ok, { endStream: true });
	s.get();
	s.peer.settings({ maxConcurrentStreams: 0 });
	s.peer.headers(3, ok, { endStream: true });
	assert.equal(s.errorOf(3), null);
});
