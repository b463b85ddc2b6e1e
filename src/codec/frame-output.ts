// Frames to send: the engine writes them into its output buffer, and the owner takes them once a turn. RFC 9113 §6.
// Large bodies never enter linear memory; small ones are copied, which is cheaper than sending a chunk of their own.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE, HEAD_BYTES } from '../../assembly/shared/limit.ts';
import type { Engine } from './engine.ts';
import { blockBound, FieldEncoder } from './hpack/field-encoder.ts';
import { settingsPayload } from './settings-payload.ts';

/** A control frame is at most this long, not counting debug data. */
const CONTROL_BYTES = 32;
/** Bodies up to this size are copied into linear memory, after their frame head. */
const COPIED_BYTES = 2048;

export class FrameOutput {
	readonly #engine: Engine;
	readonly #encoder: FieldEncoder;
	/** The address of the next frame. */
	#at: number;
	/** Output that has already left linear memory, in order. */
	#chunks: Uint8Array[] = [];
	#chunkBytes = 0;
	#closed = false;
	/** The peer's SETTINGS_MAX_FRAME_SIZE. */
	maxFrameSize: number = DEFAULT_MAX_FRAME_SIZE;

	constructor(engine: Engine) {
		this.#engine = engine;
		this.#encoder = new FieldEncoder(engine);
		this.#at = engine.output;
	}

	/** Bytes waiting to be taken. */
	get length(): number {
		return this.#chunkBytes + this.#at - this.#engine.output;
	}

	/** The size of the encoder's dynamic table: at most the peer's SETTINGS_HEADER_TABLE_SIZE and ENGINE_MAX_TABLE. */
	setTableSize(size: number): void {
		this.#engine.exports.setEncoderTableSize(size);
	}

	/** Takes everything written since the last call. The chunks then belong to the caller. */
	take(): Uint8Array[] {
		this.#spill();
		const chunks = this.#chunks;
		this.#chunks = [];
		this.#chunkBytes = 0;
		return chunks;
	}

	/** Closes the output: later calls write nothing. */
	close(): void {
		this.#closed = true;
	}

	/** Writes bytes that are not a frame: the connection preface. */
	writeBytes(bytes: Uint8Array): void {
		if (!this.#reserve(bytes.length)) return;
		this.#copy(bytes);
	}

	/**
	 * HEADERS, followed by CONTINUATION when the block is too long for it. Names and values alternate; `neverIndexed` has
	 * indices of pairs. Throws HPACKEncodingError when the block could exceed the largest one, TypeError for a char above
	 * U+00FF; nothing is written then.
	 */
	writeHeaders(
		streamId: number,
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null,
		endStream: boolean,
	): void {
		const bound = blockBound(fields);
		const heads = Math.ceil(bound / DEFAULT_MAX_FRAME_SIZE) + 1;
		if (!this.#reserve(bound + heads * HEAD_BYTES)) return;
		const { exports } = this.#engine;
		const end = this.#encoder.encode(this.#at + HEAD_BYTES, fields, neverIndexed);
		this.#at = exports.writeHeaders(this.#at, end, streamId, endStream, this.maxFrameSize);
	}

	/** A field block that is not framed. It uses the dynamic table, so the peer must receive it before any later block. */
	encodeBlock(fields: readonly string[]): Uint8Array {
		if (!this.#reserve(blockBound(fields))) return NO_BYTES;
		return this.#engine.bytes.slice(this.#at, this.#encoder.encode(this.#at, fields, null));
	}

	/** Takes over `bytes`, at most `maxFrameSize` of them. */
	writeData(streamId: number, bytes: Uint8Array, endStream: boolean): void {
		const length = bytes.length;
		const copied = length <= COPIED_BYTES;
		if (!this.#reserve(HEAD_BYTES + (copied ? length : 0))) return;
		const flags = endStream ? Flag.END_STREAM : 0;
		this.#at = this.#engine.exports.writeHead(this.#at, length, FrameType.DATA, flags, streamId);
		if (copied) this.#copy(bytes);
		else this.#append(bytes);
	}

	writeRstStream(streamId: number, errorCode: number): void {
		if (!this.#reserve(CONTROL_BYTES)) return;
		this.#at = this.#engine.exports.writeRstStream(this.#at, streamId, errorCode);
	}

	/** Pairs [identifier, value, ...]. */
	writeSettings(entries: readonly number[]): void {
		const payload = settingsPayload(entries);
		if (!this.#reserve(HEAD_BYTES + payload.length)) return;
		this.#at = this.#engine.exports.writeHead(this.#at, payload.length, FrameType.SETTINGS, 0, 0);
		this.#copy(payload);
	}

	writeSettingsAck(): void {
		if (!this.#reserve(CONTROL_BYTES)) return;
		this.#at = this.#engine.exports.writeHead(this.#at, 0, FrameType.SETTINGS, Flag.ACK, 0);
	}

	/** The eight bytes as two big-endian numbers. */
	writePing(first: number, second: number, ack: boolean): void {
		if (!this.#reserve(CONTROL_BYTES)) return;
		this.#at = this.#engine.exports.writePing(this.#at, first, second, ack);
	}

	writeGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void {
		if (!this.#reserve(CONTROL_BYTES + debugData.length)) return;
		this.#at = this.#engine.exports.writeGoaway(this.#at, lastStreamId, errorCode, debugData.length);
		this.#copy(debugData);
	}

	writeWindowUpdate(streamId: number, increment: number): void {
		if (!this.#reserve(CONTROL_BYTES)) return;
		this.#at = this.#engine.exports.writeWindowUpdate(this.#at, streamId, increment);
	}

	/** Makes room for `size` bytes of linear memory; false when the output is closed. */
	#reserve(size: number): boolean {
		if (this.#closed) return false;
		if (this.#at + size > this.#engine.outputEnd) this.#spill();
		return true;
	}

	#copy(bytes: Uint8Array): void {
		this.#engine.bytes.set(bytes, this.#at);
		this.#at += bytes.length;
	}

	#append(bytes: Uint8Array): void {
		this.#spill();
		this.#chunks.push(bytes);
		this.#chunkBytes += bytes.length;
	}

	/** Moves the frames in linear memory to a chunk. */
	#spill(): void {
		const { bytes, output } = this.#engine;
		if (this.#at === output) return;
		this.#chunks.push(bytes.slice(output, this.#at));
		this.#chunkBytes += this.#at - output;
		this.#at = output;
	}
}

const NO_BYTES = new Uint8Array(0);
