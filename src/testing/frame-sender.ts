// What a scripted peer sends, one method per frame type. The rules of the protocol are not checked: a test may want the
// peer to break them.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE, MAX_STREAM_ID } from '../../assembly/shared/limit.ts';
import { joinBytes } from '../base/bytes.ts';
import { anything, boolean, checkOptions, describe, integer, nullOr, optionSet } from '../base/options.ts';
import { toBytes } from '../body/body-source.ts';
import { checkLine } from '../fields/field-line.ts';
import type { FramePriority, WritableFrame } from '../frames/frame.ts';
import { FrameWriter } from '../frames/frame-writer.ts';
import { INITIAL_SETTINGS, type Settings, settingsEntries } from '../session/settings.ts';

/** Pairs in order, a record, or a field block that is already encoded. */
export type PeerFields =
	| Uint8Array
	| Iterable<readonly [name: string, value: string, ...unknown[]]>
	| Readonly<Record<string, string>>;

export interface BlockOptions {
	/** False: CONTINUATION follows. */
	endHeaders?: boolean;
	/** Bytes of padding; null, the default, for an unpadded frame. */
	padding?: number | null;
}

export interface HeadersOptions extends BlockOptions {
	endStream?: boolean;
}

export interface DataOptions {
	endStream?: boolean;
	/** Bytes of padding; null, the default, for an unpadded frame. */
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
const PRIORITY = optionSet('priority', {
	dependency: integer(0, MAX_STREAM_ID),
	exclusive: boolean,
	weight: integer(1, 256),
});
/** By name, with any value: a test may want the peer to be wrong. */
const SETTINGS = optionSet(
	'settings',
	Object.fromEntries(Object.keys(INITIAL_SETTINGS).map((name) => [name, anything])),
);

/** Sends frames; `peer.send` is one. RangeError for a number that does not fit its field. */
export class FrameSender {
	readonly #writer = new FrameWriter();
	readonly #write: (bytes: Uint8Array) => void;
	readonly #encode: (fields: readonly string[]) => Uint8Array;
	readonly #onSetting: (identifier: number, value: number) => void;

	/**
	 * `encode` turns names and values, which alternate, into a field block and keeps the HPACK table. `onSetting` is called
	 * for every setting before it is sent.
	 */
	constructor(
		write: (bytes: Uint8Array) => void,
		encode: (fields: readonly string[]) => Uint8Array,
		onSetting: (identifier: number, value: number) => void = () => undefined,
	) {
		this.#write = write;
		this.#encode = encode;
		this.#onSetting = onSetting;
	}

	/** A response, an informational response or trailers. A block over 16 KiB continues in CONTINUATION frames. */
	headers(streamId: number, fields: PeerFields, options: HeadersOptions = {}): void {
		checkOptions(options, HEADERS);
		const { endStream = false, endHeaders = true, padding = null } = options;
		const block = this.block(fields);
		const size = endHeaders && padding === null ? DEFAULT_MAX_FRAME_SIZE : block.length;
		const fragment = block.subarray(0, size);
		const frames: WritableFrame[] = [
			{
				...{ type: FrameType.HEADERS, streamId, endStream, padding, fragment },
				endHeaders: endHeaders && size >= block.length,
			},
		];
		for (let at = size; at < block.length; at += size) {
			const end = at + size;
			frames.push({
				...{ type: FrameType.CONTINUATION, streamId, fragment: block.subarray(at, end) },
				endHeaders: end >= block.length,
			});
		}
		this.#send(...frames);
	}

	continuation(streamId: number, fields: PeerFields, options: { endHeaders?: boolean } = {}): void {
		checkOptions(options, CONTINUATION);
		const { endHeaders = true } = options;
		this.#send({ type: FrameType.CONTINUATION, streamId, endHeaders, fragment: this.block(fields) });
	}

	/** One frame, whatever its length; a string is sent as UTF-8. */
	data(streamId: number, data: string | Uint8Array, options: DataOptions = {}): void {
		checkOptions(options, DATA);
		const { endStream = false, padding = null } = options;
		this.#send({ type: FrameType.DATA, streamId, endStream, padding, data: toBytes(data) });
	}

	/** By name, or as pairs [identifier, value]. */
	settings(settings: Partial<Settings> | readonly (readonly [identifier: number, value: number])[] = {}): void {
		const entries: [identifier: number, value: number][] = [];
		if (Array.isArray(settings)) {
			entries.push(...settings);
		} else {
			checkOptions(settings, SETTINGS);
			const flat = settingsEntries(settings as Partial<Settings>);
			for (let i = 0; i < flat.length; i += 2) entries.push([flat[i] as number, flat[i + 1] as number]);
		}
		const frame = this.#writer.write({ type: FrameType.SETTINGS, settings: entries });
		for (const [identifier, value] of entries) this.#onSetting(identifier, value);
		this.#write(frame);
	}

	settingsAck(): void {
		this.#send({ type: FrameType.SETTINGS, ack: true });
	}

	/** `opaque` is eight bytes. */
	ping(opaque: Uint8Array = new Uint8Array(8), options: { ack?: boolean } = {}): void {
		checkOptions(options, PING);
		const { ack = false } = options;
		this.#send({ type: FrameType.PING, ack, opaque });
	}

	goaway(lastStreamId: number, errorCode = 0, debugData: string | Uint8Array = ''): void {
		this.#send({ type: FrameType.GOAWAY, lastStreamId, errorCode, debugData: toBytes(debugData) });
	}

	rstStream(streamId: number, errorCode: number): void {
		this.#send({ type: FrameType.RST_STREAM, streamId, errorCode });
	}

	/** `streamId` 0 is the connection. */
	windowUpdate(streamId: number, increment: number): void {
		this.#send({ type: FrameType.WINDOW_UPDATE, streamId, increment });
	}

	pushPromise(streamId: number, promisedStreamId: number, fields: PeerFields, options: BlockOptions = {}): void {
		checkOptions(options, PUSH_PROMISE);
		const { endHeaders = true, padding = null } = options;
		const fragment = this.block(fields);
		this.#send({ type: FrameType.PUSH_PROMISE, streamId, promisedStreamId, endHeaders, padding, fragment });
	}

	/** Members that are left out have the defaults of RFC 7540 §5.3.5. */
	priority(streamId: number, priority: Partial<FramePriority> = {}): void {
		checkOptions(priority, PRIORITY);
		const whole = { dependency: 0, exclusive: false, weight: 16, ...priority };
		this.#send({ type: FrameType.PRIORITY, streamId, priority: whole });
	}

	/** Any frame, with any type, flags and payload. */
	frame(type: number, flags: number, streamId: number, payload: string | Uint8Array = ''): void {
		this.#write(this.#writer.writeRaw(type, flags, streamId, toBytes(payload)));
	}

	/** A field block. Blocks change the HPACK table, so every block must be sent, in the order of the calls. */
	block(fields: PeerFields): Uint8Array {
		if (fields instanceof Uint8Array) return fields;
		if (typeof fields !== 'object' || fields === null) {
			throw new TypeError(`Fields must be pairs, a record or a Uint8Array, not ${describe(fields)}`);
		}
		const lines: unknown[] = Symbol.iterator in fields ? [...(fields as Iterable<unknown>)] : Object.entries(fields);
		const flat: string[] = [];
		for (const line of lines) {
			checkLine(line);
			flat.push(line[0], line[1]);
		}
		return this.#encode(flat);
	}

	#send(...frames: WritableFrame[]): void {
		this.#write(joinBytes(frames.map((frame) => this.#writer.write(frame))));
	}
}
