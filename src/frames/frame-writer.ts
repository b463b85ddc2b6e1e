// Writes frames, each into an array of its own, for tools and tests. The rules of the protocol are not checked.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { MAX_STREAM_ID, MAX_WORD } from '../../assembly/shared/limit.ts';
import {
	anything,
	boolean,
	bytes,
	checkOptions,
	describe,
	integer,
	nested,
	nullOr,
	type OptionCheck,
	type OptionSet,
	optionSet,
} from '../base/options.ts';
import { settingsPayload } from '../codec/settings-payload.ts';
import { type FixedField, type FrameParts, writeFrame } from '../codec/single-frame.ts';
import type { FramePriority, WritableFrame } from './frame.ts';

const MAX_BYTE = 0xff;

/**
 * Writes single frames of any type, including frames that RFC 9113 forbids, as long as every number fits its field. Field
 * blocks come from the `Encoder` of hyper-wasm/hpack.
 *
 * @example
 * const writer = new FrameWriter();
 * const settings = writer.write({ type: FrameType.SETTINGS, settings: [[Setting.ENABLE_PUSH, 0]] });
 */
export class FrameWriter {
	/**
	 * Returns the bytes of a frame. RangeError for a number that does not fit its field, TypeError for a member that the
	 * frame's type does not have, that is missing, or that has the wrong type.
	 */
	write(frame: WritableFrame): Uint8Array {
		checkOptions(frame, MEMBERS.get(frame?.type) ?? EXTENSION);
		check('type', frame.type, MAX_BYTE);
		const { streamId = 0, flags = 0 } = frame;
		check('streamId', streamId, MAX_STREAM_ID);
		check('flags', flags, MAX_BYTE);
		const parts = { type: frame.type, streamId };
		switch (frame.type) {
			case FrameType.DATA: {
				const { endStream = false, padding, data } = frame;
				const bits = named(flags, Flag.END_STREAM | Flag.PADDED, endStream ? Flag.END_STREAM : 0);
				return writeFrame({ ...parts, flags: bits, body: data, ...padded(padding) });
			}
			case FrameType.HEADERS: {
				const { endStream = false, endHeaders = true, padding, priority = null, fragment } = frame;
				const bits = named(
					flags,
					Flag.END_STREAM | Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY,
					(endStream ? Flag.END_STREAM : 0) |
						(endHeaders ? Flag.END_HEADERS : 0) |
						(priority === null ? 0 : Flag.PRIORITY),
				);
				const fixed = priority === null ? [] : priorityFields(priority);
				return writeFrame({ ...parts, flags: bits, fixed, body: fragment, ...padded(padding) });
			}
			case FrameType.PRIORITY:
				// A value of this type has it, but a caller without types may not.
				if (frame.priority === undefined) throw new TypeError('A PRIORITY frame must have a priority');
				return writeFrame({ ...parts, flags, fixed: priorityFields(frame.priority) });
			case FrameType.RST_STREAM:
				return writeFrame({ ...parts, flags, fixed: [word('errorCode', frame.errorCode)] });
			case FrameType.SETTINGS: {
				const { ack = false, settings = [] } = frame;
				return writeFrame({ ...parts, flags: named(flags, Flag.ACK, ack ? Flag.ACK : 0), body: toPayload(settings) });
			}
			case FrameType.PUSH_PROMISE: {
				const { endHeaders = true, padding, promisedStreamId, fragment } = frame;
				const bits = named(flags, Flag.END_HEADERS | Flag.PADDED, endHeaders ? Flag.END_HEADERS : 0);
				const fixed = [word('promisedStreamId', promisedStreamId, MAX_STREAM_ID)];
				return writeFrame({ ...parts, flags: bits, fixed, body: fragment, ...padded(padding) });
			}
			case FrameType.PING: {
				const { ack = false, opaque = new Uint8Array(8) } = frame;
				if (opaque.length !== 8) throw new RangeError(`opaque has ${opaque.length} bytes, but must have 8`);
				return writeFrame({ ...parts, flags: named(flags, Flag.ACK, ack ? Flag.ACK : 0), body: opaque });
			}
			case FrameType.GOAWAY: {
				const fixed = [word('lastStreamId', frame.lastStreamId, MAX_STREAM_ID), word('errorCode', frame.errorCode)];
				return writeFrame({ ...parts, flags, fixed, body: frame.debugData });
			}
			case FrameType.WINDOW_UPDATE:
				return writeFrame({ ...parts, flags, fixed: [word('increment', frame.increment, MAX_STREAM_ID)] });
			case FrameType.CONTINUATION: {
				const { endHeaders = true, fragment } = frame;
				const bits = named(flags, Flag.END_HEADERS, endHeaders ? Flag.END_HEADERS : 0);
				return writeFrame({ ...parts, flags: bits, body: fragment });
			}
			default:
				return writeFrame({ ...parts, flags, body: frame.payload });
		}
	}

