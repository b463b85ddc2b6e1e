// Formats the events of a trace: over several lines, similar to `nghttp -v`, or in one line. Text of peers is escaped, so
// that it cannot control a terminal, and secrets are shown as lengths.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { escapeText } from '../base/escape.ts';
import { flagNames, typeName } from '../base/frame-names.ts';
import { boolean, checkOptions, optionSet } from '../base/options.ts';
import { describeSecret, isSecret } from '../fields/field-line.ts';
import type { Frame } from '../frames/frame.ts';
import { flagsHex, frameDetails } from '../frames/frame-text.ts';
import type { DecodedField } from '../hpack/hpack.ts';
import type { FaultTraced, FrameEvent, FrameTraced } from './frame-event.ts';

export interface FormatOptions {
	/** Whether to use the colours of a terminal. Default: false. */
	color?: boolean;
	/**
	 * Whether to show the values of never-indexed fields and of authorization, proxy-authorization, cookie and set-cookie.
	 * Default: false.
	 */
	secrets?: boolean;
}

const OPTIONS = optionSet(
	'a format',
	{ color: boolean, secrets: boolean },
	{ colors: 'write color', colour: 'write color', showSecrets: 'write secrets' },
);

/** As wide as the time. */
const INDENT = ' '.repeat(10);

/** Parameters of SGR (ECMA-48 §8.3.117): sent is magenta, received cyan, a name blue, a fault red. */
const COLORS = { sent: 35, received: 36, name: 34, fault: 31 } as const;

/**
 * Formats an event over several lines: the head of the frame, then the names of its flags, the details of its payload,
 * and its fields.
 *
 * @example
 * traceFrames((event) => console.error(formatFrame(event, { color: process.stderr.isTTY })));
 */
export function formatFrame(event: FrameEvent, options: FormatOptions = {}): string {
	checkOptions(options, OPTIONS);
	if (event.type !== 'frame') return [opening(event, options), remark(event, options)].join(' ');
	const { frame } = event;
	const type = paint(typeName(frame.type), event.direction, options);
	const head = `${type} frame <length=${frame.length}, flags=${flagsHex(frame)}, stream_id=${frame.streamId}>`;
	const lines = [
		...flagLines(frame),
		...detailLines(frame),
		...(event.fields ?? []).map((field) => formatField(field, options)),
		...fieldsFault(event, options),
	];
	return [`${opening(event, options)} ${head}`, ...lines.map((line) => INDENT + line)].join('\n');
}

/**
 * Formats an event in one line, whatever its length: type, stream, length, flags, details of the payload, and fields.
 *
 * @example
 * const conn = new HTTP20Connection('example.com', { onFrame: (event) => console.error(formatFrameLine(event)) });
 */
export function formatFrameLine(event: FrameEvent, options: FormatOptions = {}): string {
	checkOptions(options, OPTIONS);
	if (event.type !== 'frame') return [opening(event, options), remark(event, options)].join(' ');
	const { frame } = event;
	const type = paint(typeName(frame.type).padEnd(13), event.direction, options);
	const length = `${frame.length}`.padStart(5);
	const head = `${opening(event, options)} ${type} stream ${`${frame.streamId}`.padEnd(3)} ${length} bytes`;
	const fields = (event.fields ?? []).map((field) => formatField(field, options)).join(', ');
	const words = [...flagNames(frame), ...frameDetails(frame)].join(' ');
	return [head, words, fields, ...fieldsFault(event, options)].filter((part) => part !== '').join('  ');
}

/** `[  0.012] send`, in seconds. */
function opening({ direction, time }: FrameEvent, options: FormatOptions): string {
	const seconds = (time / 1000).toFixed(3).padStart(7);
	return `[${seconds}] ${paint(direction === 'sent' ? 'send' : 'recv', direction, options)}`;
}

/** The text of an event other than a frame. */
function remark(event: Exclude<FrameEvent, FrameTraced>, options: FormatOptions): string {
	if (event.type === 'preface') return 'connection preface';
	return paint(faultRemark(event), 'fault', options);
}

function faultRemark({ streamId, error }: FaultTraced): string {
	const where =
		streamId === 0 ? 'this direction is not traced any further' : `a frame of stream ${streamId} was skipped`;
	return `${where}: ${escapeText(`${error.name}: ${error.message}`)}`;
}

function flagLines(frame: Frame): string[] {
	const names = flagNames(frame);
	return names.length === 0 ? [] : [`; ${names.join(' | ')}`];
}

function detailLines(frame: Frame): string[] {
	const details = frameDetails(frame);
	if (frame.type === FrameType.SETTINGS) return details.map((entry) => `[${entry}]`);
	return details.length === 0 ? [] : [`(${details.join(', ')})`];
}

function formatField([name, value, flags]: DecodedField, options: FormatOptions): string {
	const isHidden = options.secrets !== true && isSecret(name, flags);
	const shown = isHidden ? describeSecret(value) : escapeText(value);
	return `${paint(escapeText(name), 'name', options)}: ${shown}`;
}

function fieldsFault({ fieldsError }: FrameTraced, options: FormatOptions): string[] {
	if (fieldsError === undefined) return [];
	return [paint(escapeText(`${fieldsError.name}: ${fieldsError.message}`), 'fault', options)];
}

function paint(text: string, color: keyof typeof COLORS, options: FormatOptions): string {
	return options.color === true ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
}
