// Floods and bombs from a hostile server, and honest traffic that looks like them.

import assert from 'node:assert/strict';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { frameOf } from '../support/frames.ts';
import { holds, type SessionScript, scenario } from '../support/session-script.ts';

const { ENHANCE_YOUR_CALM } = ErrorCode;

for (const [what, fragment] of [
	['empty', new Uint8Array(0)],
	['small', Uint8Array.of(0x88)],
] as const) {
	scenario(`nine ${what} CONTINUATION frames end the connection with ENHANCE_YOUR_CALM`, (s) => {
		s.greet();
		s.peer.headers(s.get(), { ':status': '200' }, { endHeaders: false });
		for (let i = 0; i < 9; i++) s.peer.continuation(1, fragment, { endHeaders: false });
		s.expectGoaway(ENHANCE_YOUR_CALM);
	});
}

scenario('a field block in eight CONTINUATION frames is read', (s) => {
	s.greet();
	const block = s.peer.block({ ':status': '200', x: 'value' });
	s.peer.headers(s.get(), block.subarray(0, 1), { endHeaders: false, endStream: true });
	for (let i = 0; i < 7; i++) s.peer.continuation(1, new Uint8Array(0), { endHeaders: false });
	s.peer.continuation(1, block.subarray(1));
	assert.deepEqual(s.last('response').event.fields, [':status', '200', 'x', 'value']);
	s.expectHealthy();
});

scenario('a field block above 144 KiB ends the connection with ENHANCE_YOUR_CALM', (s) => {
	s.greet();
	s.get();
	const fragment = new Uint8Array(16384);
	s.peer.headers(1, fragment, { endHeaders: false, padding: null });
	for (let i = 0; i < 9; i++) s.peer.continuation(1, fragment, { endHeaders: false });
	s.expectGoaway(ENHANCE_YOUR_CALM);
});

scenario('an HPACK bomb fails one stream, and the dynamic table stays usable', (s) => {
	s.greet();
	const bomb = s.get();
	const other = s.get();
	const head = s.peer.block([
		[':status', '200'],
		['x-bomb', 'v'.repeat(3000)],
	]);
	const block = new Uint8Array(head.length + 8000).fill(0xbe);
	block.set(head);
	s.peer.headers(bomb, block, { endStream: true });
	s.expectReset(bomb, ENHANCE_YOUR_CALM);
	s.peer.headers(other, { ':status': '200', 'x-bomb': 'v'.repeat(3000) }, { endStream: true });
	assert.equal(s.errorOf(other), null);
});

scenario('our HPACK table does not grow when the server allows one of 4 GiB', (s) => {
	s.greet([[Setting.HEADER_TABLE_SIZE, 0xffffffff]]);
	for (let i = 0; i < 200; i++)
		s.open([':method', 'GET', ':scheme', 'https', ':path', '/', `x-${i}`, 'y'.repeat(100)], true);
	assert.equal(s.sentOf('HEADERS').length, 200);
});

scenario('1,001 SETTINGS frames whose acknowledgements are not yet sent end the connection', (s) => {
	s.greet();
	for (let i = 0; i < 1000; i++) s.peer.settings();
	assert.equal(s.session.phase, 'open');
	s.peer.settings();
	s.expectGoaway(ENHANCE_YOUR_CALM);
});

scenario('1,001 PING frames whose acknowledgements are not yet sent end the connection', (s) => {
	s.greet();
	for (let i = 0; i < 1000; i++) s.peer.ping();
	assert.equal(s.session.phase, 'open');
	s.peer.ping();
	assert.equal(s.session.phase, 'dead');
});

scenario(
	'PING frames may arrive forever at a modest rate, but not faster',
	(s) => {
		s.greet();
		for (let i = 0; i < 100; i++) {
			s.now += 100;
			s.peer.ping();
			assert.equal(s.sentOf('PING').length, 1);
		}
		for (let i = 0; i < 12; i++) s.peer.ping();
		s.expectGoawayAfterReplies(ENHANCE_YOUR_CALM);
	},
	{ limits: { glitches: 10, glitchesPerSecond: 10 } },
);

