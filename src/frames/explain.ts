// Bytes of a connection in words: one line for each frame, for people who debug. Nothing in the input makes it throw.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ENGINE_MAX_TABLE, HEAD_BYTES, LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { faultText } from '../codec/fault.ts';
import { WholeFrames } from '../codec/whole-frames.ts';
import { HyperError } from '../errors.ts';
import { Decoder } from '../hpack.ts';
import type { Frame, FramePriority } from './frame.ts';
import { PREFACE, toFrame } from './frame-reader.ts';

export interface ExplainOptions {
	/**
	 * Whether field sections are decoded and shown, one indented line for each field. A Decoder goes on from call to
	 * call, one for each direction of a connection; true stands for a fresh one. False unless given.
	 */
	hpack?: boolean | Decoder;
}

/** What `explain` knows of one direction while it goes along. */
interface State {
	lines: string[];
	/** Where in the input the next frame begins. */
	at: number;
	decoder: Decoder | null;
	/** Fragments of the field block that is open. */
	fragments: Uint8Array[];
}

/**
 * The frames in these bytes as lines of text, in the manner of `nghttp -v`: flags, settings and error codes by name,
 * values with everything but visible ASCII escaped. The bytes begin at a frame or at the client's preface; where they
 * end within a frame or break a rule of RFC 9113, the last line says so. Field values are shown, secret ones too.
 *
 * @example
 * console.log(explain(bytes, { hpack: true }));
 */
export function explain(bytes: Uint8Array, options: ExplainOptions = {}): string {
	const { hpack = false } = options;
	const own = hpack === true ? openDecoder() : null;
	const decoder = typeof hpack === 'boolean' ? own : hpack;
	try {
		const lines = explainPreface(bytes);
		const at = lines.length === 0 ? 0 : Math.min(PREFACE.length, bytes.length);
		explainFrames(bytes, { lines, at, decoder, fragments: [] });
		return lines.join('\n');
	} finally {
		own?.dispose();
	}
}

/** A table as large as any that the peer may have been allowed; one that is larger than its own does no harm. */
function openDecoder(): Decoder {
	return new Decoder({ maxTableSize: ENGINE_MAX_TABLE, maxListSize: 1_048_576, maxFields: 10_000 });
}

function explainPreface(bytes: Uint8Array): string[] {
	const length = Math.min(bytes.length, PREFACE.length);
	for (let i = 0; i < length; i++) if (bytes[i] !== PREFACE[i]) return [];
	if (length === PREFACE.length) return ['client preface'];
	return length < 3 ? [] : [`client preface, truncated: ${length} of ${PREFACE.length} octets`];
}

function explainFrames(bytes: Uint8Array, state: State): void {
	const { lines } = state;
	const frames = new WholeFrames(LARGEST_MAX_FRAME_SIZE);
	let failed = false;
	try {
		frames.receive(bytes.subarray(state.at), {
			onFrame(raw) {
				state.at += HEAD_BYTES + raw.length;
				const missing = Math.max(0, state.at - bytes.length);
				explainFrame(toFrame(raw), missing, state);
			},
			onFault(streamId, errorCode, fault) {
				failed = streamId === 0;
				const type = nameOf(FrameType, bytes[state.at + 3] ?? 0);
				const scope = failed ? 'connection error' : `error of stream ${streamId}`;
				lines.push(`${scope} ${nameOf(ErrorCode, errorCode)} in ${type} at octet ${state.at}: ${faultText(fault)}`);
				state.at += HEAD_BYTES + lengthAt(bytes, state.at);
			},
		});
		if (failed) return;
		if (frames.unfinished !== null) {
			const { length } = frames.unfinished;
			explainFrame(toFrame(frames.unfinished), state.at + HEAD_BYTES + length - bytes.length, state);
		} else if (state.at < bytes.length) {
			lines.push(`truncated: ${bytes.length - state.at} octets of another frame`);
		}
	} finally {
		frames.close();
	}
}

