// The literals section of a compressed block (RFC 8878 §3.1.1.3.1): raw bytes, one repeated byte, or Huffman codes in one
// or four streams.

import { ByteReader, corrupt } from './byte-reader.ts';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './huffman.ts';

/** Reads the blocks of one frame in order, because a block may reuse the Huffman table of an earlier one. */
export class LiteralsReader {
	#table: HuffmanTable | null = null;

	/** Reads one section. Literals that had to be decoded are in `buffer`. */
	read(reader: ByteReader, buffer: Uint8Array): ByteReader {
		const head = reader.byte();
		const format = (head >> 2) & 3;
		switch (head & 3) {
			case 0:
				return reader.take(plainSize(reader, head, format));
			case 1: {
				const literals = room(buffer, plainSize(reader, head, format));
				buffer.fill(reader.byte(), 0, literals.end);
				return literals;
			}
			default:
				return this.#readCompressed(reader, head, format, buffer);
		}
	}

	// Four bits of type and format, then the decoded and the compressed size in 10, 14 or 18 bits each.
	#readCompressed(reader: ByteReader, head: number, format: number, buffer: Uint8Array): ByteReader {
		const range = 2 ** (format < 2 ? 10 : format === 2 ? 14 : 18);
		const sizes = (head >> 4) + reader.uint(format < 2 ? 2 : format + 1) * 16;
		const literals = room(buffer, sizes % range);
		const section = reader.take(Math.floor(sizes / range));
		if ((head & 3) === 2) this.#table = readHuffmanTable(section);
		if (this.#table === null) corrupt('literals reuse a Huffman table that was never sent');
		if (format === 0) decodeHuffman(this.#table, section, buffer, 0, literals.end);
		else decodeFour(this.#table, section, buffer, literals.end);
		return literals;
	}
}

function plainSize(reader: ByteReader, head: number, format: number): number {
	if ((format & 1) === 0) return head >> 3;
	return (head >> 4) + reader.uint(format === 1 ? 1 : 2) * 16;
}

// A jump table has the sizes of three streams; the fourth is the rest. The first three have equally many literals.
function decodeFour(table: HuffmanTable, section: ByteReader, buffer: Uint8Array, size: number): void {
	const sizes = [section.uint(2), section.uint(2), section.uint(2)];
	const share = (size + 3) >> 2;
	if (share * 3 > size) corrupt('too few literals for four streams');
	for (let stream = 0; stream < 4; stream++) {
		const reader = section.take(sizes[stream] ?? section.length);
		decodeHuffman(table, reader, buffer, share * stream, stream === 3 ? size : share * (stream + 1));
	}
}

function room(buffer: Uint8Array, size: number): ByteReader {
	if (size > buffer.length) corrupt('a block has too many literals');
	return new ByteReader(buffer, 0, size);
}
