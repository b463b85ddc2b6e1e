// A WebAssembly instance with views of its static memory, and the free list of instances.
// An instance is the whole state of one connection's codec. The module is compiled once per process.

import { loadEngine } from '#wasm';
import * as Event from '../../assembly/shared/event.ts';
import {
	ARENA_BYTES,
	BLOCK_BYTES,
	EVENT_WORDS,
	INPUT_BYTES,
	MAX_WORD,
	OUTPUT_BYTES,
	RECORDED_HEAD_BYTES,
	RECORDED_HEADS,
} from '../../assembly/shared/limit.ts';
import { EngineError } from '../base/errors.ts';

/** The exports of assembly/index.ts. `at` is the address to write to; functions that write return where writing ended. */
interface EngineExports {
	/** Not `WebAssembly.Memory`: the package's declarations must not need the DOM's. */
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
	writeHeaders(at: number, end: number, streamId: number, endStream: boolean, maxFrameSize: number): number;
	writeHead(at: number, length: number, type: number, flags: number, streamId: number): number;
	writeRstStream(at: number, streamId: number, errorCode: number): number;
	writePing(at: number, first: number, second: number, ack: boolean): number;
	writeGoaway(at: number, lastStreamId: number, errorCode: number, debugLength: number): number;
	writeWindowUpdate(at: number, streamId: number, increment: number): number;
	recordedHeads(): number;
	inputAddress(): number;
	blockAddress(): number;
	arenaAddress(): number;
	eventsAddress(): number;
	outputAddress(): number;
	encoderTableAddress(): number;
	headRingAddress(): number;
}

/** Reads the records of one pass of the engine. */
export interface RecordReader {
	/** Offsets in the records count from `base` in `bytes`. Returns false to stop reading. */
	onRecords(bytes: Uint8Array, base: number): boolean;
}

/** Input is copied to the engine a window at a time: large windows for small frames, small ones while bodies are skipped. */
const SMALLEST_WINDOW = 1024;

export class Engine {
	readonly exports: EngineExports;
	/** The whole memory. It never grows, so the views stay valid. */
	readonly bytes: Uint8Array;
	readonly input: Uint8Array;
	readonly block: Uint8Array;
	readonly arena: Uint8Array;
	readonly events: Int32Array;
	/** State of the encoder's dynamic table: capacity, size, insertions, evictions. */
	readonly encoderTable: Uint32Array;
	/** The ring of the flight recorder. */
	readonly headRing: Uint32Array;
	/** The addresses where OUTPUT begins and ends. */
	readonly output: number;
	readonly outputEnd: number;
	#window = SMALLEST_WINDOW;

	constructor() {
		let instance: WebAssembly.Instance;
		try {
			instance = new WebAssembly.Instance(loadEngine());
		} catch (cause) {
			const why =
				typeof WebAssembly === 'undefined'
					? 'this platform has no WebAssembly, so use HTTP/1.1'
					: 'close connections, or raise the limit on address space';
			throw new EngineError(`Cannot create a WebAssembly instance for the connection: ${why}`, { cause });
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
		this.headRing = new Uint32Array(memory, engine.headRingAddress(), (RECORDED_HEADS * RECORDED_HEAD_BYTES) >> 2);
		this.output = engine.outputAddress();
		this.outputEnd = this.output + OUTPUT_BYTES;
	}

	/** Both limits may be Infinity; the engine counts in 32 bits. */
	setSectionLimits(listSize: number, fields: number): void {
		this.exports.setSectionLimits(Math.min(listSize, MAX_WORD), Math.min(fields, MAX_WORD));
	}

	/** Reads frames from any piece of input. Bodies are not copied to the engine: the host takes them from `bytes`. */
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

/** How many unused instances are kept. Each costs some 6 KiB of memory, but 8-10 GiB of address space. */
const MAX_FREE = 16;
const free: Engine[] = [];

/** An instance in its initial state, from the free list or created. Give it back with `releaseEngine`. */
export function takeEngine(wholeFrames: boolean): Engine {
	const engine = free.pop() ?? new Engine();
	engine.exports.reset(wholeFrames);
	return engine;
}

/** Returns an engine to the free list. The caller must not use it again. */
export function releaseEngine(engine: Engine): void {
	if (free.length < MAX_FREE) free.push(engine);
}

/** Whether an instance can be created here. False without WebAssembly, or without address space for an instance. */
export function hasEngine(): boolean {
	try {
		releaseEngine(takeEngine(false));
		return true;
	} catch (error) {
		if (error instanceof EngineError) return false;
		throw error;
	}
}
