// Reads frames from bytes: the public API of the engine's whole-frame mode.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE, LARGEST_MAX_FRAME_SIZE, MAX_STREAM_ID } from '../../assembly/shared/limit.ts';
import { LocalProtocolError, ProtocolError } from '../base/errors.ts';
import { checkOptions, integer, bytes as isBytes, oneOf, optionSet } from '../base/options.ts';
import { faultText } from '../codec/fault.ts';
import { PrefaceReader } from '../codec/preface.ts';
import { type RawFrame, WholeFrames } from '../codec/whole-frames.ts';
import type { ExtensionType, Frame, FramePriority } from './frame.ts';

export interface FrameReaderOptions {
	/** The SETTINGS_MAX_FRAME_SIZE to enforce, from 16,384, the default, to 16,777,215. */
	maxFrameSize?: number;
	/** Whether the input begins with the connection preface of the client. Default: false. */
	preface?: boolean | 'client';
}

const OPTIONS = optionSet('a FrameReader', {
	maxFrameSize: integer(DEFAULT_MAX_FRAME_SIZE, LARGEST_MAX_FRAME_SIZE),
	preface: oneOf(true, false, 'client'),
});

/**
 * Reads the frames of one direction of a connection, from bytes that may be split anywhere. It checks each frame by itself
 * (RFC 9113 §4 and §6: length, stream id, padding, order of CONTINUATION) but knows no stream states. Field blocks are
 * neither joined nor decoded.
 *
 * @example
 * const reader = new FrameReader();
 * for (const frame of reader.read(bytes)) if (frame.type === FrameType.DATA) console.log(frame.streamId, frame.data);
 */
export class FrameReader {
	#frames: WholeFrames | null;
	/** Null if the input begins with a frame. */
	readonly #preface: PrefaceReader | null;
	#error: ProtocolError | null = null;

	/** TypeError or RangeError for options that are unknown or impossible; EngineError if no WebAssembly instance can be created. */
	constructor(options: FrameReaderOptions = {}) {
		checkOptions(options, OPTIONS);
		const { maxFrameSize = DEFAULT_MAX_FRAME_SIZE, preface = false } = options;
		this.#frames = new WholeFrames(maxFrameSize);
		this.#preface = preface === false ? null : new PrefaceReader();
	}

	/**
	 * Returns the frames that these bytes complete, with copies of their payloads. The call reads all bytes, whether or not
	 * the iterator is used. When a frame breaks a rule, the iterator throws ProtocolError after the frames before it, and
	 * every later call throws the same error.
	 */
	read(bytes: Uint8Array): IterableIterator<Frame> {
		isBytes(bytes, 'The bytes of frames');
		if (this.#error !== null) throw this.#error;
		if (this.#frames === null) throw new LocalProtocolError('Cannot read frames: the FrameReader is disposed');
		const frames: Frame[] = [];
		const start = this.#preface?.read(bytes) ?? 0;
		if (start === -1) {
			this.#fail(ErrorCode.PROTOCOL_ERROR, 'the connection preface of the client is missing');
		} else if (start < bytes.length) {
			this.#frames.receive(bytes.subarray(start), {
				onFrame: (raw) => {
					if (this.#error !== null) return;
					if (raw.type === FrameType.PUSH_PROMISE && (raw.first & 1) === 1) {
						this.#fail(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE promises a stream with an odd id');
					} else {
						frames.push(toFrame(raw));
					}
				},
				onFault: (_streamId, errorCode, fault) => this.#fail(errorCode, faultText(fault)),
			});
		}
		if (this.#error !== null) this.dispose();
		return iterate(frames, this.#error);
	}

	/** Releases the WebAssembly instance; later reads throw LocalProtocolError. */
	dispose(): void {
		this.#frames?.close();
		this.#frames = null;
	}

	[Symbol.dispose](): void {
		this.dispose();
	}

	#fail(errorCode: number, what: string): void {
		this.#error ??= new ProtocolError(errorCode, `Cannot read a frame: ${what}`);
	}
}

function* iterate(frames: readonly Frame[], error: ProtocolError | null): IterableIterator<Frame> {
	yield* frames;
	if (error !== null) throw error;
}

/** Gives the fixed fields and flags of a frame their names. */
export function toFrame(raw: RawFrame): Frame {
	const { type, flags, streamId, length, padding, first, second, body } = raw;
	const head = { flags, streamId, length };
	const endStream = (flags & Flag.END_STREAM) !== 0;
	const endHeaders = (flags & Flag.END_HEADERS) !== 0;
	const ack = (flags & Flag.ACK) !== 0;
	switch (type) {
		case FrameType.DATA:
			return { type, ...head, endStream, padding, data: body };
		case FrameType.HEADERS: {
			const priority = flags & Flag.PRIORITY ? toPriority(first, second) : null;
			return { type, ...head, endStream, endHeaders, padding, priority, fragment: body };
		}
		case FrameType.PRIORITY:
			return { type, ...head, priority: toPriority(first, second) };
		case FrameType.RST_STREAM:
			return { type, ...head, errorCode: first };
		case FrameType.SETTINGS:
			return { type, ...head, ack, settings: toPairs(raw.settings) };
		case FrameType.PUSH_PROMISE:
			return { type, ...head, endHeaders, padding, promisedStreamId: first & MAX_STREAM_ID, fragment: body };
		case FrameType.PING:
			return { type, ...head, ack, opaque: toBigEndian(first, second) };
		case FrameType.GOAWAY:
			return { type, ...head, lastStreamId: first & MAX_STREAM_ID, errorCode: second, debugData: body };
		case FrameType.WINDOW_UPDATE:
			return { type, ...head, increment: first & MAX_STREAM_ID };
		case FrameType.CONTINUATION:
			return { type, ...head, endHeaders, fragment: body };
		default:
			return { type: type as ExtensionType, ...head, payload: body };
	}
}

function toPriority(word: number, weight: number): FramePriority {
	return { dependency: word & MAX_STREAM_ID, exclusive: word > MAX_STREAM_ID, weight: weight + 1 };
}

function toPairs(settings: readonly number[]): [identifier: number, value: number][] {
	const pairs: [number, number][] = [];
	for (let i = 0; i < settings.length; i += 2) pairs.push([settings[i] as number, settings[i + 1] as number]);
	return pairs;
}

function toBigEndian(first: number, second: number): Uint8Array {
	const bytes = new Uint8Array(8);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, first);
	view.setUint32(4, second);
	return bytes;
}