scenario('a SETTINGS frame with 32 entries is accepted', (s) => {
	s.greet();
	s.peer.settings(Array.from({ length: 32 }, (_, i) => [0x1000 + i, i] as const));
	assert.deepEqual(s.sent(), [frameOf({ type: FrameType.SETTINGS, ack: true })]);
});

scenario('frames that provoke 1,001 RST_STREAM frames at once end the connection', (s) => {
	s.greet();
	for (let i = 0; i < 1001; i++) {
		const id = s.get();
		s.peer.rstStream(id, ErrorCode.CANCEL);
		s.peer.data(id, '');
	}
	s.sentOf('HEADERS');
	assert.equal(s.session.phase, 'dead');
});

scenario('a stream error that exceeds the flood limit closes its stream once and ends the connection', (s) => {
	s.greet();
	for (let i = 0; i < 1000; i++) {
		const id = s.get();
		s.peer.rstStream(id, ErrorCode.CANCEL);
		s.peer.data(id, '');
	}
	const last = s.get();
	s.peer.data(last, 'before the head');
	assert.equal(s.session.phase, 'dead');
	assert.deepEqual(s.events.slice(-2), [`closed ${last}`, 'failed']);
});

// What the application cancels is not the server's fault.
scenario(
	'the application may cancel thousands of streams in one turn',
	(s) => {
		s.greet();
		const ids = Array.from({ length: 2000 }, () => s.get());
		for (const id of ids) s.cancel(id);
		assert.equal(s.session.phase, 'open');
		assert.equal(s.sentOf('RST_STREAM').length, 2000);
		for (const id of ids.slice(-1000)) {
			s.peer.headers(id, { ':status': '200' });
			s.peer.data(id, 'on its way', { endStream: true });
		}
		s.expectHealthy();
	},
	{ limits: { glitches: 50, glitchesPerSecond: 0 } },
);

// gRPC and other servers send RST_STREAM with NO_ERROR or WINDOW_UPDATE after their responses.
scenario(
	'one late WINDOW_UPDATE or RST_STREAM for each of many streams is no flood',
	(s) => {
		s.greet();
		for (let i = 0; i < 200; i++) {
			const id = s.get();
			s.peer.headers(id, { ':status': '200' }, { endStream: true });
			if (i & 1) s.peer.windowUpdate(id, 100);
			else s.peer.rstStream(id, ErrorCode.NO_ERROR);
		}
		s.expectHealthy();
	},
	{ limits: { glitches: 50, glitchesPerSecond: 0 } },
);

scenario(
	'many late frames for one stream are a flood',
	(s) => {
		s.greet();
		const id = s.get();
		s.peer.headers(id, { ':status': '200' }, { endStream: true });
		for (let i = 0; i < 60; i++) s.peer.windowUpdate(id, 1);
		s.expectHealthy();
		s.peer.windowUpdate(id, 1);
		s.expectGoaway(ENHANCE_YOUR_CALM);
	},
	{ limits: { glitches: 50, glitchesPerSecond: 0 } },
);

for (const [what, padding] of [
	['empty DATA frames', null],
	['DATA frames with padding only', 10],
] as const) {
	scenario(`101 ${what} in a row end the connection`, (s) => {
		s.greet();
		s.peer.headers(s.get(), { ':status': '200' });
		for (let i = 0; i < 100; i++) s.peer.data(1, '', { padding });
		s.expectHealthy();
		s.peer.data(1, '', { padding });
		s.expectGoaway(ENHANCE_YOUR_CALM);
	});
}

