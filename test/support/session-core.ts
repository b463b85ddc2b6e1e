// The core of a session for tests of its two halves: the test adds streams directly, and reads the frames that the core
// sends as lines.

import assert from 'node:assert/strict';
import { joinBytes } from '../../src/base/bytes.ts';
import type { HyperError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Codec } from '../../src/codec/codec.ts';
import { SessionCore } from '../../src/session/core.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';
import { SEND_END_STREAM, SEND_HEADERS } from '../../src/session/stream-state.ts';
import { StreamRecord } from '../../src/session/streams.ts';
import { Window } from '../../src/session/window.ts';
import { FrameRecord } from './frame-record.ts';
import type { ScriptOptions } from './session-script.ts';

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
		const windows = [new Window(core.remote.initialWindowSize), new Window(core.local.effective.initialWindowSize)];
		const stream = new StreamRecord(core.streams.nextId, method, ...(windows as [Window, Window]));
		core.streams.addLocal(stream);
		core.advance(stream, SEND_HEADERS);
		if (endStream) core.advance(stream, SEND_END_STREAM);
		return stream;
	}

	/** The frames sent since the last call, as lines of FrameRecord. */
	sent(): string[] {
		const bytes = joinBytes(this.core.takeOutput(Number.POSITIVE_INFINITY));
		this.#reader.receive(bytes, this.#record);
		return this.#record.lines.splice(0);
	}

	/** The events since the last call: `type`, `type id`, or with an error `type id name code`. */
	events(): string[] {
		return this.core.takeEvents().map(describeEvent);
	}

	/** The error of the only event since the last call. */
	onlyError(): HyperError {
		const [event, ...others] = this.core.takeEvents();
		assert.deepEqual(others.map(describeEvent), []);
		const error = event !== undefined && 'error' in event ? event.error : null;
		if (error === null) throw new assert.AssertionError({ message: 'the event has no error', actual: event });
		return error;
	}
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
