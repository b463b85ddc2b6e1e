// The engine's whole-frame mode: frames one by one as they were sent, with field blocks left as bytes. It serves
// hyper-wasm/frames and traces; connections read with codec.ts.

import * as Event from '../../assembly/shared/event.ts';
import { joinBytes } from '../base/bytes.ts';
import { type RecordReader, releaseEngine, takeEngine } from './engine.ts';

/** A frame by its layout. The meaning of `first` and `second` depends on the type. */
export interface RawFrame {
	type: number;
	flags: number;
	streamId: number;
	/** Length of the payload, padding included. */
	length: number;
	/** The pad length; null without the PADDED flag. */
	padding: number | null;
	/** The fixed fields before the body: one or two 32-bit words, or a dependency and a weight byte. */
	first: number;
	second: number;
	/** SETTINGS: pairs [identifier, value, ...]. */
	settings: number[];
	/** A copy of the rest: no padding, no fixed fields, no settings. */
	body: Uint8Array;
}

interface WholeFrameHandler {
	/** The body is complete; padding may still follow. */
	onFrame(frame: RawFrame): void;
	/** With `streamId` 0, nothing follows. Otherwise that frame is skipped, and reading continues. */
	onFault(streamId: number, errorCode: number, fault: number): void;
}

export class WholeFrames implements RecordReader {
	readonly #engine = takeEngine(true);
	#handler: WholeFrameHandler | null = null;
	#closed = false;
	/** The frame whose body is being read, and the pieces so far: memory is allocated only as bytes arrive. */
	#frame: RawFrame | null = null;
	#pieces: Uint8Array[] = [];

	constructor(maxFrameSize: number) {
		this.setMaxFrameSize(maxFrameSize);
	}

	setMaxFrameSize(size: number): void {
		this.#engine.exports.setMaxFrameSize(size);
	}

	/** The frame whose body is incomplete, without that body; null between frames and before a head is complete. */
	get unfinished(): RawFrame | null {
		return this.#frame;
	}

	/** Reads any piece of the input. */
	receive(bytes: Uint8Array, handler: WholeFrameHandler): void {
		if (this.#closed) return;
		this.#handler = handler;
		this.#engine.receive(bytes, this);
	}

	/** Returns the engine to the free list; bytes received later are ignored. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		releaseEngine(this.#engine);
	}

	/** The engine calls this with the records of one pass. */
	onRecords(bytes: Uint8Array, base: number): boolean {
		const handler = this.#handler as WholeFrameHandler;
		const { events } = this.#engine;
		const end = events[Event.END] as number;
		let at = Event.FIRST;
		while (at < end && !this.#closed) {
			const head = events[at] as number;
			const first = events[at + 1] as number;
			const second = events[at + 2] as number;
			switch (head & 0xff) {
				case Event.FRAME:
					this.#open(at);
					at += 7;
					break;
				case Event.SETTING:
					this.#frame?.settings.push(first, second >>> 0);
					at += 3;
					break;
				case Event.PIECE:
					if (second > 0) this.#pieces.push(new Uint8Array(bytes.subarray(base + first, base + first + second)));
					if ((head >> 8) & Event.END_OF_FRAME) this.#finish(handler);
					at += 3;
					break;
				case Event.FAULT:
					if (first === 0) this.#frame = null;
					handler.onFault(first, second >>> 0, events[at + 3] as number);
					at += 4;
					break;
				default:
					throw new Error(`The engine returned a record of unknown kind ${head & 0xff}`);
			}
		}
		return !this.#closed;
	}

	#open(at: number): void {
		const { events } = this.#engine;
		const typeAndFlags = events[at + 1] as number;
		const padding = events[at + 4] as number;
		this.#pieces = [];
		this.#frame = {
			type: typeAndFlags & 0xff,
			flags: typeAndFlags >> 8,
			streamId: events[at + 2] as number,
			length: events[at + 3] as number,
			padding: padding < 0 ? null : padding,
			first: (events[at + 5] as number) >>> 0,
			second: (events[at + 6] as number) >>> 0,
			settings: [],
			body: NO_BYTES,
		};
	}

	#finish(handler: WholeFrameHandler): void {
		const frame = this.#frame as RawFrame;
		this.#frame = null;
		frame.body = joinBytes(this.#pieces);
		this.#pieces = [];
		handler.onFrame(frame);
	}
}

const NO_BYTES = new Uint8Array(0);
