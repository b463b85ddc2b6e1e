// Attacks with content codings: in tiny pieces, and with content that decodes to far more.

import zlib from 'node:zlib';
import { frameOf, noise } from '../../test/support/zstd-frames.ts';
import { type Answer, type Attack, BOTH, MIB } from './attack.ts';
import { lengthOf, neverRead } from './readers.ts';

/** Pieces in one write of the server. */
const BATCH = 4096;
/** Content of one DATA frame or chunk. */
const PIECE = 16_384;
/** The most content of a block of Zstandard. */
const BLOCK = 131_072;
const FAST = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };

interface Coding {
	readonly encode: (content: Uint8Array) => Uint8Array;
	/** Decodes to that many zeros. */
	readonly bomb: (length: number) => Uint8Array;
}

function native(encode: (content: Uint8Array) => Uint8Array): Coding {
	return { encode, bomb: (length) => encode(new Uint8Array(length)) };
}

const CODINGS: Readonly<Record<string, Coding>> = {
	gzip: native((content) => zlib.gzipSync(content)),
	deflate: native((content) => zlib.deflateSync(content)),
	br: native((content) => zlib.brotliCompressSync(content, FAST)),
	// Node 20 has no encoder. A block of type 0 is stored, and one of type 1 repeats a byte.
	zstd: {
		encode: (content) => {
			const blocks = Array.from({ length: Math.ceil(content.length / BLOCK) }, (_, i) =>
				content.subarray(i * BLOCK, (i + 1) * BLOCK),
			);
			return frameOf(...blocks.map((block) => [0, block] as const));
		},
		bomb: (length) => frameOf(...new Array(Math.ceil(length / BLOCK)).fill([1, [0], BLOCK])),
	},
};

/** What the server has encoded, by what and how much. */
const encoded = new Map<string, Uint8Array>();

function once(key: string, make: () => Uint8Array): Uint8Array {
	const bytes = encoded.get(key) ?? make();
	encoded.set(key, bytes);
	return bytes;
}

async function send(answer: Answer, content: Uint8Array): Promise<void> {
	for (let at = 0; at < content.length && !answer.gone; at += PIECE) {
		const part = content.subarray(at, at + PIECE);
		await answer.window(part.length);
		await answer.write(answer.piece(part));
	}
	await answer.end();
}

const inSingleBytes = Object.entries(CODINGS).map(
	([coding, { encode }]): Attack => ({
		name: `${coding} in pieces of 1 byte, for await`,
		versions: BOTH,
		answer: async (answer) => {
			const size = Math.ceil(MIB * answer.scale);
			const content = once(`${coding} ${size}`, () => encode(noise(size)));
			await answer.head(['content-encoding', coding]);
			for (let at = 0; at < content.length && !answer.gone; at += BATCH) {
				const part = content.subarray(at, at + BATCH);
				await answer.window(part.length);
				await answer.write(Buffer.concat(Array.from(part, (byte) => answer.piece(Uint8Array.of(byte)))));
			}
			await answer.end();
		},
		perform: async (conn, meter) => {
			// The decoder is slower than the server.
			meter.expect(meter.version === 'HTTP/2' ? MIB : 65_536, 1);
			await lengthOf(await conn.roundTrip('GET', '/'));
		},
	}),
);

const BOMB = 256 * MIB;

const bombs = Object.entries(CODINGS).map(([coding, { bomb }]) => ({
	name: `${coding} bomb`,
	versions: BOTH,
	answer: async (answer: Answer) => {
		const size = BOMB * answer.scale;
		const content = once(`${coding} bomb ${size}`, () => bomb(size));
		await answer.head(['content-encoding', coding]);
		await send(answer, content);
	},
}));

/** Decoded content that is held while the caller reads: a block on its way, and the window that later blocks refer to. */
const AHEAD = 4 * BLOCK;
/** Bytes at which a caller stops. */
const LIMIT = 8 * MIB;

export const codingAttacks: readonly Attack[] = [
	...inSingleBytes,
	...bombs.map(
		(base): Attack => ({
			...base,
			name: `${base.name}, for await`,
			perform: async (conn, meter) => {
				meter.expect(AHEAD, 1);
				meter.decoded(await lengthOf(await conn.roundTrip('GET', '/')));
			},
		}),
	),
	...bombs.map(
		(base): Attack => ({
			...base,
			name: `${base.name}, body`,
			perform: async (conn, meter) => {
				meter.expect(AHEAD, 1);
				meter.decoded(await lengthOf((await conn.roundTrip('GET', '/')).body));
			},
		}),
	),
	...bombs.map(
		(base): Attack => ({
			...base,
			name: `${base.name}, bytes() of at most 8 MiB`,
			options: { limits: { body: LIMIT } },
			perform: async (conn, meter) => {
				meter.expect(LIMIT, 1);
				meter.decoded(LIMIT);
				await (await conn.roundTrip('GET', '/')).bytes();
			},
		}),
	),
	// What arrives is smaller than a bomb's content.
	...bombs.map((base) => neverRead({ ...base, content: BOMB, held: () => MIB / 4 })),
];
