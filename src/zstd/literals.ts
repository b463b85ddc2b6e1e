// The literals section of a compressed block (RFC 8878 §3.1.1.3.1): octets as they are, one octet again and again, or
// Huffman codes in one stream or four.

import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './huffman.ts';
import { corrupt, Octets } from './octets.ts';

/** Reads one block after another of a frame, because a block may use the Huffman code of an earlier one. */
export class LiteralsReader {
	#table: HuffmanTable | null = null;

	/** The literals, in `buffer` if they had to be decoded; `octets` is then behind the section. */
	read(octets: Octets, buffer: Uint8Array): Octets {
		const head = octets.octet();
		const format = (head >> 2) & 3;
		switch (head & 3) {
			case 0:
				return octets.part(plainSize(octets, head, format));
			case 1: {
				const literals = room(buffer, plainSize(octets, head, format));
				buffer.fill(octets.octet(), 0, literals.end);
				return literals;
			}
			default:
				return this.#readCompressed(octets, head, format, buffer);
		}
	}

	// Two sizes of 10, 14 or 18 bits each follow the four bits of type and format.
	#readCompressed(octets: Octets, head: number, format: number, buffer: Uint8Array): Octets {
		const range = 2 ** (format < 2 ? 10 : format === 2 ? 14 : 18);
		const sizes = (head >> 4) + octets.number(format < 2 ? 2 : format + 1) * 16;
		const literals = room(buffer, sizes % range);
		const section = octets.part(Math.floor(sizes / range));
		if ((head & 3) === 2) this.#table = readHuffmanTable(section);
		if (this.#table === null) corrupt('literals without a Huffman code');
		if (format === 0) decodeHuffman(this.#table, section, buffer, 0, literals.end);
		else decodeFour(this.#table, section, buffer, literals.end);
		return literals;
	}
}

function plainSize(octets: Octets, head: number, format: number): number {
	if ((format & 1) === 0) return head >> 3;
	return (head >> 4) + octets.number(format === 1 ? 1 : 2) * 16;
}

// A jump table gives the sizes of three streams; the fourth has the rest. The first three give equally many literals.
function decodeFour(table: HuffmanTable, section: Octets, buffer: Uint8Array, size: number): void {
	const sizes = [section.number(2), section.number(2), section.number(2)];
	const share = (size + 3) >> 2;
	if (share * 3 > size) corrupt('too few literals for four streams');
	for (let stream = 0; stream < 4; stream++) {
		const octets = section.part(sizes[stream] ?? section.length);
		decodeHuffman(table, octets, buffer, share * stream, stream === 3 ? size : share * (stream + 1));
	}
}

function room(buffer: Uint8Array, size: number): Octets {
	if (size > buffer.length) corrupt('a block has too many literals');
	return new Octets(buffer, 0, size);
}
