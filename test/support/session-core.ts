// The core of a session for tests of its two halves: the test adds streams directly, and reads the frames that the core
// sends as lines.

import assert from 'node:assert/strict';
import { joinBytes } from '../../src/base/bytes.ts';
import type { HyperError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Codec } from '../../src/codec/codec.ts';
import { SessionCore } from '../../src/session/core.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FlowControlManager, Window } from '../../src/session/flow-control.ts';
import { Receiver } from '../../src/session/receiver.ts';
import { StreamRecord } from '../../src/session/stream.ts';
import { FrameRecord } from './frame-record.ts';
import type { ScriptOptions } from './session-script.ts';

/** The fields of a promised request. */
export const PROMISE: string[] = [':method', 'GET', ':scheme', 'https', ':authority', 'h', ':path', '/p'];

/** A window that shares its initial size with no other. */
export function windowOf(initialWindowSize: number): Window {
	return new Window({ initialWindowSize });
}

export class CoreBench {
	readonly core: SessionCore;
	readonly #reader = new Codec();
	readonly #record = new FrameRecord();

	constructor(options: ScriptOptions = {}) {
		this.core = new SessionCore(
			{
				settings: {},
				flowControl: FlowControlManager,
				connectionWindow: 65_535,
				encoderTableSize: 4096,
				lenient: false,
				firstStreamId: 1,
				...options,
				limits: { ...DEFAULT_LIMITS, ...options.limits },
			},
			new Uint8Array(0),
		);
		this.#reader.setMaxFrameSize(16_777_215);
	}

	/** Adds a local stream in the state after its HEADERS, without sending the frame. */
	open(method = 'GET', endStream = true): StreamRecord {
		const { core } = this;
		const windows = [new Window(core.remote), new Window(core.local.effective)] as const;
		const stream = new StreamRecord(core.streams.nextId, method, ...windows);
		core.streams.addLocal(stream);
		core.advance(stream, 'send HEADERS');
		if (endStream) core.advance(stream, 'send END_STREAM');
		return stream;
	}

	/** The frames sent since the last call, as lines of FrameRecord. */
	sent(): string[] {
		const { core } = this;
		if (core.phase !== 'dead') core.queue.write(Number.POSITIVE_INFINITY);
		core.replies = 0;
		this.#reader.receive(joinBytes(core.codec.output.take()), this.#record);
		return this.#record.lines.splice(0);
	}

	takeEvents(): SessionEvent[] {
		return this.core.events.splice(0);
	}

	/** The events since the last call: `type`, `type id`, or with an error `type id name code`. */
	events(): string[] {
		return this.takeEvents().map(describeEvent);
	}

	/** Asserts that a fault of the peer has ended the connection with this code. */
	expectFailure(errorCode: number): void {
		assert.equal(this.events().at(-1)?.endsWith(` ${errorCode}`), true);
		assert.equal(this.core.phase, 'dead');
	}

	/** The error of the only event since the last call. */
	onlyError(): HyperError {
		const [event, ...others] = this.takeEvents();
		assert.deepEqual(others.map(describeEvent), []);
		const error = event !== undefined && 'error' in event ? event.error : null;
		if (error === null) throw new assert.AssertionError({ message: 'the event has no error', actual: event });
		return error;
	}
}

/** A receiver that has received SETTINGS, on a core whose output and events have been taken. */
export function createReceiver(options: ScriptOptions = {}): { bench: CoreBench; receiver: Receiver } {
	const bench = new CoreBench(options);
	const receiver = new Receiver(bench.core);
	receiver.onSettings([]);
	bench.sent();
	bench.events();
	return { bench, receiver };
}

function describeEvent(event: SessionEvent): string {
	const words: (string | number)[] = [event.type];
	if ('streamId' in event) words.push(event.streamId);
	if ('error' in event && event.error !== null) {
		words.push(event.error.name);
		if ('errorCode' in event.error && event.error.errorCode !== null) words.push(event.error.errorCode as number);
	}
	return words.join(' ');
}
