// What a scripted peer sends: one method a frame type. Nothing is checked, since a test may want the peer to be wrong.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { joinBytes } from '../base/bytes.ts';
import { anything, boolean, checkOptions, integer, nullOr, optionSet } from '../base/options.ts';
import { INITIAL_SETTINGS, type Settings, settingsEntries } from '../session/settings.ts';
import { frameBytes, octetsOf, paddedFrameBytes, settingsBytes, words } from './frame-bytes.ts';

/** Pairs in order, a record, or a field block that is encoded already. */
export type PeerFields =
	| Uint8Array
	| Iterable<readonly [name: string, value: string, ...unknown[]]>
	| Readonly<Record<string, string>>;

export interface BlockOptions {
	/** False: CONTINUATION is to follow. */
	endHeaders?: boolean;
	/** Octets of padding; null, the default, for none and no PADDED flag. */
	padding?: number | null;
}

export interface HeadersOptions extends BlockOptions {
	endStream?: boolean;
}

export interface DataOptions {
	endStream?: boolean;
	/** Octets of padding; null, the default, for none and no PADDED flag. */
	padding?: number | null;
}

const padding = nullOr(integer(0, 255));
const NAMES = {
	end: 'write endStream',
	final: 'write endStream',
	flags: 'write frame(type, flags, streamId, payload)',
};

const HEADERS = optionSet('headers', { endStream: boolean, endHeaders: boolean, padding }, NAMES);
const CONTINUATION = optionSet('continuation', { endHeaders: boolean }, NAMES);
const PUSH_PROMISE = optionSet('pushPromise', { endHeaders: boolean, padding }, NAMES);
const DATA = optionSet('data', { endStream: boolean, padding }, NAMES);
const PING = optionSet('ping', { ack: boolean });
/** By name; any value, since a test may want the peer to be wrong. */
const SETTINGS = optionSet(
	'settings',
	Object.fromEntries(Object.keys(INITIAL_SETTINGS).map((name) => [name, anything])),
);

/** Sends frames. `peer.send` is one. */
export class FrameSender {
	readonly #write: (bytes: Uint8Array) => void;
	readonly #encode: (fields: readonly string[]) => Uint8Array;
	readonly #onSetting: (identifier: number, value: number) => void;

	/** `encode` makes a field block of flat pairs, and keeps the state of HPACK; `onSetting` is told of what is announced. */
	constructor(
		write: (bytes: Uint8Array) => void,
		encode: (fields: readonly string[]) => Uint8Array,
		onSetting: (identifier: number, value: number) => void = () => undefined,
	) {
		this.#write = write;
		this.#encode = encode;
		this.#onSetting = onSetting;
	}

	/** A response, an informational one, or trailers. A block over 16 KiB goes on in CONTINUATION frames. */
	headers(streamId: number, fields: PeerFields, options: HeadersOptions = {}): void {
		checkOptions(options, HEADERS);
		const { endStream = false, endHeaders = true, padding = null } = options;
		const block = this.block(fields);
		const flags = endStream ? Flag.END_STREAM : 0;
		if (!endHeaders || padding !== null || block.length <= DEFAULT_MAX_FRAME_SIZE) {
			const ends = endHeaders ? Flag.END_HEADERS : 0;
			return this.#write(paddedFrameBytes(FrameType.HEADERS, flags | ends, streamId, block, padding));
		}
		const frames = [frameBytes(FrameType.HEADERS, flags, streamId, block.subarray(0, DEFAULT_MAX_FRAME_SIZE))];
		for (let at = DEFAULT_MAX_FRAME_SIZE; at < block.length; at += DEFAULT_MAX_FRAME_SIZE) {
			const end = at + DEFAULT_MAX_FRAME_SIZE;
			const ends = end >= block.length ? Flag.END_HEADERS : 0;
			frames.push(frameBytes(FrameType.CONTINUATION, ends, streamId, block.subarray(at, end)));
		}
		this.#write(joinBytes(frames));
	}

	continuation(streamId: number, fields: PeerFields, options: { endHeaders?: boolean } = {}): void {
		checkOptions(options, CONTINUATION);
		const { endHeaders = true } = options;
		const flags = endHeaders ? Flag.END_HEADERS : 0;
		this.#write(frameBytes(FrameType.CONTINUATION, flags, streamId, this.block(fields)));
	}

	/** One frame, however long; a string goes as UTF-8. */
	data(streamId: number, data: string | Uint8Array, options: DataOptions = {}): void {
		checkOptions(options, DATA);
		const flags = options.endStream ? Flag.END_STREAM : 0;
		this.#write(paddedFrameBytes(FrameType.DATA, flags, streamId, octetsOf(data), options.padding ?? null));
	}

	/** By name, or as pairs [identifier, value]. */
	settings(settings: Partial<Settings> | readonly (readonly [identifier: number, value: number])[] = {}): void {
		const entries: (readonly [identifier: number, value: number])[] = [];
		if (Array.isArray(settings)) entries.push(...settings);
		else {
			checkOptions(settings, SETTINGS);
			const flat = settingsEntries(settings as Partial<Settings>);
			for (let i = 0; i < flat.length; i += 2) entries.push([flat[i] as number, flat[i + 1] as number]);
		}
		for (const [identifier, value] of entries) this.#onSetting(identifier, value);
		this.#write(settingsBytes(entries));
	}

	settingsAck(): void {
		this.#write(frameBytes(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array(0)));
	}

	/** Eight octets. */
	ping(opaque: Uint8Array = new Uint8Array(8), options: { ack?: boolean } = {}): void {
		checkOptions(options, PING);
		const { ack = false } = options;
		this.#write(frameBytes(FrameType.PING, ack ? Flag.ACK : 0, 0, opaque));
	}

	goaway(lastStreamId: number, errorCode = 0, debugData: string | Uint8Array = ''): void {
		this.#write(frameBytes(FrameType.GOAWAY, 0, 0, words([lastStreamId, errorCode], octetsOf(debugData))));
	}

	rstStream(streamId: number, errorCode: number): void {
		this.#write(frameBytes(FrameType.RST_STREAM, 0, streamId, words([errorCode])));
	}

	/** `streamId` 0 is the connection. */
	windowUpdate(streamId: number, increment: number): void {
		this.#write(frameBytes(FrameType.WINDOW_UPDATE, 0, streamId, words([increment])));
	}

	pushPromise(streamId: number, promisedStreamId: number, fields: PeerFields, options: BlockOptions = {}): void {
		checkOptions(options, PUSH_PROMISE);
		const { endHeaders = true, padding = null } = options;
		const payload = words([promisedStreamId], this.block(fields));
		const flags = endHeaders ? Flag.END_HEADERS : 0;
		this.#write(paddedFrameBytes(FrameType.PUSH_PROMISE, flags, streamId, payload, padding));
	}

	priority(streamId: number, dependency = 0, weight = 15): void {
		this.#write(frameBytes(FrameType.PRIORITY, 0, streamId, words([dependency], Uint8Array.of(weight))));
	}

	/** Any frame, with any type, flags and payload. */
	frame(type: number, flags: number, streamId: number, payload: string | Uint8Array = ''): void {
		this.#write(frameBytes(type, flags, streamId, octetsOf(payload)));
	}

	/** A field block; the HPACK table of what is sent goes with it, so it must be sent, and in this order. */
	block(fields: PeerFields): Uint8Array {
		if (fields instanceof Uint8Array) return fields;
		const pairs = Symbol.iterator in fields ? [...(fields as Iterable<readonly string[]>)] : Object.entries(fields);
		return this.#encode(pairs.flatMap(([name, value]) => [name as string, value as string]));
	}
}