/** Frames that cost the server less than us, each with a request of ours that allows it ten of them. */
const uselessFrames: readonly [what: string, send: (s: SessionScript, i: number) => void][] = [
	['GOAWAY frames that say nothing new', (s) => s.peer.goaway(0x7fffffff)],
	['GOAWAY frames with ever lower ids', (s, i) => s.peer.goaway(0x7fffffff - i)],
	[
		'SETTINGS frames that change all windows',
		(s, i) => s.peer.settings([[Setting.INITIAL_WINDOW_SIZE, 65_535 + (i & 1)]]),
	],
	['acknowledgements of SETTINGS that were never sent', (s) => s.peer.settingsAck()],
	['acknowledgements of PING frames that were never sent', (s) => s.peer.ping(new Uint8Array(8), { ack: true })],
	['PRIORITY frames', (s) => s.peer.frame(FrameType.PRIORITY, 0, 1, new Uint8Array(5))],
	["WINDOW_UPDATE frames for the connection's window", (s) => s.peer.windowUpdate(0, 1)],
	["WINDOW_UPDATE frames for a stream's window", (s) => s.peer.windowUpdate(1, 1)],
	['WINDOW_UPDATE frames for an ended stream', (s) => s.peer.windowUpdate(3, 1)],
	['unknown frames', (s) => s.peer.frame(0xbe, 0, 0)],
	['empty DATA frames before single bytes', (s) => s.peer.data(1, '')],
	['empty DATA frames for a stream that we have reset', (s) => s.peer.data(5, '')],
	['single bytes for a stream that we have reset', (s) => s.peer.data(5, 'x')],
	['HEADERS for a stream that we have reset', (s) => s.peer.headers(5, { ':status': '200' })],
	['RST_STREAM frames for a stream that we have reset', (s) => s.peer.rstStream(5, ErrorCode.CANCEL)],
	['WINDOW_UPDATE frames for a stream that we have reset', (s) => s.peer.windowUpdate(5, 1)],
	[
		'PRIORITY frames of a wrong length for an ended stream',
		(s) => s.peer.frame(FrameType.PRIORITY, 0, 3, new Uint8Array(4)),
	],
];

for (const [what, send] of uselessFrames) {
	scenario(
		`${what} arrive forever at a modest rate, but a flood of them ends the connection`,
		(s) => {
			s.greet();
			s.peer.headers(s.get(), { ':status': '200' });
			s.peer.headers(s.get(), { ':status': '200' }, { endStream: true });
			s.cancel(s.get());
			s.sentOf('HEADERS');
			let i = 0;
			const sendOne = (): void => {
				send(s, i++);
				if (i % 5 === 0 && s.session.phase !== 'dead') s.peer.data(1, 'x');
				s.sentOf('RST_STREAM');
			};
			for (let second = 0; second < 100; second++) {
				s.now += 1000;
				for (let j = 0; j < 5; j++) sendOne();
			}
			assert.notEqual(s.session.phase, 'dead');
			while (s.session.phase !== 'dead' && i < 1000) sendOne();
			assert.match(s.last('failed').error ?? '', /too many frames that have no effect \(ENHANCE_YOUR_CALM\)/);
			holds(i < 600, `the session has failed after ${i} frames`);
		},
		{ limits: { glitches: 30, glitchesPerSecond: 10 } },
	);
}

scenario(
	'WINDOW_UPDATE frames that answer each DATA frame of an upload are no flood',
	(s) => {
		s.greet();
		const id = s.open([':method', 'POST', ':scheme', 'https', ':path', '/'], false);
		for (let i = 0; i < 1000; i++) {
			s.session.sendData(id, Uint8Array.of(1), false);
			assert.equal(s.sentOf('DATA').length, 1);
			s.peer.windowUpdate(id, 1);
			s.peer.windowUpdate(0, 1);
		}
		s.expectHealthy();
	},
	{ limits: { glitches: 10, glitchesPerSecond: 0 } },
);

