// Attacks with content: tiny pieces, empty ones, codings and bombs.

import zlib from 'node:zlib';
import { HTTP20Connection, type HTTPResponse } from '../../src/index.ts';
import { frameOf, noise } from '../../test/support/zstd-frames.ts';
import type { Answer, Attack, Version } from './attack.ts';

const BOTH: readonly Version[] = ['HTTP/1.1', 'HTTP/2'];
const MIB = 2 ** 20;
/** Pieces in one write of the server. */
const BATCH = 4096;

function repeat(bytes: Uint8Array, count: number): Uint8Array {
	const repeated = new Uint8Array(bytes.length * count);
	for (let i = 0; i < count; i++) repeated.set(bytes, i * bytes.length);
	return repeated;
}

/** Content in pieces of one byte. */
async function sendBytes(answer: Answer, length: number): Promise<void> {
	const batch = repeat(answer.piece(Uint8Array.of(97)), BATCH);
	for (let sent = 0; sent < length && !answer.gone; sent += BATCH) {
		await answer.window(BATCH);
		await answer.write(batch);
	}
}

async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
	let length = 0;
	for await (const piece of pieces) length += piece.length;
	return length;
}

const READERS: Record<string, (response: HTTPResponse) => Promise<number>> = {
	'bytes()': async (response) => (await response.bytes()).length,
	'for await': (response) => lengthOf(response),
	'readChunked()': (response) => lengthOf(response.readChunked()),
};

const unread: Attack = {
	name: 'pieces of 1 byte, unread',
	versions: BOTH,
	answer: async (answer) => {
		await answer.head();
		await sendBytes(answer, 2 * MIB);
		await answer.end();
	},
	perform: async (conn, meter) => {
		const isHTTP2 = conn instanceof HTTP20Connection;
		const streams = isHTTP2 ? 16 : 1;
		const responses = await Promise.all(Array.from({ length: streams }, () => conn.roundTrip('GET', '/')));
		await meter.settle();
		await meter.hold(streams * (isHTTP2 ? MIB : 65_536), streams);
		for (const response of responses) await response.close();
	},
};

const readLater: Attack[] = Object.entries(READERS).map(([name, read]) => ({
	name: `pieces of 1 byte, read later by ${name}`,
	versions: BOTH,
	answer: async (answer) => {
		await answer.head();
		await sendBytes(answer, 2 * MIB);
		await answer.end();
	},
	perform: async (conn, meter) => {
		const response = await conn.roundTrip('GET', '/');
		await meter.settle();
		await read(response);
		await meter.hold(0, 1);
	},
}));

/** Pieces of one byte behind many without content; HTTP/1.1 has no empty chunks. */
const mostlyEmpty: Attack[] = Object.entries(READERS).map(([name, read]) => ({
	name: `1 byte after each 100 empty frames, ${name}`,
	versions: ['HTTP/2'],
	answer: async (answer) => {
		await answer.head();
		const batch = repeat(
			Buffer.concat([repeat(answer.piece(new Uint8Array(0), 0), 99), answer.piece(Uint8Array.of(97))]),
			64,
		);
		for (let sent = 0; sent < 20 * MIB && !answer.gone; sent += batch.length) {
			// A pad length of 0 takes a byte of window.
			await answer.window(64 * 100);
			await answer.write(batch);
		}
		await answer.end();
	},
	perform: async (conn, meter) => {
		const response = await conn.roundTrip('GET', '/');
		await read(response);
		await meter.hold(0, 1);
	},
}));

const codedInBytes: Attack[] = (['gzip', 'br'] as const).map((coding) => ({
	name: `${coding} in pieces of 1 byte`,
	versions: BOTH,
	answer: async (answer) => {
		const content = noise(MIB);
		const coded =
			coding === 'gzip'
				? zlib.gzipSync(content)
				: zlib.brotliCompressSync(content, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });
		await answer.head(['content-encoding', coding]);
		for (let at = 0; at < coded.length && !answer.gone; at += BATCH) {
			const part = coded.subarray(at, at + BATCH);
			await answer.window(part.length);
			await answer.write(Buffer.concat(Array.from(part, (byte) => answer.piece(Uint8Array.of(byte)))));
		}
		await answer.end();
	},
	perform: async (conn, meter) => {
		const response = await conn.roundTrip('GET', '/');
		await lengthOf(response);
		await meter.hold(0, 1);
	},
}));

const BOMB = 256 * MIB;
const BOMBS: Record<string, () => Uint8Array> = {
	gzip: () => zlib.gzipSync(new Uint8Array(BOMB)),
	deflate: () => zlib.deflateSync(new Uint8Array(BOMB)),
	br: () => zlib.brotliCompressSync(new Uint8Array(BOMB), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
	zstd: () => frameOf(...new Array(32 * 2048).fill([1, [0], 131_072])),
};

const bombs: Attack[] = Object.entries(BOMBS).map(([coding, make]) => ({
	name: `${coding} bomb, for await`,
	versions: BOTH,
	anyCPU: true,
	answer: async (answer) => {
		await answer.head(['content-encoding', coding]);
		const content = make();
		for (let at = 0; at < content.length && !answer.gone; at += 16_384) {
			const part = content.subarray(at, at + 16_384);
			await answer.window(part.length);
			await answer.write(answer.piece(part));
		}
		await answer.end();
	},
	perform: async (conn, meter) => {
		const response = await conn.roundTrip('GET', '/');
		await lengthOf(response);
		await meter.hold(0, 1);
	},
}));

const upload: Attack = {
	name: 'upload of items of 1 byte',
	versions: BOTH,
	anyCPU: true,
	answer: async (answer) => {
		await answer.head();
		await answer.end();
	},
	perform: async (conn, meter) => {
		const item = Uint8Array.of(97);
		const body = (function* () {
			for (let i = 0; i < MIB; i++) yield item;
		})();
		const response = await conn.roundTrip('POST', '/upload', { body });
		await response.bytes();
		await meter.hold(0, 1);
	},
};

export const contentAttacks: readonly Attack[] = [
	unread,
	...readLater,
	...mostlyEmpty,
	...codedInBytes,
	...bombs,
	upload,
];