function explainFrame(frame: Frame, missing: number, state: State): void {
	const { lines } = state;
	const flags = flagNames(frame);
	const hex = `0x${frame.flags.toString(16).padStart(2, '0')}`;
	const shown = flags.length === 0 ? hex : `${hex} ${flags.join(' | ')}`;
	const head = `${nameOf(FrameType, frame.type)} <length=${frame.length}, flags=${shown}, stream=${frame.streamId}>`;
	const cut = missing > 0 ? `truncated: the last ${missing} octets are missing` : '';
	lines.push([head, ...details(frame), cut].filter((part) => part !== '').join(' '));
	if ('fragment' in frame && cut === '') explainFragment(frame, state);
}

function explainFragment(frame: Frame & { fragment: Uint8Array; endHeaders: boolean }, state: State): void {
	if (state.decoder === null) return;
	state.fragments.push(frame.fragment);
	if (!frame.endHeaders) return;
	const block = concat(state.fragments);
	state.fragments = [];
	try {
		for (const [name, value, flags] of state.decoder.decode(block)) {
			state.lines.push(`    ${visible(name)}: ${visible(value)}${flags?.neverIndex ? ' (never indexed)' : ''}`);
		}
	} catch (error) {
		if (!(error instanceof HyperError)) throw error;
		state.lines.push(`    ${error.name}: ${error.message}`);
	}
}

/** What the payload says, `key=value` each. */
function details(frame: Frame): string[] {
	switch (frame.type) {
		case FrameType.DATA:
			return padding(frame.padding);
		case FrameType.HEADERS:
			return [...padding(frame.padding), ...(frame.priority === null ? [] : priority(frame.priority))];
		case FrameType.PRIORITY:
			return priority(frame.priority);
		case FrameType.RST_STREAM:
			return [`error=${nameOf(ErrorCode, frame.errorCode)}`];
		case FrameType.SETTINGS:
			return frame.settings.map(([identifier, value]) => `${nameOf(Setting, identifier)}=${value}`);
		case FrameType.PUSH_PROMISE:
			return [...padding(frame.padding), `promised=${frame.promisedStreamId}`];
		case FrameType.PING:
			return [`opaque=${Array.from(frame.opaque, (octet) => octet.toString(16).padStart(2, '0')).join('')}`];
		case FrameType.GOAWAY: {
			const debug = String.fromCharCode(...frame.debugData.subarray(0, 1024));
			const shown = debug === '' ? [] : [`debug="${visible(debug).replaceAll('"', '\\x22')}"`];
			return [`last=${frame.lastStreamId}`, `error=${nameOf(ErrorCode, frame.errorCode)}`, ...shown];
		}
		case FrameType.WINDOW_UPDATE:
			return [`increment=${frame.increment}`];
		default:
			return [];
	}
}

function padding(octets: number | null): string[] {
	return octets === null ? [] : [`padding=${octets}`];
}

function priority({ dependency, exclusive, weight }: FramePriority): string[] {
	return [`dependency=${dependency}`, `weight=${weight}`, ...(exclusive ? ['exclusive'] : [])];
}

const ACK = ['ACK', Flag.ACK] as const;
const END_STREAM = ['END_STREAM', Flag.END_STREAM] as const;
const END_HEADERS = ['END_HEADERS', Flag.END_HEADERS] as const;
const PADDED = ['PADDED', Flag.PADDED] as const;

/** The flags that a type has, in the order of their bits. */
const FLAGS: Readonly<Record<number, readonly (readonly [name: string, bit: number])[]>> = {
	[FrameType.DATA]: [END_STREAM, PADDED],
	[FrameType.HEADERS]: [END_STREAM, END_HEADERS, PADDED, ['PRIORITY', Flag.PRIORITY]],
	[FrameType.SETTINGS]: [ACK],
	[FrameType.PUSH_PROMISE]: [END_HEADERS, PADDED],
	[FrameType.PING]: [ACK],
	[FrameType.CONTINUATION]: [END_HEADERS],
};

function flagNames({ type, flags }: Frame): string[] {
	return (FLAGS[type] ?? []).filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}

/** The registry's name of a number; one that it does not have as hexadecimal. */
function nameOf(registry: Readonly<Record<string, number>>, number: number): string {
	return Object.keys(registry).find((name) => registry[name] === number) ?? `0x${number.toString(16)}`;
}

/** The length that the frame head at `at` says. */
function lengthAt(bytes: Uint8Array, at: number): number {
	return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** Octets other than visible ASCII as `\xNN`, so that no terminal takes them for its own. */
function visible(text: string): string {
	return text.replace(/[^ -[\]-~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}
