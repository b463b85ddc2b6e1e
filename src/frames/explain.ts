// Bytes of a connection in words: one line for each frame, for people who debug. Nothing in the input makes it throw.

import { HEAD_BYTES, LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { HyperError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { checkOptions, objectWith, optionSet } from '../base/options.ts';
import { faultText } from '../codec/fault.ts';
import { PREFACE, PrefaceReader } from '../codec/preface.ts';
import { WholeFrames } from '../codec/whole-frames.ts';
import type { Decoder } from '../hpack/hpack.ts';
import { FieldBlocks, openDecoder } from './field-blocks.ts';
import type { Frame } from './frame.ts';
import { toFrame } from './frame-reader.ts';
import { errorName, flagNames, flagsHex, frameDetails, typeName } from './frame-text.ts';

export interface ExplainOptions {
	/**
	 * Whether field sections are decoded and shown, one indented line for each field. A Decoder goes on from call to
	 * call, one for each direction of a connection; true stands for a fresh one. False unless given.
	 */
	hpack?: boolean | Decoder;
}

const OPTIONS = optionSet(
	'explain',
	{
		hpack(value, name) {
			if (typeof value !== 'boolean') objectWith('a boolean or a Decoder', 'decode')(value, name);
		},
	},
	{ decoder: 'write hpack: decoder', decode: 'write hpack: true' },
);

/** What `explain` knows of one direction while it goes along. */
interface State {
	lines: string[];
	/** Where in the input the next frame begins. */
	at: number;
	blocks: FieldBlocks | null;
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
	checkOptions(options, OPTIONS);
	const { hpack = false } = options;
	const own = hpack === true ? openDecoder() : null;
	const decoder = typeof hpack === 'boolean' ? own : hpack;
	try {
		const lines = explainPreface(bytes);
		const at = lines.length === 0 ? 0 : Math.min(PREFACE.length, bytes.length);
		explainFrames(bytes, { lines, at, blocks: decoder === null ? null : new FieldBlocks(decoder) });
		return lines.join('\n');
	} finally {
		own?.dispose();
	}
}

function explainPreface(bytes: Uint8Array): string[] {
	const preface = new PrefaceReader();
	if (preface.read(bytes) === -1) return [];
	if (preface.isComplete) return ['client preface'];
	return preface.length < 3 ? [] : [`client preface, truncated: ${preface.length} of ${PREFACE.length} bytes`];
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
				const type = typeName(bytes[state.at + 3] ?? 0);
				const scope = failed ? 'connection error' : `error of stream ${streamId}`;
				lines.push(`${scope} ${errorName(errorCode)} in ${type} at octet ${state.at}: ${faultText(fault)}`);
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
	const shown = [flagsHex(frame), flagNames(frame).join(' | ')].filter((part) => part !== '').join(' ');
	const head = `${typeName(frame.type)} <length=${frame.length}, flags=${shown}, stream=${frame.streamId}>`;
	const cut = missing > 0 ? `truncated: the last ${missing} octets are missing` : '';
	lines.push([head, ...frameDetails(frame), cut].filter((part) => part !== '').join(' '));
	if (cut === '') explainFields(frame, state);
}

function explainFields(frame: Frame, { blocks, lines }: State): void {
	try {
		for (const [name, value, flags] of blocks?.read(frame) ?? []) {
			lines.push(`    ${escapeText(name)}: ${escapeText(value)}${flags?.neverIndex ? ' (never indexed)' : ''}`);
		}
	} catch (error) {
		if (!(error instanceof HyperError)) throw error;
		lines.push(`    ${error.name}: ${error.message}`);
	}
}

/** The length that the frame head at `at` says. */
function lengthAt(bytes: Uint8Array, at: number): number {
	return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
