// The door to the engine: bytes to frames and frames to bytes, for either role. RFC 9113 §4-6, RFC 7541.
// This folder is the only TypeScript that touches linear memory. Reading is here, writing in frame-output.ts.

import * as Event from '../../assembly/shared/event.ts';
import { type Engine, type RecordReader, releaseEngine, takeEngine } from './engine.ts';
import type { FrameHandler } from './frame-handler.ts';
import { FrameOutput } from './frame-output.ts';
import { SectionReader } from './hpack/section-reader.ts';

const NO_BYTES = new Uint8Array(0);
/** The engine counts in 32 bits. */
const NO_LIMIT = 0xffffffff;

/** Frames of one connection. Throws EngineError when no instance can be had. */
export class Codec implements RecordReader {
	readonly #engine: Engine = takeEngine(false);
	readonly #sections = new SectionReader(this.#engine);
	/** What is to be sent, and everything that writes it. */
	readonly output: FrameOutput = new FrameOutput(this.#engine);
	#closed = false;
	#handler: FrameHandler | null = null;

	// Of the frame whose records are being read.
	#settings: number[] = [];
	#goaway: { lastStreamId: number; errorCode: number; debugData: Uint8Array; filled: number } | null = null;

	/** Reads any piece of the peer's bytes and calls the handler for what it completes. */
	receive(bytes: Uint8Array, handler: FrameHandler): void {
		if (this.#closed) return;
		this.#handler = handler;
		this.#engine.receive(bytes, this);
	}

	/** Gives the instance back; what is received later is ignored. Output must have been taken before. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.output.close();
		releaseEngine(this.#engine);
	}

	/** Our SETTINGS_MAX_FRAME_SIZE: a larger one when it is announced, a smaller one from its acknowledgement. */
	setMaxFrameSize(size: number): void {
		this.#engine.exports.setMaxFrameSize(size);
	}

	/** Our SETTINGS_HEADER_TABLE_SIZE: a larger one when it is announced, a smaller one from its acknowledgement. */
	setDecoderTableSize(size: number): void {
		this.#engine.exports.setDecoderTableSize(size);
	}

	/** A field section beyond these, which may be Infinity, is reported as TOO_LARGE, without what is beyond. */
	setSectionLimits(listSize: number, fields: number): void {
		this.#engine.exports.setSectionLimits(Math.min(listSize, NO_LIMIT), Math.min(fields, NO_LIMIT));
	}

	/** The engine calls this with what one pass has read. */
	onRecords(bytes: Uint8Array, base: number): boolean {
		const handler = this.#handler as FrameHandler;
		const { events } = this.#engine;
		const end = events[Event.END] as number;
		const sections = this.#sections;
		sections.open();
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
					at = sections.readFields(at, end);
					break;
				case Event.SECTION: {
					const fields = sections.takeFields(events[at + 5] as number);
					const neverIndexed = sections.takeNeverIndexed();
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

	/** Records apart from those of every request; returns where the next one is. */
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
				throw new Error(`Engine gave a record of unknown kind ${head & 0xff}`);
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
