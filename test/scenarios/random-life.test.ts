// A session, and a connection over in-memory transports, under random calls by the application and random frames from the
// server. Every stream ends once, every promise settles once, and the windows are returned whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import { HTTP20Connection, type HTTP20Response } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { Random, seed } from '../support/random.ts';
import { SessionScript } from '../support/session-script.ts';

const LIVES = 150;
const STEPS = 120;
const ok = { ':status': '200' };

test(`${LIVES} sessions with random calls and frames end every stream once and return the connection's window`, () => {
	for (let life = 0; life < LIVES; life++) {
		const random = new Random(life);
		const s = new SessionScript(
			{ connectionWindow: DEFAULT_WINDOW_SIZE, limits: { connectionBuffer: 20_000 } },
			(bytes) => (random.chance(1, 10) ? Array.from(bytes, (byte) => Uint8Array.of(byte)) : [bytes]),
		);
		liveSession(s, random);
		assert.deepEqual(s.finish(), [], `life ${life}, HYPER_SEED=${seed}`);
	}
});

/** A server that follows the rules, and an application that reads late. */
function liveSession(s: SessionScript, random: Random): void {
	s.greet();
	/** For each open stream, how far its response has got, and its unread bytes. */
	const open = new Map<number, { begun: boolean; ended: boolean; unread: number; sending: boolean }>();
	let window = DEFAULT_WINDOW_SIZE;
	let received = 0;
	let closedUnread = 0;
	let lastStreamId = 0x7fffffff;
	const forget = (): void => {
		for (const [id, stream] of open) {
			if (!s.events.includes(`closed ${id}`)) continue;
			closedUnread += stream.unread;
			open.delete(id);
		}
	};
	for (let step = 0; step < STEPS && s.session.phase !== 'dead'; step++) {
		const ids = [...open.keys()];
		const id = ids.length === 0 ? 0 : random.pick(ids);
		const stream = open.get(id);
		switch (random.below(10)) {
			case 0:
			case 1:
				if (s.session.phase === 'open') {
					const sending = random.chance(1, 2);
					open.set(sending ? s.post() : s.get(), { begun: false, ended: false, unread: 0, sending });
				}
				break;
			case 2:
				if (stream?.sending) {
					stream.sending = random.chance(2, 3);
					s.call((session) => session.sendData(id, new Uint8Array(random.below(30_000)), !stream.sending));
				}
				break;
			case 3:
				if (stream && !stream.begun) s.peer.headers(id, ok);
				if (stream) stream.begun = true;
				break;
			case 4:
			case 5: {
				const length = random.below(9000);
				if (!stream?.begun || stream.ended || stream.unread + length > 50_000 || length > window) break;
				window -= length;
				received += length;
				stream.unread += length;
				stream.ended = random.chance(1, 6);
				s.peer.data(id, new Uint8Array(length), { endStream: stream.ended });
				break;
			}
			case 6:
				if (!stream || stream.unread === 0) break;
				s.call((session) => session.consume(id, stream.unread));
				stream.unread = 0;
				break;
			case 7:
				if (stream && random.chance(1, 3)) s.cancel(id);
				break;
			case 8:
				if (stream && random.chance(1, 3)) s.peer.rstStream(id, random.below(14));
				break;
			default:
				if (random.chance(1, 20)) {
					lastStreamId = Math.min(lastStreamId, random.pick([0, id, 0x7fffffff]));
					s.peer.goaway(lastStreamId);
				}
				s.peer.windowUpdate(0, 1 + random.below(20_000));
		}
		for (const frame of s.sent()) {
			assert.notEqual(frame.type, 'GOAWAY');
			if (frame.type === 'WINDOW_UPDATE' && frame.streamId === 0) window += frame.increment;
		}
		forget();
	}
	// Read everything left: the connection's window is then whole, except for an increment too small to be sent.
	for (const [id, stream] of open) s.call((session) => session.consume(id, stream.unread));
	s.call((session) => session.consume(0x7ffffffd, closedUnread));
	for (const frame of s.sent()) {
		if (frame.type === 'WINDOW_UPDATE' && frame.streamId === 0) window += frame.increment;
	}
	assert.ok(window >= DEFAULT_WINDOW_SIZE / 4, `window ${window} of ${received} bytes, HYPER_SEED=${seed}`);
	assert.ok(window <= DEFAULT_WINDOW_SIZE);
}

test('40 connections with random requests settle every promise and leave no stream open', async () => {
	for (let life = 0; life < 40; life++) await liveConnection(new Random(10_000 + life));
});

async function liveConnection(random: Random): Promise<void> {
	const peer = new ScriptedPeer({ chunkSize: random.pick([1, 7, 65_536]) });
	const conn = new HTTP20Connection('localhost', { transport: peer.transport, connectionWindowSize: 65_535 });
	let settled = 0;
	let made = 0;
	/** Counts each promise once. A second settlement would not be seen, a missing one is. */
	const watch = (promise: Promise<unknown>): void => {
		made++;
		promise.then(
			() => settled++,
			() => settled++,
		);
	};
	const responses: HTTP20Response[] = [];
	const cancellers: AbortController[] = [];
	watch(conn.connect());
	peer.send.settings({
		maxConcurrentStreams: random.pick([1, 3, 100]),
		initialWindowSize: random.pick([0, 100, 65_535]),
	});
	const begun = new Set<number>();
	for (let step = 0; step < 60; step++) {
		const ids = peer.frames.flatMap((frame) => (frame.type === 'HEADERS' ? [frame.streamId] : []));
		const id = ids.length === 0 ? 0 : random.pick(ids);
		const over = peer.frames.some((frame) => frame.type === 'RST_STREAM' && frame.streamId === id);
		switch (random.below(9)) {
			case 0:
			case 1: {
				const canceller = new AbortController();
				cancellers.push(canceller);
				const body = random.pick([null, 'text', new Uint8Array(90_000), [new Uint8Array(10), 'parts']]);
				const asked = conn.roundTrip(body === null ? 'GET' : 'POST', '/', { body, signal: canceller.signal });
				watch(asked.then((response) => responses.push(response)));
				break;
			}
			case 2:
				if (id === 0 || over || begun.has(id)) break;
				peer.send.headers(id, ok, { endStream: random.chance(1, 4) });
				begun.add(id);
				break;
			case 3:
				if (id !== 0 && !over && begun.has(id)) peer.send.rstStream(id, random.pick([0, 7, 8]));
				break;
			case 4:
				if (responses.length > 0)
					watch(random.pick([() => random.pick(responses).bytes(), () => random.pick(responses).close()])());
				break;
			case 5:
				if (cancellers.length > 0) random.pick(cancellers).abort(new Error('aborted'));
				break;
			case 6:
				watch(conn.ping());
				break;
			case 7:
				peer.send.windowUpdate(0, 10_000);
				break;
			default:
				if (random.chance(1, 12)) peer.send.goaway(random.pick([0, 0x7fffffff]));
				else if (random.chance(1, 30)) peer.destroy(random.chance(1, 2) ? new Error('cut') : undefined);
				else await turn();
		}
	}
	watch(conn.close());
	for (let i = 0; i < 2000 && settled < made; i++) await turn();
	await peer.closed;
	await turn();
	assert.equal(settled, made, `promises that never settle, HYPER_SEED=${seed}`);
	assert.equal(conn.streams, 0);
}
