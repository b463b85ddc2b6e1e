// The door to the engine: bytes to frames and frames to bytes, for either role (RFC 9113 §4-6, RFC 7541). It knows
// framing and HPACK, not what is legal on a stream at the moment. Reading is here, writing is in frame-output.ts.
// This folder is the only TypeScript that touches linear memory.

import * as Event from '../../assembly/shared/event.ts';
import { type Engine, type RecordReader, releaseEngine, takeEngine } from './engine.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { FrameOutput } from './frame-output.ts';
import { FieldDecoder } from './hpack/field-decoder.ts';

/** Receives frames in their order. Bytes belong to the chunk that is being received: they are lent until the call returns. */
export interface FrameHandler {
	/** A piece of DATA, `bytes[start, end)`. `flowControlledLength` includes padding; the pieces of a frame add up. */
	onData(
		streamId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		flowControlledLength: number,
		endOfFrame: boolean,
		endStream: boolean,
	): void;
	/**
	 * A whole field section: names and values alternate. `neverIndexed` has indices of pairs. `faults` has the bits of
	 * shared/event.ts: the section exceeds a limit, and lacks the fields beyond it; a name or value has a forbidden byte.
	 */
	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void;
	onPushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
	): void;
	onPriority(streamId: number): void;
	onRstStream(streamId: number, errorCode: number): void;
	/** Pairs [identifier, value, ...] in the order sent. */
	onSettings(entries: readonly number[]): void;
	onSettingsAck(): void;
	/** The eight bytes as two big-endian numbers. */
	onPing(first: number, second: number, ack: boolean): void;
	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void;
	/** `streamId` 0 is the connection. */
	onWindowUpdate(streamId: number, increment: number): void;
	onUnknown(type: number, streamId: number): void;
	/**
	 * A frame breaks a rule of framing or HPACK. `streamId` 0: it is a connection error, and nothing follows. Otherwise, it is
	 * a stream error.
	 */
	onFault(streamId: number, errorCode: number, fault: number): void;
}

const NO_BYTES = new Uint8Array(0);

/** A GOAWAY whose debug data is still arriving. */
interface Goaway {
	lastStreamId: number;
	errorCode: number;
	debugData: Uint8Array;
	filled: number;
}