	/** A frame of any type with any payload, for what `write` cannot express, such as a SETTINGS frame of 5 bytes. */
	writeRaw(type: number, flags: number, streamId: number, payload: Uint8Array): Uint8Array {
		check('type', type, MAX_BYTE);
		check('flags', flags, MAX_BYTE);
		check('streamId', streamId, MAX_STREAM_ID);
		bytes(payload, 'payload');
		return writeFrame({ type, flags, streamId, body: payload });
	}
}

function members(what: string, own: Readonly<Record<string, OptionCheck>>): OptionSet {
	const common = { type: anything, flags: anything, streamId: anything, length: anything };
	return optionSet(what, { ...common, ...own }, { stream: 'write streamId', id: 'write streamId' });
}

function listOfSettings(value: unknown, name: string): void {
	if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, not ${describe(value)}`);
	for (const pair of value) {
		if (Array.isArray(pair) && pair.length === 2) continue;
		throw new TypeError(`${name} must have pairs [identifier, value], not ${describe(pair)}`);
	}
}

const EXTENSION = members('a frame of an extension', { payload: bytes });

const priority = nested(optionSet('priority', { dependency: anything, exclusive: boolean, weight: anything }));
const block = { endHeaders: boolean, fragment: bytes };

/** By type; numbers and payloads are checked as they are written. */
const MEMBERS: ReadonlyMap<number, OptionSet> = new Map([
	[FrameType.DATA, members('a DATA frame', { endStream: boolean, padding: anything, data: bytes })],
	[
		FrameType.HEADERS,
		members('a HEADERS frame', { ...block, endStream: boolean, padding: anything, priority: nullOr(priority) }),
	],
	[FrameType.PRIORITY, members('a PRIORITY frame', { priority })],
	[FrameType.RST_STREAM, members('an RST_STREAM frame', { errorCode: anything })],
	[FrameType.SETTINGS, members('a SETTINGS frame', { ack: boolean, settings: listOfSettings })],
	[
		FrameType.PUSH_PROMISE,
		members('a PUSH_PROMISE frame', { ...block, padding: anything, promisedStreamId: anything }),
	],
	[FrameType.PING, members('a PING frame', { ack: boolean, opaque: bytes })],
	[FrameType.GOAWAY, members('a GOAWAY frame', { lastStreamId: anything, errorCode: anything, debugData: bytes })],
	[FrameType.WINDOW_UPDATE, members('a WINDOW_UPDATE frame', { increment: anything })],
	[FrameType.CONTINUATION, members('a CONTINUATION frame', block)],
]);

/** Takes the named bits from the frame's members and the others from `flags`. */
function named(flags: number, names: number, bits: number): number {
	return (flags & ~names) | bits;
}

function padded(padding: number | null = null): Pick<FrameParts, 'padding'> {
	if (padding !== null) check('padding', padding, MAX_BYTE);
	return { padding };
}

function priorityFields({ dependency, exclusive, weight }: FramePriority): FixedField[] {
	check('dependency', dependency, MAX_STREAM_ID);
	check('weight', weight, 256, 1);
	return [
		[4, exclusive ? dependency + MAX_STREAM_ID + 1 : dependency],
		[1, weight - 1],
	];
}

function toPayload(settings: readonly (readonly [identifier: number, value: number])[]): Uint8Array {
	for (const [identifier, value] of settings) {
		check('identifier', identifier, 0xffff);
		check('value', value, MAX_WORD);
	}
	return settingsPayload(settings.flat());
}

function word(name: string, value: number, most: number = MAX_WORD): FixedField {
	check(name, value, most);
	return [4, value];
}

function check(name: string, value: number, most: number, least = 0): void {
	integer(least, most)(value, name);
}
