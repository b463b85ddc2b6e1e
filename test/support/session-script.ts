// A session and a scripted server without a transport: the session receives at once what the server sends, and the server
// reads the session's output as frames. Every scenario runs as written, then one byte at a time, then with damaged input.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { joinBytes } from '../../src/base/bytes.ts';
import { ConnectionError, type HyperError, LocalProtocolError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { Codec } from '../../src/codec/codec.ts';
import type { SessionOptions } from '../../src/session/core.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';
import { Session } from '../../src/session/session.ts';
import { ClientReader } from '../../src/testing/client-reader.ts';
import { FrameSender } from '../../src/testing/frame-sender.ts';
import type { PeerFrame, PeerFrameName, PeerFrameOf } from '../../src/testing/peer-frame.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { frameOf } from './frames.ts';
import { mutate, Random, seed } from './random.ts';

const MUTATIONS = 16;

export type ScriptOptions = Omit<Partial<SessionOptions>, 'limits'> & { limits?: Partial<Limits> };

/** How the server's bytes reach the session. */
type Route = (bytes: Uint8Array) => Uint8Array[];

export class SessionScript {
	readonly session: Session;
	/** Sends the frames of the server. */
	readonly peer: FrameSender;
	readonly log: EventLog = new EventLog();
	/** Milliseconds; a script may advance it. */
	now = 1000;
	readonly #route: Route;
	readonly #codec = new Codec();
	readonly #reader: ClientReader;
	#frames: PeerFrame[] = [];
	/** Errors that the session must not throw. */
	readonly crashes: unknown[] = [];

	constructor(options: ScriptOptions, route: Route) {
		this.#route = route;
		this.session = new Session({
			settings: { enablePush: false, maxHeaderListSize: 65536 },
			flowControl: FlowControlManager,
			connectionWindow: 65535,
			encoderTableSize: 4096,
			lenient: false,
			firstStreamId: 1,
			...options,
			limits: { ...DEFAULT_LIMITS, ...options.limits },
		});
		this.peer = new FrameSender(
			(bytes) => this.feed(bytes),
			(fields) => this.#codec.output.encodeBlock(fields),
		);
		this.#reader = new ClientReader(
			(frame) => this.#frames.push(frame),
			(error) => this.crashes.push(error),
		);
		this.#reader.setMaxFrameSize(16777215);
	}

	/** Receives bytes of the server. */
	feed(bytes: Uint8Array): void {
		for (const part of this.#route(bytes)) {
			const lent = part.slice();
			this.#guard(() => this.log.add(this.session.receive(lent, this.now)));
			lent.fill(0xdd);
		}
	}

	/** Exchanges SETTINGS and their acknowledgements, and discards what the session has sent so far. */
	greet(settings: Parameters<FrameSender['settings']>[0] = {}): void {
		this.peer.settings(settings);
		this.peer.settingsAck();
		this.sent();
	}

	/** Opens a stream for a request without content. */
	get(method = 'GET', endStream = true): number {
		return this.open([':method', method, ':scheme', 'https', ':authority', 'localhost', ':path', '/'], endStream);
	}

	/** Opens a stream for a request whose content follows. */
	post(): number {
		return this.get('POST', false);
	}

	open(fields: readonly string[], endStream: boolean): number {
		const id = this.call((session) => session.openStream(fields, null, endStream));
		this.log.opened(id);
		this.collect();
		return id;
	}

	/** Calls the session as the application does, and logs the resulting events. */
	call<T>(use: (session: Session) => T): T {
		const result = this.#guard(() => use(this.session)) as T;
		this.collect();
		return result;
	}

	cancel(streamId: number, errorCode = 8): void {
		this.call((session) => session.resetStream(streamId, errorCode, cancelled()));
	}

	collect(): void {
		this.#guard(() => this.log.add(this.session.takeEvents()));
	}

	/** The frames that the session sent since the last call. */
	sent(): PeerFrame[] {
		for (;;) {
			const chunks = this.#guard(() => this.session.takeOutput()) ?? [];
			this.collect();
			if (chunks.length === 0) break;
			this.#reader.read(joinBytes(chunks));
		}
		return this.#frames.splice(0);
	}

	/** The frames of one type that the session sent since the last call. */
	sentOf<Name extends PeerFrameName>(type: Name): PeerFrameOf<Name>[] {
		return this.sent().filter((frame) => frame.type === type) as PeerFrameOf<Name>[];
	}

	/** The events so far, as `type` or `type id`. */
	get events(): string[] {
		return this.log.events.map(({ type, streamId }) => (streamId === 0 ? type : `${type} ${streamId}`));
	}

	last<T extends SessionEvent['type']>(type: T): LoggedEvent & { event: Extract<SessionEvent, { type: T }> } {
		const found = [...this.log.events].reverse().find((logged) => logged.type === type);
		holds(found !== undefined, `no event ${type}, but ${this.events.join(', ')}`);
		return found as LoggedEvent & { event: Extract<SessionEvent, { type: T }> };
	}

	/** The error of a closed stream; null after an orderly end. */
	errorOf(streamId: number): HyperError | null {
		const found = this.log.events.find((logged) => logged.type === 'closed' && logged.streamId === streamId);
		holds(found !== undefined, `stream ${streamId} is not closed`);
		return (found.event as { error: HyperError | null }).error;
	}

	/** Expects a connection error with this code, sent as GOAWAY. */
	expectGoaway(errorCode: number): void {
		const goaways = this.sentOf('GOAWAY');
		assert.deepEqual(
			goaways.map((frame) => frame.errorCode),
			[errorCode],
		);
		assert.equal(this.last('failed').event.type, 'failed');
		assert.equal(this.session.phase, 'dead');
	}

	/** Like expectGoaway, but other frames may precede GOAWAY. */
	expectGoawayAfterReplies(errorCode: number): void {
		const last = this.sent().at(-1);
		assert.deepEqual(last?.type === 'GOAWAY' && last.errorCode, errorCode);
		assert.equal(this.last('failed').event.type, 'failed');
	}

	/** Expects a stream error with this code, sent as RST_STREAM, on a healthy connection. */
	expectReset(streamId: number, errorCode: number): void {
		const frames = this.sent().filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY');
		assert.deepEqual(frames, [frameOf({ type: FrameType.RST_STREAM, streamId, errorCode })]);
		assert.notEqual(this.session.phase, 'dead');
	}

	/** Expects neither RST_STREAM nor GOAWAY. */
	expectHealthy(): void {
		const frames = this.sent().filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY');
		assert.deepEqual(frames, []);
		assert.notEqual(this.session.phase, 'dead');
	}

	/** Ends the session and returns the rules that were broken. */
	finish(): string[] {
		this.call((session) => session.end(new ConnectionError('script is over')));
		this.log.checkEnd();
		const before = this.log.events.length;
		this.feed(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0));
		if (this.log.events.length !== before) this.log.breaches.push('an event came after the end');
		this.#guard(() => this.session.takeOutput());
		this.session.release();
		this.#codec.close();
		this.#reader.close();
		return [...this.log.breaches, ...this.crashes.map(String)];
	}

	#guard<T>(use: () => T): T | undefined {
		try {
			return use();
		} catch (error) {
			if (error instanceof LocalProtocolError || error instanceof RangeError) throw error;
			this.crashes.push(error);
			throw error;
		}
	}
}

