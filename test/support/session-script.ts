// A session and a scripted server without any transport: what the server sends is received at once, what the session
// sends is read as frames. Every scenario runs as written, then an octet at a time, then with faults in its octets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinBytes } from '../../src/base/bytes.ts';
import { ConnectionError, type HyperError, LocalProtocolError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { Codec } from '../../src/codec/codec.ts';
import type { SessionOptions } from '../../src/session/core.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';
import { Session } from '../../src/session/session.ts';
import { encodeBlock } from '../../src/testing/field-block.ts';
import { FrameCollector } from '../../src/testing/frame-collector.ts';
import { FrameSender } from '../../src/testing/frame-sender.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { mutate, Random, seed } from './random.ts';

const PREFACE_BYTES = 24;
const MUTATIONS = 16;

export type ScriptOptions = Omit<Partial<SessionOptions>, 'limits'> & { limits?: Partial<Limits> };

/** How the octets of the server reach the session. */
type Route = (bytes: Uint8Array) => Uint8Array[];

export class SessionScript {
	readonly session: Session;
	/** Sends what the server sends. */
	readonly peer: FrameSender;
	readonly log: EventLog = new EventLog();
	/** Milliseconds; a script may let time pass. */
	now = 1000;
	readonly #route: Route;
	readonly #codec = new Codec();
	readonly #collector: FrameCollector;
	#frames: PeerFrame[] = [];
	#prefaceLeft = PREFACE_BYTES;
	/** Calls of the session that threw what they must not. */
	readonly crashes: unknown[] = [];

	constructor(options: ScriptOptions, route: Route) {
		this.#route = route;
		this.session = new Session({
			settings: { enablePush: false, maxHeaderListSize: 65536 },
			flowControl: FlowControlManager,
			connectionWindow: 65535,
			encoderTableSize: 4096,
			firstStreamId: 1,
			...options,
			limits: { ...DEFAULT_LIMITS, ...options.limits },
		});
		this.#codec.setSectionLimits(1 << 20, 1 << 20);
		this.#codec.setMaxFrameSize(16777215);
		this.peer = new FrameSender(
			(bytes) => this.feed(bytes),
			(fields) => encodeBlock(this.#codec.output, fields),
		);
		this.#collector = new FrameCollector(
			(frame) => this.#frames.push(frame),
			(error) => this.crashes.push(error),
		);
	}

	/** Octets of the server. */
	feed(bytes: Uint8Array): void {
		for (const part of this.#route(bytes)) {
			const lent = part.slice();
			this.#guard(() => this.log.add(this.session.receive(lent, this.now)));
			lent.fill(0xdd);
		}
	}

	/** The server's SETTINGS, and its acknowledgement of ours; what the session has sent until then is read. */
	greet(settings: Parameters<FrameSender['settings']>[0] = {}): void {
		this.peer.settings(settings);
		this.peer.settingsAck();
		this.sent();
	}

	/** Opens a stream for a request without content. */
	get(method = 'GET', endStream = true): number {
		return this.open([':method', method, ':scheme', 'https', ':authority', 'localhost', ':path', '/'], endStream);
	}

	/** Opens a stream for a request whose content is to come. */
	post(): number {
		return this.get('POST', false);
	}

	open(fields: readonly string[], endStream: boolean): number {
		const id = this.call((session) => session.openStream(fields, null, endStream));
		this.log.opened(id);
		this.collect();
		return id;
	}

	/** A call of the application, and the events that it has. */
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

	/** Frames that the session has sent since the last call. */
	sent(): PeerFrame[] {
		for (;;) {
			const chunks = this.#guard(() => this.session.takeOutput()) ?? [];
			this.collect();
			if (chunks.length === 0) break;
			let bytes = joinBytes(chunks);
			const skipped = Math.min(bytes.length, this.#prefaceLeft);
			this.#prefaceLeft -= skipped;
			bytes = bytes.subarray(skipped);
			this.#codec.receive(bytes, this.#collector);
		}
		return this.#frames.splice(0);
	}

	/** Frames sent since the last call, of one type. */
	sentOf<T extends PeerFrame['type']>(type: T): Extract<PeerFrame, { type: T }>[] {
		return this.sent().filter((frame): frame is Extract<PeerFrame, { type: T }> => frame.type === type);
	}

	/** Events so far, as `type` or `type id`. */
	get events(): string[] {
		return this.log.events.map(({ type, streamId }) => (streamId === 0 ? type : `${type} ${streamId}`));
	}

	last<T extends SessionEvent['type']>(type: T): LoggedEvent & { event: Extract<SessionEvent, { type: T }> } {
		const found = [...this.log.events].reverse().find((logged) => logged.type === type);
		holds(found !== undefined, `no event ${type}, but ${this.events.join(', ')}`);
		return found as LoggedEvent & { event: Extract<SessionEvent, { type: T }> };
	}

	/** The stream's error: null for a good end. */
	errorOf(streamId: number): HyperError | null {
		const found = this.log.events.find((logged) => logged.type === 'closed' && logged.streamId === streamId);
		holds(found !== undefined, `stream ${streamId} is not closed`);
		return (found.event as { error: HyperError | null }).error;
	}

	/** The peer broke the connection, and was told so. */
	expectGoaway(errorCode: number): void {
		const goaways = this.sentOf('GOAWAY');
		assert.deepEqual(
			goaways.map((frame) => frame.errorCode),
			[errorCode],
		);
		assert.equal(this.last('failed').event.type, 'failed');
		assert.equal(this.session.phase, 'dead');
	}

	/** As expectGoaway, with other frames before it. */
	expectGoawayAfterReplies(errorCode: number): void {
		const last = this.sent().at(-1);
		assert.deepEqual(last?.type === 'GOAWAY' && last.errorCode, errorCode);
		assert.equal(this.last('failed').event.type, 'failed');
	}

	/** The peer broke one stream, and was told so; the connection goes on. */
	expectReset(streamId: number, errorCode: number): void {
		const frames = this.sent().filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY');
		assert.deepEqual(frames, [{ type: 'RST_STREAM', streamId, errorCode }]);
		assert.notEqual(this.session.phase, 'dead');
	}

	/** Nothing is wrong. */
	expectHealthy(): void {
		const frames = this.sent().filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY');
		assert.deepEqual(frames, []);
		assert.notEqual(this.session.phase, 'dead');
	}

	/** Ends the session and gives what was against the rules. */
	finish(): string[] {
		this.call((session) => session.end(new ConnectionError('script is over')));
		this.log.checkEnd();
		const before = this.log.events.length;
		this.feed(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0));
		if (this.log.events.length !== before) this.log.breaches.push('an event came after the end');
		if (this.session.openStreams !== 0) this.log.breaches.push(`${this.session.openStreams} streams are left open`);
		this.#guard(() => this.session.takeOutput());
		this.session.release();
		this.#codec.close();
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
 * For scripts, in place of `assert.ok`: that one parses the test's source for its message, and takes minutes where the
 * source was transformed, and scripts fail by the thousand in their runs with faults.
 */
export function holds(condition: boolean, message = 'the condition does not hold'): asserts condition {
	if (!condition) throw new assert.AssertionError({ message, actual: condition, expected: true, operator: 'holds' });
}

let scenarios = 0;

/** A test by a script; the name is what must hold. */
export function scenario(name: string, script: (s: SessionScript) => void, options: ScriptOptions = {}): void {
	const number = ++scenarios;
	test(name, () => {
		const written = play(script, options, (bytes) => [bytes]);
		const split = play(script, options, (bytes) => Array.from(bytes, (octet) => Uint8Array.of(octet)));
		assert.deepEqual(split, written, 'an octet at a time gives other events');
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

/** What the script asserts need not hold now: only what holds for any octets. */
function playMutated(script: (s: SessionScript) => void, options: ScriptOptions, random: Random): void {
	const s = new SessionScript(options, (bytes) => [random.chance(1, 3) ? mutate(bytes, random) : bytes]);
	try {
		script(s);
	} catch {
		// A script does not know what to do with faults: `crashes` has what the session threw.
	}
	s.collect();
	assert.deepEqual(s.finish(), [], `with faults in the octets, HYPER_SEED=${seed}`);
}
