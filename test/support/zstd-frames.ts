// Zstandard data for tests: frames of other encoders (test/vectors/zstd-frames.json, with recipes for their content), and
// helpers that build frames of our own.

import { readFileSync } from 'node:fs';
import { joinBytes } from '../../src/base/bytes.ts';

export interface ZstdVector {
	readonly name: string;
	/** The encoder and its options. */
	readonly origin: string;
	readonly bytes: Uint8Array;
	readonly content: Uint8Array;
}

interface Stored {
	name: string;
	origin: string;
	content: [kind: keyof typeof MAKERS, length: number, times: number];
	bytes: string;
}

const MAKERS = { words, noise, zeros: (length: number): Uint8Array => new Uint8Array(length) };

export function readZstdVectors(): ZstdVector[] {
	const file = new URL('../vectors/zstd-frames.json', import.meta.url);
	const vectors: Stored[] = JSON.parse(readFileSync(file, 'utf8'));
	return vectors.map(({ name, origin, content: [kind, length, times], bytes }) => ({
		name,
		origin,
		bytes: Uint8Array.from(Buffer.from(bytes, 'hex')),
		content: joinBytes(new Array<Uint8Array>(times).fill(MAKERS[kind](length))),
	}));
}

/** Text of `count` words, always the same. */
export function words(count: number): Uint8Array {
	const dictionary = 'the of window frame stream header octet table length offset literal match'.split(' ');
	const next = numbers(1);
	const text = Array.from({ length: count }, () => dictionary[next() % dictionary.length]).join(' ');
	return new TextEncoder().encode(text);
}

/** Incompressible bytes, always the same. */
export function noise(length: number): Uint8Array {
	const next = numbers(7);
	return Uint8Array.from({ length }, next);
}

function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return state >>> 16;
	};
}

/** A bit stream that is read backwards; the first of `bits` is read first. */
export function backwardBits(bits: string): Uint8Array {
	const marked = `1${bits.replaceAll(' ', '')}`;
	const bytes: number[] = [];
	for (let end = marked.length; end > 0; end -= 8)
		bytes.push(Number.parseInt(marked.slice(Math.max(0, end - 8), end), 2));
	return Uint8Array.from(bytes);
}

/** The description of an FSE table with these frequencies (RFC 8878 §4.1.1). */
export function describeFSE(frequencies: readonly number[], log: number): number[] {
	let bits = '';
	const write = (value: number, count: number) => {
		bits = value.toString(2).padStart(count, '0').slice(-count) + bits;
	};
	write(log - 5, 4);
	let remaining = 1 << log;
	for (let symbol = 0; remaining > 0; symbol++) {
		const frequency = frequencies[symbol]!;
		const value = frequency + 1;
		const width = (remaining + 1).toString(2).length;
		const short = 2 ** width - 1 - (remaining + 1);
		if (value < short) write(value, width - 1);
		else write(value < 2 ** (width - 1) ? value : value + short, width);
		remaining -= Math.abs(frequency);
		if (frequency !== 0) continue;
		let zeros = 0;
		while (frequencies[symbol + 1 + zeros] === 0) zeros++;
		symbol += zeros;
		for (; zeros >= 3; zeros -= 3) write(3, 2);
		write(zeros, 2);
	}
	const bytes: number[] = [];
	for (let end = bits.length; end > 0; end -= 8) bytes.push(Number.parseInt(bits.slice(Math.max(0, end - 8), end), 2));
	return bytes;
}

/** One frame with a window of 128 KiB. Each block is given by its type and what follows its header. */
export function frameOf(
	...blocks: (readonly [type: number, bytes: Uint8Array | readonly number[], size?: number])[]
): Uint8Array {
	const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3)];
	blocks.forEach(([type, bytes, size = bytes.length], index) => {
		const header = Number(index === blocks.length - 1) | (type << 1) | (size << 3);
		parts.push(Uint8Array.of(header, header >> 8, header >> 16), Uint8Array.from(bytes));
	});
	return joinBytes(parts);
}