scenario(
	'large DATA frames for a stream that we have reset are no flood, however they are split',
	(s) => {
		s.greet();
		const id = s.get();
		s.cancel(id);
		s.expectReset(id, ErrorCode.CANCEL);
		for (let i = 0; i < 100; i++) s.peer.data(id, 'x'.repeat(100));
		s.expectHealthy();
	},
	{ limits: { glitches: 10, glitchesPerSecond: 0 } },
);

scenario('empty DATA frames between others or at the end of a response are harmless', (s) => {
	s.greet();
	for (let i = 0; i < 150; i++) {
		const id = s.get();
		s.peer.headers(id, { ':status': '200' });
		s.peer.data(id, '');
		s.peer.data(id, 'x');
		s.peer.data(id, '', { endStream: true });
	}
	s.expectHealthy();
});

scenario(
	'unknown frames are ignored but counted, and a flood of them ends the connection',
	(s) => {
		s.greet();
		for (let i = 0; i < 50; i++) s.peer.frame(0xb0 + i, 0xff, i, 'anything');
		s.expectHealthy();
		s.peer.frame(0xbe, 0, 0);
		s.expectGoaway(ENHANCE_YOUR_CALM);
	},
	{ limits: { glitches: 50, glitchesPerSecond: 0 } },
);

scenario(
	'promised streams beyond limits.promisedStreams are refused',
	(s) => {
		s.greet();
		const id = s.get();
		const promise = { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/' };
		for (let i = 1; i <= 3; i++) s.peer.pushPromise(id, i * 2, promise);
		s.expectReset(6, ErrorCode.REFUSED_STREAM);
		assert.deepEqual(s.events.slice(-3), [`push ${id}`, `push ${id}`, 'refused']);
	},
	{ settings: { enablePush: true }, limits: { promisedStreams: 2 } },
);

scenario(
	'a server that promises streams and resets them at once without end loses the connection',
	(s) => {
		s.greet();
		const id = s.get();
		const promise = { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/' };
		const isAlive = (): boolean => s.session.phase !== 'dead';
		for (let i = 1; isAlive() && i <= 100; i++) {
			s.peer.pushPromise(id, i * 2, promise);
			if (isAlive()) s.peer.rstStream(i * 2, ErrorCode.CANCEL);
		}
		s.expectGoaway(ENHANCE_YOUR_CALM);
	},
	{ settings: { enablePush: true }, limits: { glitches: 30, glitchesPerSecond: 1 } },
);

scenario('a failed session ignores everything it receives afterwards', (s) => {
	s.greet();
	s.get();
	s.peer.windowUpdate(0, 0);
	s.expectGoaway(ErrorCode.PROTOCOL_ERROR);
	const before = s.events.length;
	s.peer.headers(1, { ':status': '200' }, { endStream: true });
	s.feed(new Uint8Array(100).fill(0xff));
	s.peer.goaway(0);
	assert.equal(s.events.length, before);
	assert.deepEqual(s.sent(), []);
	assert.throws(() => s.get());
});

scenario('an unsolicited acknowledgement of PING or SETTINGS is ignored', (s) => {
	s.greet();
	s.peer.ping(new Uint8Array(8).fill(7), { ack: true });
	s.peer.settingsAck();
	s.expectHealthy();
});

scenario('an answer in HTTP/1.1 fails the session with a NegotiationError that names HTTP/1.1', (s) => {
	s.get();
	s.feed(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
	assert.match(s.last('failed').error ?? '', /NegotiationError: .*HTTP\/1\.1/);
	s.expectGoaway(ErrorCode.PROTOCOL_ERROR);
});

scenario('a flood of SETTINGS in one read causes no settings event after the failed event', (s) => {
	s.greet();
	const frame = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
	const bytes = new Uint8Array(frame.length * 1100);
	for (let at = 0; at < bytes.length; at += frame.length) bytes.set(frame, at);
	s.feed(bytes);
	s.expectGoawayAfterReplies(ENHANCE_YOUR_CALM);
	assert.equal(s.events.indexOf('failed'), s.events.length - 1);
});
