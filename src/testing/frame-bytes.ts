// Frames as octets, legal or not: RFC 9113 §4.1, §6. The session's own writer makes only what may be sent.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { HEAD_BYTES } from '../../assembly/shared/limit.ts';

const encoder = new TextEncoder();

/** Any frame. Type, flags and id go out as given; `length` may lie about the payload. */
export function frameBytes(
	type: number,
	flags: number,
	streamId: number,
	payload: Uint8Array,
	length: number = payload.length,
): Uint8Array {
	const bytes = new Uint8Array(HEAD_BYTES + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, length * 256 + type);
	view.setUint8(4, flags);
	view.setUint32(5, streamId);
	bytes.set(payload, HEAD_BYTES);
	return bytes;
}

/** A frame of a type that may be padded; `padding` null: without the PADDED flag. */
export function paddedFrameBytes(
	type: number,
	flags: number,
	streamId: number,
	payload: Uint8Array,
	padding: number | null,
): Uint8Array {
	if (padding === null) return frameBytes(type, flags, streamId, payload);
	const padded = new Uint8Array(1 + payload.length + padding);
	padded[0] = padding;
	padded.set(payload, 1);
	return frameBytes(type, flags | Flag.PADDED, streamId, padded);
}

/** Pairs [identifier, value]. */
export function settingsBytes(entries: readonly (readonly [identifier: number, value: number])[]): Uint8Array {
	const payload = new Uint8Array(entries.length * 6);
	const view = new DataView(payload.buffer);
	entries.forEach(([identifier, value], i) => {
		view.setUint16(i * 6, identifier);
		view.setUint32(i * 6 + 2, value);
	});
	return frameBytes(FrameType.SETTINGS, 0, 0, payload);
}

/** 32-bit numbers, big-endian, and octets behind them. */
export function words(numbers: readonly number[], rest: Uint8Array = new Uint8Array(0)): Uint8Array {
	const bytes = new Uint8Array(numbers.length * 4 + rest.length);
	const view = new DataView(bytes.buffer);
	numbers.forEach((number, i) => {
		view.setUint32(i * 4, number);
	});
	bytes.set(rest, numbers.length * 4);
	return bytes;
}

/** A text as UTF-8; bytes as they are. */
export function octetsOf(data: string | Uint8Array): Uint8Array {
	return typeof data === 'string' ? encoder.encode(data) : data;
}
