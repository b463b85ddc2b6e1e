// One WebAssembly instance with views of its static memory, and the free list that instances come from.
// An instance is the whole state of one connection's codec; compiling happens once a process.

import { loadEngine } from '#wasm';
import * as Event from '../../assembly/shared/event.ts';
import { ARENA_BYTES, BLOCK_BYTES, EVENT_WORDS, INPUT_BYTES, OUTPUT_BYTES } from '../../assembly/shared/limit.ts';
import { EngineError } from '../base/errors.ts';

/** The exports of assembly/index.ts. Addresses are in bytes, `at` is where to write, results where writing ended. */
interface EngineExports {
	/** Not `WebAssembly.Memory`: declarations of the package must do without the DOM's. */
	memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
	reset(wholeFrames: boolean): void;
	receive(from: number, to: number, total: number): number;
	decode(length: number, again: boolean): void;
	setMaxFrameSize(size: number): void;
	setDecoderTableSize(size: number): void;
	setSectionLimits(listSize: number, fields: number): void;
	setEncoderTableSize(size: number): void;
	setHuffman(on: boolean): void;
	beginBlock(at: number): number;
	encodeIndexed(at: number, ref: number): number;
	encodeInserted(at: number, nameRef: number, nameLength: number, valueLength: number): number;
	encodeLiteral(at: number, neverIndexed: boolean, nameRef: number, nameLength: number, valueLength: number): number;
	frameFieldBlock(at: number, end: number, type: number, flags: number, streamId: number, maxFrameSize: number): number;
	writeHead(at: number, length: number, type: number, flags: number, streamId: number): number;
	writePaddedHead(at: number, length: number, type: number, flags: number, streamId: number, padding: number): number;
	writePadding(at: number, padding: number): number;
	writePriority(at: number, streamId: number, dependency: number, weight: number): number;
	writeRstStream(at: number, streamId: number, errorCode: number): number;
	writeSettings(at: number, entries: number, ack: boolean): number;
	writeSetting(at: number, identifier: number, value: number): number;
	writePing(at: number, first: number, second: number, ack: boolean): number;
	writeGoaway(at: number, lastStreamId: number, errorCode: number, debugLength: number): number;
	writeWindowUpdate(at: number, streamId: number, increment: number): number;
	inputAddress(): number;
	blockAddress(): number;
	arenaAddress(): number;
	eventsAddress(): number;
	outputAddress(): number;
	encoderTableAddress(): number;
}

/** Who reads the records of one pass of the engine. */
export interface RecordReader {
	/** Offsets in the records count from `base` in `bytes`. False: no more is wanted. */
	onRecords(bytes: Uint8Array, base: number): boolean;
}

/** Input is copied to the engine by windows: large ones for small frames, small ones where bodies are passed over. */
const SMALLEST_WINDOW = 1024;

export class Engine {
	readonly exports: EngineExports;
	/** The whole memory; it never grows, so the views stay. */
	readonly bytes: Uint8Array;
	readonly input: Uint8Array;
	readonly block: Uint8Array;
	readonly arena: Uint8Array;
	readonly events: Int32Array;
	/** Capacity, size, insertions, evictions of the encoder's dynamic table. */
	readonly encoderTable: Uint32Array;
	/** Where OUTPUT begins and ends, as addresses. */
	readonly output: number;
	readonly outputEnd: number;
	#window = SMALLEST_WINDOW;

	constructor() {
		let instance: WebAssembly.Instance;
		try {
			instance = new WebAssembly.Instance(loadEngine());
		} catch (cause) {
			throw new EngineError(
				'Cannot make a WebAssembly instance for the connection: close connections, or raise the limit on address space',
				{ cause },
			);
		}
		this.exports = instance.exports as unknown as EngineExports;
		const engine = this.exports;
		const memory = engine.memory.buffer;
		this.bytes = new Uint8Array(memory);
		this.input = new Uint8Array(memory, engine.inputAddress(), INPUT_BYTES);
		this.block = new Uint8Array(memory, engine.blockAddress(), BLOCK_BYTES);
		this.arena = new Uint8Array(memory, engine.arenaAddress(), ARENA_BYTES);
		this.events = new Int32Array(memory, engine.eventsAddress(), EVENT_WORDS);
		this.encoderTable = new Uint32Array(memory, engine.encoderTableAddress(), 4);
		this.output = engine.outputAddress();
		this.outputEnd = this.output + OUTPUT_BYTES;
	}

	/** Reads frames from any piece of input. A body that the host takes from `bytes` itself is never copied. */
	receive(bytes: Uint8Array, reader: RecordReader): void {
		const { exports, input, events } = this;
		const total = bytes.length;
		let base = 0;
		while (base < total) {
			const size = Math.min(total - base, this.#window);
			input.set(size === total ? bytes : bytes.subarray(base, base + size));
			let at = 0;
			do {
				at = exports.receive(at, size, total - base);
				if (!reader.onRecords(bytes, base)) return;
			} while (at < size || events[Event.PENDING] === 1);
			this.#window = at > size ? SMALLEST_WINDOW : Math.min(this.#window * 2, INPUT_BYTES);
			base += at;
		}
	}
}

/** How many unused instances are kept: each costs some 6 KiB of memory, but 8-10 GiB of address space. */
const MAX_FREE = 16;
const free: Engine[] = [];

/** An instance as new: from the free list, or made. Give it back with `releaseEngine`. */
export function takeEngine(wholeFrames: boolean): Engine {
	const engine = free.pop() ?? new Engine();
	engine.exports.reset(wholeFrames);
	return engine;
}

/** The caller must not touch the engine again. */
export function releaseEngine(engine: Engine): void {
	if (free.length < MAX_FREE) free.push(engine);
}