export function cancelled(): HyperError {
	return new ConnectionError('cancelled by the script');
}

/**
 * Scripts use this instead of `assert.ok`, which parses the source of the test to make its message. That takes minutes in
 * transformed sources, and scripts fail thousands of times when they run with damaged input.
 */
export function holds(condition: boolean, message = 'the condition does not hold'): asserts condition {
	if (!condition) throw new assert.AssertionError({ message, actual: condition, expected: true, operator: 'holds' });
}

let scenarios = 0;

/** Defines a test by a script; `name` is the expected behaviour. */
export function scenario(name: string, script: (s: SessionScript) => void, options: ScriptOptions = {}): void {
	const number = ++scenarios;
	test(name, () => {
		const written = play(script, options, (bytes) => [bytes]);
		const split = play(script, options, (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)));
		assert.deepEqual(split, written, 'the events differ when the input comes one byte at a time');
		for (let i = 0; i < MUTATIONS; i++) playMutated(script, options, new Random(number * 1000 + i));
	});
}

function play(script: (s: SessionScript) => void, options: ScriptOptions, route: Route): string[] {
	const s = new SessionScript(options, route);
	script(s);
	s.collect();
	const summary = s.log.summary();
	assert.deepEqual(s.finish(), []);
	return summary;
}

/** Ignores the assertions of the script, and checks only what holds for any input. */
function playMutated(script: (s: SessionScript) => void, options: ScriptOptions, random: Random): void {
	const s = new SessionScript(options, (bytes) => [random.chance(1, 3) ? mutate(bytes, random) : bytes]);
	try {
		script(s);
	} catch {
		// Assertions of the script fail on damaged input; errors of the session are in `crashes`.
	}
	s.collect();
	assert.deepEqual(s.finish(), [], `with damaged input, HYPER_SEED=${seed}`);
}
