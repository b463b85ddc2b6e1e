// Frames to be sent, written by the engine into its output buffer and taken from it once a turn. RFC 9113 §6.
// Bodies never enter linear memory, small ones apart, which are cheaper to copy than to send as chunks of their own.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE, HEAD_BYTES } from '../../assembly/shared/limit.ts';
import type { Engine } from './engine.ts';
import { blockBound, FieldEncoder } from './hpack/field-encoder.ts';

/** A control frame is at most this long, debug data apart. */
const CONTROL_BYTES = 32;
/** Bodies up to here are copied behind their frame head. */
const COPIED_BYTES = 2048;

export class FrameOutput {
	readonly #engine: Engine;
	readonly #encoder: FieldEncoder;
	/** Where the next frame goes. */
	#at: number;
	/** Output that was taken out of linear memory already, in order. */
	#chunks: Uint8Array[] = [];
	#chunkBytes = 0;
	#maxFrameSize = DEFAULT_MAX_FRAME_SIZE;
	#closed = false;

	constructor(engine: Engine) {
		this.#engine = engine;
		this.#encoder = new FieldEncoder(engine);
		this.#at = engine.output;
	}

	/** Octets waiting to be taken. */
	get length(): number {
		return this.#chunkBytes + this.#at - this.#engine.output;
	}

	/** The peer's SETTINGS_MAX_FRAME_SIZE. */
	get maxFrameSize(): number {
		return this.#maxFrameSize;
	}

	set maxFrameSize(size: number) {
		this.#maxFrameSize = size;
	}

	/** The dynamic table to use: at most what the peer's SETTINGS_HEADER_TABLE_SIZE allows and ENGINE_MAX_TABLE. */
	setTableSize(size: number): void {
		this.#engine.exports.setEncoderTableSize(size);
	}

	/** Everything written since the last call; the chunks are the caller's. */
	take(): Uint8Array[] {
		this.#spill();
		const chunks = this.#chunks;
		this.#chunks = [];
		this.#chunkBytes = 0;
		return chunks;
	}

	/** Nothing is written any more: later calls have no effect. */
	close(): void {
		this.#closed = true;
	}

	/** Bytes that are no frame: the connection preface. */
	writeBytes(bytes: Uint8Array): void {
		if (!this.#reserve(bytes.length)) return;
		this.#copy(bytes);
	}

	/**
	 * HEADERS, and CONTINUATION where the block needs it. Names and values alternate, `neverIndexed` holds numbers of pairs.
	 * Throws HPACKEncodingError when the block would be too large, TypeError for chars that are not octets; nothing is
	 * written then.
	 */
	writeHeaders(
		streamId: number,
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null,
		endStream: boolean,
	): void {
		if (!this.#reserveBlock(fields)) return;
		const end = this.#encoder.encode(this.#at + HEAD_BYTES, fields, neverIndexed);
		this.#frameBlock(end, FrameType.HEADERS, endStream ? Flag.END_STREAM : 0, streamId);
	}

	writePushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null,
	): void {
		if (!this.#reserveBlock(fields)) return;
		const at = this.#at + HEAD_BYTES;
		const end = this.#encoder.encode(at + 4, fields, neverIndexed);
		new DataView(this.#engine.bytes.buffer).setUint32(at, promisedStreamId);
		this.#frameBlock(end, FrameType.PUSH_PROMISE, 0, streamId);
	}

	/** `bytes` are the output's from now on. At most `maxFrameSize` octets. */
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
		const { exports } = this.#engine;
		if (!this.#reserve(HEAD_BYTES + entries.length * 3)) return;
		let at = exports.writeSettings(this.#at, entries.length / 2, false);
		for (let i = 0; i < entries.length; i += 2) {
			at = exports.writeSetting(at, entries[i] as number, entries[i + 1] as number);
		}
		this.#at = at;
	}

	writeSettingsAck(): void {
		if (!this.#reserve(CONTROL_BYTES)) return;
		this.#at = this.#engine.exports.writeSettings(this.#at, 0, true);
	}

	/** The eight octets as two big-endian numbers. */
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

	/** Room for a block of these fields; false when nothing is to be written any more. */
	#reserveBlock(fields: readonly string[]): boolean {
		const bound = blockBound(fields);
		const heads = Math.ceil(bound / DEFAULT_MAX_FRAME_SIZE) + 1;
		return this.#reserve(bound + heads * HEAD_BYTES + 4);
	}

	#frameBlock(end: number, type: number, flags: number, streamId: number): void {
		const { exports } = this.#engine;
		this.#at = exports.frameFieldBlock(this.#at, end, type, flags, streamId, this.#maxFrameSize);
	}

	/** Makes room for `size` octets of linear memory; false when nothing is to be written any more. */
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

	/** Moves what was written out of linear memory. */
	#spill(): void {
		const { bytes, output } = this.#engine;
		if (this.#at === output) return;
		this.#chunks.push(bytes.slice(output, this.#at));
		this.#chunkBytes += this.#at - output;
		this.#at = output;
	}
}
