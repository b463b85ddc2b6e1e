// The head of a frame of Zstandard (RFC 8878 §3.1.1.1): how large its window is, and what is known of its content.

import { corrupt, type Octets } from './octets.ts';

/** RFC 9659 §3: decoders of content support windows of 8 MB, and encoders use no larger ones. */
export const MAX_WINDOW_LOG = 23;

export interface FrameHead {
	readonly windowSize: number;
	/** null when it does not say. */
	readonly contentSize: number | null;
	readonly hasChecksum: boolean;
}

/** Octets of a head, with its magic number before them, by its first octet behind that. */
export function frameHeadLength(descriptor: number): number {
	return 5 + (isSingleSegment(descriptor) ? 0 : 1) + dictionaryIdLength(descriptor) + contentSizeLength(descriptor);
}

/** `octets` stand behind the magic number, and are then behind the head. */
export function readFrameHead(octets: Octets): FrameHead {
	const descriptor = octets.octet();
	// "This value must be set to zero." (§3.1.1.1.1.4)
	if ((descriptor & 0x08) !== 0) corrupt('a reserved bit is set');
	const single = isSingleSegment(descriptor);
	const window = single ? 0 : octets.octet();
	if (octets.number(dictionaryIdLength(descriptor)) !== 0) throw new Error('Zstandard data needs a dictionary');
	const length = contentSizeLength(descriptor);
	// §3.1.1.1.4: two octets stand for 256 more than they say.
	const contentSize = length === 0 ? null : octets.number(length) + (length === 2 ? 256 : 0);
	const base = 2 ** (10 + (window >> 3));
	const windowSize = single ? (contentSize ?? 0) : base + (base / 8) * (window & 7);
	if (windowSize > 2 ** MAX_WINDOW_LOG) throw new Error(`Zstandard data needs a window of ${windowSize} octets`);
	return { windowSize, contentSize, hasChecksum: (descriptor & 0x04) !== 0 };
}

function isSingleSegment(descriptor: number): boolean {
	return (descriptor & 0x20) !== 0;
}

function dictionaryIdLength(descriptor: number): number {
	return [0, 1, 2, 4][descriptor & 3]!;
}

function contentSizeLength(descriptor: number): number {
	return [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
}
