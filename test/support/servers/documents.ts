// The documents that test servers serve. Their content depends only on their name, so tests know it without reading a
// file.

import { closeSync, existsSync, mkdtempSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAtExit } from './program.ts';

const lengths: Readonly<Record<string, number>> = {
	'128': 128,
	'64k': 64 * 1024,
	'1m': 1024 * 1024,
	'big-100m': 100 * 1024 * 1024,
	empty: 0,
	discard: 0,
};

const page = '<!doctype html><title>hyper</title><link rel="stylesheet" href="/style.css"><p>It works.\n';

const texts: Readonly<Record<string, string>> = {
	'index.html': page,
	'style.css': 'p { color: green }\n',
	hello: 'Hello.\n',
	push: page,
	trailers: 'before the trailers',
	early: 'final',
	gzip: 'Content that is worth a coding.\n'.repeat(1_000),
};

const bigDocument = 'big-100m';
const chunkLength = 1024 * 1024;
let root: string | undefined;

export function documentLength(name: string): number {
	const length = lengths[name] ?? texts[name]?.length;
	if (length === undefined) throw new Error(`there is no document ${name}`);
	return length;
}

/** The document in chunks of at most 1 MiB, each a new array. */
export function* documentChunks(name: string): Generator<Uint8Array> {
	const text = texts[name];
	if (text !== undefined) {
		yield Buffer.from(text);
		return;
	}
	// xorshift32 (Marsaglia 2003): its period of 2^32 - 1 words is 16 GiB, so chunks never repeat.
	let word = 0x2545f491;
	for (let rest = documentLength(name); rest > 0; rest -= chunkLength) {
		const words = new Uint32Array(chunkLength / 4);
		for (let i = 0; i < words.length; i++) {
			word ^= word << 13;
			word ^= word >>> 17;
			word ^= word << 5;
			words[i] = word;
		}
		yield new Uint8Array(words.buffer, 0, Math.min(rest, chunkLength));
	}
}

export function documentBytes(name: string): Uint8Array {
	return Buffer.concat([...documentChunks(name)]);
}

/** The folder of all documents except the big one; created once per process, and removed at exit. */
export function documentRoot(): string {
	if (root !== undefined) return root;
	const made = mkdtempSync(join(tmpdir(), 'hyper-documents-'));
	removeAtExit(made);
	for (const name of [...Object.keys(lengths), ...Object.keys(texts)]) {
		if (name !== bigDocument) writeFileSync(join(made, name), documentBytes(name));
	}
	root = made;
	return made;
}

/** Creates /big-100m, 100 MiB, unless it exists, and returns its path in the file system. */
export function addBigDocument(): string {
	const path = join(documentRoot(), bigDocument);
	if (existsSync(path)) return path;
	const file = openSync(`${path}.part`, 'w');
	for (const chunk of documentChunks(bigDocument)) writeSync(file, chunk);
	closeSync(file);
	renameSync(`${path}.part`, path);
	return path;
}