/** The frames of one connection. The constructor throws EngineError if no WebAssembly instance can be created. */
export class Codec implements RecordReader {
	readonly #engine: Engine = takeEngine(false);
	readonly #decoder = new FieldDecoder(this.#engine);
	readonly recorder: FlightRecorder = new FlightRecorder(this.#engine);
	/** Writes frames, and holds them until they are taken. */
	readonly output: FrameOutput = new FrameOutput(this.#engine);
	/** Words of event records that the last `receive` has read: how much work its bytes were. */
	receivedWords = 0;
	#closed = false;
	#handler: FrameHandler | null = null;

	// The frame whose records are being read.
	#settings: number[] = [];
	#goaway: Goaway | null = null;

	/** Reads any piece of the peer's bytes, and calls the handler for each frame that it completes. */
	receive(bytes: Uint8Array, handler: FrameHandler): void {
		if (this.#closed) return;
		this.#handler = handler;
		this.receivedWords = 0;
		this.#engine.receive(bytes, this);
	}

	/** Returns the engine to the free list; bytes received later are ignored. Take the output first. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.recorder.close();
		this.output.close();
		releaseEngine(this.#engine);
	}

	/** Our SETTINGS_MAX_FRAME_SIZE. Raise it when it is announced, lower it when that is acknowledged. */
	setMaxFrameSize(size: number): void {
		this.#engine.exports.setMaxFrameSize(size);
	}

	/** Our SETTINGS_HEADER_TABLE_SIZE. Raise it when it is announced, lower it when that is acknowledged. */
	setDecoderTableSize(size: number): void {
		this.#engine.exports.setDecoderTableSize(size);
	}

	/** A section that exceeds one of these (Infinity: no limit) is reported as TOO_LARGE, without the fields beyond it. */
	setSectionLimits(listSize: number, fields: number): void {
		this.#engine.setSectionLimits(listSize, fields);
	}

	/** The engine calls this with the records of one pass. */
	onRecords(bytes: Uint8Array, base: number): boolean {
		const handler = this.#handler as FrameHandler;
		const { events } = this.#engine;
		const end = events[Event.END] as number;
		this.receivedWords += end;
		const decoder = this.#decoder;
		decoder.open();
		let at = Event.FIRST;
		while (at < end && !this.#closed) {
			const head = events[at] as number;
			const flags = head >> 8;
			switch (head & 0xff) {
				case Event.DATA: {
					const start = base + (events[at + 2] as number);
					handler.onData(
						events[at + 1] as number,
						bytes,
						start,
						start + (events[at + 3] as number),
						events[at + 4] as number,
						(flags & Event.END_OF_FRAME) !== 0,
						(flags & Event.END_STREAM) !== 0,
					);
					at += 5;
					break;
				}
				case Event.FIELD_INDEXED:
				case Event.FIELD_LITERAL:
					at = decoder.readFields(at, end);
					break;
				case Event.SECTION: {
					const { fields, neverIndexed } = decoder.takeSection(events[at + 5] as number);
					const streamId = events[at + 1] as number;
					const faults = events[at + 3] as number;
					if (flags & Event.PUSH) {
						handler.onPushPromise(streamId, events[at + 2] as number, fields, neverIndexed, faults);
					} else {
						handler.onHeaders(streamId, fields, neverIndexed, faults, (flags & Event.END_STREAM) !== 0);
					}
					at += 6;
					break;
				}
				case Event.WINDOW_UPDATE:
					handler.onWindowUpdate(events[at + 1] as number, events[at + 2] as number);
					at += 3;
					break;
				default:
					at = this.#dispatchRare(bytes, base, at, handler);
			}
		}
		return !this.#closed;
	}

	/** Handles a record that most requests do without; returns the position of the next one. */
	#dispatchRare(bytes: Uint8Array, base: number, at: number, handler: FrameHandler): number {
		const { events } = this.#engine;
		const head = events[at] as number;
		const flags = head >> 8;
		const first = events[at + 1] as number;
		const second = events[at + 2] as number;
		switch (head & 0xff) {
			case Event.PRIORITY:
				handler.onPriority(first);
				return at + 4;
			case Event.RST_STREAM:
				handler.onRstStream(first, second >>> 0);
				return at + 3;
			case Event.SETTING:
				this.#settings.push(first, second >>> 0);
				return at + 3;
			case Event.SETTINGS: {
				const entries = this.#settings;
				this.#settings = [];
				if (flags & Event.ACK) handler.onSettingsAck();
				else handler.onSettings(entries);
				return at + 2;
			}
			case Event.PING:
				handler.onPing(first >>> 0, second >>> 0, (flags & Event.ACK) !== 0);
				return at + 3;
			case Event.GOAWAY: {
				const debugLength = events[at + 3] as number;
				const debugData = debugLength === 0 ? NO_BYTES : new Uint8Array(debugLength);
				this.#goaway = { lastStreamId: first, errorCode: second >>> 0, debugData, filled: 0 };
				return at + 4;
			}
			case Event.PIECE:
				this.#readDebugData(bytes.subarray(base + first, base + first + second), handler);
				return at + 3;
			case Event.UNKNOWN:
				handler.onUnknown(first, second);
				return at + 4;
			case Event.FAULT:
				handler.onFault(first, second >>> 0, events[at + 3] as number);
				return at + 4;
			default:
				throw new Error(`The engine returned a record of unknown kind ${head & 0xff}`);
		}
	}

	#readDebugData(piece: Uint8Array, handler: FrameHandler): void {
		const goaway = this.#goaway;
		if (goaway === null) return;
		goaway.debugData.set(piece, goaway.filled);
		goaway.filled += piece.length;
		if (goaway.filled < goaway.debugData.length) return;
		this.#goaway = null;
		handler.onGoaway(goaway.lastStreamId, goaway.errorCode, goaway.debugData);
	}
}
