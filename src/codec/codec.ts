// The door to the engine: bytes to frames and frames to bytes, for either role. RFC 9113 §4-6, RFC 7541.
// This folder is the only TypeScript that touches linear memory. Reading is here, writing in frame-writer.ts.

import * as Event from '../../assembly/shared/event.ts';
import { INPUT_BYTES } from '../../assembly/shared/limit.ts';
import { readText } from './arena.ts';
import { type Engine, releaseEngine, takeEngine } from './engine.ts';
import { FieldTable } from './field-table.ts';
import type { FrameHandler } from './frame-handler.ts';
import { FrameOutput } from './frame-output.ts';

const NO_BYTES = new Uint8Array(0);

/** Frames of one connection. Throws EngineError when no instance can be had. */
export class Codec {
	readonly #engine: Engine = takeEngine(false);
	readonly #table = new FieldTable();
	/** What is to be sent, and everything that writes it. */
	readonly output: FrameOutput = new FrameOutput(this.#engine);
	#closed = false;

	// Of the frame whose records are being read.
	#fields: string[] = [];
	#neverIndexed: Set<number> | null = null;
	#settings: number[] = [];
	#goaway: { lastStreamId: number; errorCode: number; debugData: Uint8Array; filled: number } | null = null;

	/** Reads any piece of the peer's bytes and calls the handler for what it completes. */
	receive(bytes: Uint8Array, handler: FrameHandler): void {
		const { exports, input, events } = this.#engine;
		for (let base = 0; base < bytes.length && !this.#closed; base += INPUT_BYTES) {
			const part = bytes.length <= INPUT_BYTES ? bytes : bytes.subarray(base, base + INPUT_BYTES);
			input.set(part);
			let at = 0;
			do {
				at = exports.receive(at, part.length);
				this.#dispatch(bytes, base, handler);
			} while ((at < part.length || events[Event.PENDING] === 1) && !this.#closed);
		}
	}

	/** Gives the instance back; what is received later is ignored. Output must have been taken before. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.output.close();
		releaseEngine(this.#engine);
	}

	/** Our SETTINGS_MAX_FRAME_SIZE, from when it is announced. */
	setMaxFrameSize(size: number): void {
		this.#engine.exports.setMaxFrameSize(size);
	}

	/** Our SETTINGS_HEADER_TABLE_SIZE, from its acknowledgement. At most ENGINE_MAX_TABLE. */
	setDecoderTableSize(size: number): void {
		this.#engine.exports.setDecoderTableSize(size);
	}

	/** A field section beyond these is reported as TOO_LARGE, without what is beyond. */
	setSectionLimits(listSize: number, fields: number): void {
		this.#engine.exports.setSectionLimits(listSize, fields);
	}

	#dispatch(bytes: Uint8Array, base: number, handler: FrameHandler): void {
		const { events, arena } = this.#engine;
		const { names, values } = this.#table;
		const end = events[Event.END] as number;
		// Strings come out first: a handler may write frames, and their strings go through the arena.
		const text = readText(arena, events[Event.ARENA_LENGTH] as number, events[Event.ARENA_OCTETS] === 1);
		let textAt = 0;
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
				case Event.FIELD_INDEXED: {
					const ref = events[at + 1] as number;
					this.#fields.push(names[ref] as string, values[ref] as string);
					at += 2;
					break;
				}
				case Event.FIELD_LITERAL: {
					const nameOrLength = events[at + 1] as number;
					let name: string;
					if (flags & Event.NAME_LITERAL) {
						name = text.slice(textAt, textAt + nameOrLength);
						textAt += nameOrLength;
					} else {
						name = names[nameOrLength] as string;
					}
					const valueEnd = textAt + (events[at + 2] as number);
					const value = text.slice(textAt, valueEnd);
					textAt = valueEnd;
					const ref = events[at + 3] as number;
					if (ref !== 0) {
						names[ref] = name;
						values[ref] = value;
					}
					if (!(flags & Event.HIDDEN)) {
						if (flags & Event.NEVER_INDEXED) {
							this.#neverIndexed ??= new Set();
							this.#neverIndexed.add(this.#fields.length >> 1);
						}
						this.#fields.push(name, value);
					}
					at += 4;
					break;
				}
				case Event.SECTION: {
					const fields = this.#fields;
					const neverIndexed = this.#neverIndexed;
					this.#fields = [];
					this.#neverIndexed = null;
					this.#table.clear(events[at + 5] as number);
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
