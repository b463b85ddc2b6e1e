// The heads of the last frames of a connection, as errors have them, and how the console shows them.

import { flagNames, typeName } from './frame-names.ts';
import { defineInspection } from './inspection.ts';

/** The head of a frame: RFC 9113 §4.1. */
export interface FrameHead {
	readonly direction: 'sent' | 'received';
	/** A number of `FrameType`. */
	readonly type: number;
	/** All eight bits. */
	readonly flags: number;
	readonly streamId: number;
	/** Bytes of the payload. */
	readonly length: number;
}

/** More lines than this would hide what else an error says; the array has them all. */
const MOST_LINES = 32;

/** Makes the console show the frames one to a line, oldest first. */
export function showFrameHeads(heads: readonly FrameHead[]): readonly FrameHead[] {
	defineInspection(heads, () => {
		const shown = heads.slice(-MOST_LINES);
		const hidden = heads.length - shown.length;
		const lines = [...(hidden === 0 ? [] : [`(${hidden} earlier)`]), ...shown.map(formatHead)];
		return `[\n${lines.map((line) => `  ${line}\n`).join('')}]`;
	});
	return heads;
}

/** `received  HEADERS        stream 1    34 bytes  END_STREAM END_HEADERS` */
function formatHead(head: FrameHead): string {
	const { direction, type, streamId, length } = head;
	const names = [direction.padEnd(9), typeName(type).padEnd(14), `stream ${streamId}`.padEnd(10)];
	return [...names, `${length} bytes`.padStart(11), ...flagNames(head)].join(' ').trimEnd();
}
