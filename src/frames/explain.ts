// Describes the bytes of a connection for debugging, one line per frame. No input makes it throw.

import { HEAD_BYTES, LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { HyperError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { flagNames, typeName } from '../base/frame-names.ts';
import { checkOptions, bytes as isBytes, objectWith, optionSet } from '../base/options.ts';
import { faultText } from '../codec/fault.ts';
import { PREFACE, PrefaceReader } from '../codec/preface.ts';
import { WholeFrames } from '../codec/whole-frames.ts';
import type { Decoder } from '../hpack/hpack.ts';
import { FieldBlocks, openDecoder } from './field-blocks.ts';
import type { Frame } from './frame.ts';
import { toFrame } from './frame-reader.ts';
import { errorName, flagsHex, frameDetails } from './frame-text.ts';

export interface ExplainOptions {
	/**
	 * Whether to decode field sections and show each field in an indented line. Default: false. With true, decoding starts
	 * with an empty table. To explain a connection in several calls, give a Decoder for each direction.
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

/** What `explain` has read so far. */
interface State {
	lines: string[];
	/** The position of the next frame in the input. */
	at: number;
	blocks: FieldBlocks | null;
}

/**
 * Describes each frame in a line of text, similar to `nghttp -v`: flags, settings and error codes by name, and everything
 * but printable ASCII escaped. The bytes must start at a frame or at the client's preface. If they end inside a frame or
 * break a rule of RFC 9113, a line says so. Field values are shown, including secret ones.
 *
 * @example
 * console.log(explain(bytes, { hpack: true }));
 */
export function explain(bytes: Uint8Array, options: ExplainOptions = {}): string {
	isBytes(bytes, 'The bytes to explain');
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
				const error = `${errorName(errorCode)}${failed ? '' : ` on stream ${streamId}`}`;
				lines.push(
					`${failed ? 'connection' : 'stream'} error ${error} in ${type} at byte ${state.at}: ${faultText(fault)}`,
				);
				state.at += HEAD_BYTES + lengthAt(bytes, state.at);
			},
		});
		if (failed) return;
		if (frames.unfinished !== null) {
			const { length } = frames.unfinished;
			explainFrame(toFrame(frames.unfinished), state.at + HEAD_BYTES + length - bytes.length, state);
		} else if (state.at < bytes.length) {
			lines.push(`truncated: ${bytes.length - state.at} bytes of another frame`);
		}
	} finally {
		frames.close();
	}
}

function explainFrame(frame: Frame, missing: number, state: State): void {
	const { lines } = state;
	const shown = [flagsHex(frame), flagNames(frame).join(' | ')].filter((part) => part !== '').join(' ');
	const head = `${typeName(frame.type)} <length=${frame.length}, flags=${shown}, stream=${frame.streamId}>`;
	const cut = missing > 0 ? `truncated: the last ${missing} bytes are missing` : '';
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

/** The payload length in the frame head at `at`. */
function lengthAt(bytes: Uint8Array, at: number): number {
	return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
