// The header of a Zstandard frame (RFC 8878 §3.1.1.1): its window size, content size and checksum flag.

import { type ByteReader, corrupt } from './byte-reader.ts';

export const MAGIC = 0xfd2fb528;
/** RFC 8878 §3.1.2; the last four bits may have any value. */
export const SKIPPABLE_MAGIC = 0x184d2a50;

/** RFC 8878 §3.1.1.2.2 */
export const BlockType = { RAW: 0, RLE: 1, COMPRESSED: 2, RESERVED: 3 } as const;

/** RFC 9659 §3: as a content coding, windows are at most 8 MB; decoders must support that and encoders not exceed it. */
export const MAX_WINDOW_LOG = 23;

export interface FrameHeader {
	readonly windowSize: number;
	/** null if the frame does not declare it. */
	readonly contentSize: number | null;
	readonly hasChecksum: boolean;
}

/** Whether a frame that begins with this number has no content. */
export function isSkippable(magic: number): boolean {
	return magic - (magic % 16) === SKIPPABLE_MAGIC;
}

/** Length in bytes of a header, magic number included, from the descriptor byte that follows the magic number. */
export function frameHeaderLength(descriptor: number): number {
	return 5 + (isSingleSegment(descriptor) ? 0 : 1) + dictionaryIdLength(descriptor) + contentSizeLength(descriptor);
}

/** Reads a header without its magic number. */
export function readFrameHeader(reader: ByteReader): FrameHeader {
	const descriptor = reader.byte();
	// "This value must be set to zero." (§3.1.1.1.1.4)
	if ((descriptor & 0x08) !== 0) corrupt('a reserved bit is set');
	const single = isSingleSegment(descriptor);
	const window = single ? 0 : reader.byte();
	if (reader.uint(dictionaryIdLength(descriptor)) !== 0) {
		throw new Error('Zstandard data needs a dictionary, which is not supported');
	}
	const length = contentSizeLength(descriptor);
	// §3.1.1.1.4: two bytes encode the size minus 256.
	const contentSize = length === 0 ? null : reader.uint(length) + (length === 2 ? 256 : 0);
	const base = 2 ** (10 + (window >> 3));
	const windowSize = single ? (contentSize ?? 0) : base + (base / 8) * (window & 7);
	const maxWindowSize = 2 ** MAX_WINDOW_LOG;
	if (windowSize > maxWindowSize) {
		throw new Error(`Zstandard data needs a window of ${windowSize} bytes, but must be at most ${maxWindowSize}`);
	}
	return { windowSize, contentSize, hasChecksum: hasChecksum(descriptor) };
}

export function hasChecksum(descriptor: number): boolean {
	return (descriptor & 0x04) !== 0;
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
