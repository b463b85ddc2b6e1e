// Random requests by `dispatch`, whose sinks pause, resume, abort and throw at any call, on connections that are lost now and
// then. Each sink gets its content in order and exactly one last call, and all window is returned.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import {
	type Connection,
	type DispatchControl,
	type FrameEvent,
	HTTP20Connection,
	type ResponseHead,
	type ResponseSink,
} from '../../src/index.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { toByteStreams } from '../../src/testing/byte-streams.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import '../support/checked-sinks.ts';
import { Random, seed } from '../support/random.ts';
import { transportsForHTTP1, transportsForHTTP2 } from '../support/transport-source.ts';

const LIVES = 40;
const REQUESTS = 40;
/** Far longer than any life here takes. */
const DEADLINE = 60_000;

/** The content of a response, in which each byte depends on its position. */
function contentOf(length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => i % 251);
}

/** Waits for `count` turns, because even milliseconds would take too long. */
async function turns(count: number): Promise<void> {
	for (let i = 0; i < count; i++) await turn();
}

class RandomSink implements ResponseSink {
	readonly over: Promise<void>;
	/** How long the content of the response is that ends well. */
	length = 0;
	#control: DispatchControl | null = null;
	#received = 0;
	#isPaused = false;
	#resolve: () => void = () => undefined;
	/** The error that it threw or aborted with. */
	#reason: Error | null = null;
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
		this.over = new Promise((resolve) => {
			this.#resolve = resolve;
		});
	}

	dispatch(conn: Connection, path: string): void {
		this.#control = conn.dispatch({ method: 'GET', path }, this);
	}

	/** Pauses, aborts, throws or does nothing. */
	act(mayThrow: boolean): void {
		const random = this.#random;
		if (random.chance(1, 6)) this.#pause();
		if (random.chance(1, 60)) this.#abort();
		else if (mayThrow && random.chance(1, 80)) {
			this.#reason ??= new Error('thrown by the sink');
			throw this.#reason;
		}
	}

	onStart(): void {
		this.act(true);
	}

	onInformational(status: number): void {
		assert.equal(status, 103);
		this.act(true);
	}

	onHead(head: ResponseHead): void {
		assert.equal(head.status, 200);
		this.length = Number(head.headers.get('x-length')[0]);
		this.act(true);
	}

	onContent(bytes: Uint8Array): void {
		assert.equal(this.#isPaused, false, 'content came while the sink was paused');
		for (const byte of bytes) {
			if (byte !== this.#received++ % 251) assert.fail(`byte ${this.#received - 1} is ${byte}`);
		}
		this.act(true);
	}

	onTrailers(): void {
		assert.equal(this.#isPaused, false, 'trailers came while the sink was paused');
		this.act(true);
	}

	onEnd(): void {
		assert.equal(this.#isPaused, false, 'the end came while the sink was paused');
		assert.equal(this.#received, this.length);
		this.#resolve();
	}

	onError(error: unknown): void {
		// One of the assertions above: it has ended the request, and is to end the test.
		if (error instanceof assert.AssertionError) throw error;
		if (this.#reason !== null) assert.equal(error, this.#reason);
		this.#resolve();
	}

	#pause(): void {
		if (this.#isPaused || this.#control === null) return;
		this.#isPaused = true;
		this.#control.pause();
		void turns(this.#random.below(12)).then(() => {
			this.#isPaused = false;
			this.#control?.resume();
		});
	}

	#abort(): void {
		if (this.#control === null) return;
		this.#reason ??= new Error('aborted by the sink');
		this.#control.abort(this.#reason);
	}
}

/** Dispatches requests at random times, and resolves when each has had its last call. */
async function live(conn: Connection, random: Random): Promise<void> {
	const sinks: RandomSink[] = [];
	for (let i = 0; i < REQUESTS; i++) {
		const sink = new RandomSink(random);
		sinks.push(sink);
		sink.dispatch(conn, `/${i}`);
		if (random.chance(1, 3)) random.pick(sinks).act(false);
		if (random.chance(1, 2)) await turns(random.below(6));
	}
	const timer = setTimeout(() => assert.fail(`a sink has had no last call, HYPER_SEED=${seed}`), DEADLINE);
	await Promise.all(sinks.map(({ over }) => over));
	clearTimeout(timer);
	await turns(20);
	assert.equal(conn.streams, 0, `HYPER_SEED=${seed}`);
}

/** A server that answers every request, some with an error, and goes away now and then. */
function dialHTTP2(random: Random): Transport {
	const [near, far] = createMemoryTransports({ chunkSize: random.pick([1000, 65_536]) });
	const peer = new ScriptedPeer({ streams: toByteStreams(far) });
	peer.send.settings({ maxConcurrentStreams: random.pick([1, 5, 100]) });
	peer.respondWith(async ({ streamId }) => {
		await turns(random.below(8));
		if (random.chance(1, 100)) peer.destroy(random.chance(1, 2) ? new Error('cut') : undefined);
		if (random.chance(1, 40)) peer.send.goaway(0x7fffffff);
		if (random.chance(1, 20)) throw new Error('refused by the test');
		if (random.chance(1, 3)) peer.send.headers(streamId, { ':status': '103' });
		const length = random.pick([0, 1, 1000, 10_000, 40_000, 100_000]);
		const trailers = random.chance(1, 3) ? { sum: '1' } : undefined;
		return { headers: { 'x-length': String(length) }, body: contentOf(length), ...(trailers && { trailers }) };
	});
	return near;
}

test(`${LIVES} HTTP/2 connections with random dispatched requests give each sink one last call and lose no window`, async () => {
	for (let life = 0; life < LIVES; life++) {
		const random = new Random(20_000 + life);
		/** Bytes that are flow-controlled and not returned, of the connection that was opened last. */
		let [connection, withheld] = [0, 0];
		const onFrame = (event: FrameEvent): void => {
			if (event.connection !== connection) [connection, withheld] = [event.connection, 0];
			if (event.type !== 'frame') return;
			const { frame } = event;
			if (frame.type === FrameType.DATA) withheld += frame.length;
			if (frame.type === FrameType.WINDOW_UPDATE && frame.streamId === 0) withheld -= frame.increment;
		};
		const conn = new HTTP20Connection(
			'localhost',
			// So little that the connection's window, too, waits for the sinks.
			{ secure: false, connectionWindowSize: DEFAULT_WINDOW_SIZE, limits: { connectionBuffer: 20_000 }, onFrame },
			transportsForHTTP2(async () => dialHTTP2(random)),
		);
		await live(conn, random);
		// The default rule may keep up to three quarters back.
		if (conn.state === 'open') assert.ok(withheld <= (DEFAULT_WINDOW_SIZE * 3) / 4, `${withheld}, HYPER_SEED=${seed}`);
		await conn.close();
	}
});

/** A server that answers one request after the other, and breaks off now and then. */
function dialHTTP1(random: Random): Transport {
	const [near, far] = createMemoryTransports({ chunkSize: random.pick([1000, 65_536]) });
	const write = async (text: string | Uint8Array): Promise<void> => {
		far.write([typeof text === 'string' ? Buffer.from(text, 'latin1') : text]);
		await turns(random.below(3));
	};
	const answer = async (): Promise<void> => {
		await turns(random.below(4));
		if (random.chance(1, 3)) await write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
		const length = random.pick([0, 1, 1000, 60_000, 200_000]);
		const content = contentOf(length);
		const isChunked = random.chance(1, 2);
		const closes = random.chance(1, 20);
		const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
		await write(`HTTP/1.1 200 OK\r\nX-Length: ${length}\r\n${framing}\r\n${closes ? 'Connection: close\r\n' : ''}\r\n`);
		for (let at = 0; at < length; ) {
			const piece = content.subarray(at, at + 1 + random.below(30_000));
			at += piece.length;
			if (random.chance(1, 200)) return far.destroy(new Error('cut'));
			if (isChunked) await write(`${piece.length.toString(16)}\r\n`);
			await write(piece);
			if (isChunked) await write('\r\n');
		}
		if (isChunked) await write(random.chance(1, 2) ? '0\r\n\r\n' : '0\r\nSum: 1\r\n\r\n');
		if (closes) far.end();
	};
	let read = '';
	far.start({
		onBytes: (bytes) => {
			read += Buffer.from(bytes).toString('latin1');
			if (!read.endsWith('\r\n\r\n')) return;
			read = '';
			answer().catch((error: unknown) => assert.fail(`${error}`));
		},
		onDrain: () => undefined,
		onEnd: () => far.end(),
		onClose: () => undefined,
	});
	return near;
}

test(`${LIVES} HTTP/1.1 connections with random dispatched requests give each sink one last call`, async () => {
	for (let life = 0; life < LIVES; life++) {
		const random = new Random(30_000 + life);
		const conn = new HTTP11Connection(
			'http://a',
			{},
			transportsForHTTP1(async () => dialHTTP1(random)),
		);
		await live(conn, random);
		await conn.close();
	}
});
