// Attacks with frames that cost the server less than the client. By default, limits.glitches ends such a connection after a few
// milliseconds (test/scenarios/floods.test.ts); here the limits are off, so that the bounds hold for each frame.

import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { type Answer, type Attack, HTTP2, MIB, repeat } from './attack.ts';

/** Bytes of a flood. */
const FLOOD = 4 * MIB;
/** Bytes in one write of the server: as many as the client reads at once. */
const BATCH = 65_536;
const NOTHING = new Uint8Array(0);

/** Big-endian numbers of 32 bits. */
function words(...values: readonly number[]): Uint8Array {
	const bytes = Buffer.alloc(values.length * 4);
	for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
	return bytes;
}

/** SETTINGS_INITIAL_WINDOW_SIZE. */
function windowSetting(size: number): Uint8Array {
	return Buffer.concat([Buffer.of(0, 4), words(size)]);
}

interface Flood {
	/** Requests on the connection; the last one starts the flood. */
	readonly requests?: number;
	/** Whether the client has closed the other responses by then. */
	readonly isLate?: boolean;
	/** With push, and with the limits by default, because each promise makes an error. */
	readonly isPush?: boolean;
}

/** `make` gives the frames of one step, which are repeated. */
function flood(
	name: string,
	make: (answer: Answer, i: number) => readonly Uint8Array[],
	{ requests = 1, isLate = false, isPush = false }: Flood = {},
): Attack {
	/** On all connections. */
	let received = 0;
	return {
		name,
		versions: HTTP2,
		options: isPush ? { enablePush: true } : { limits: { glitches: 0, replies: 0, emptyData: 0 } },
		answer: async (answer) => {
			await answer.head();
			if (++received % requests > 0) return;
			for (let sent = 0, i = 0; sent < FLOOD * answer.scale && !answer.gone; sent += BATCH) {
				const frames: Uint8Array[] = [];
				for (let length = 0; length < BATCH; i++) {
					for (const frame of make(answer, i)) {
						frames.push(frame);
						length += frame.length;
					}
				}
				await answer.write(Buffer.concat(frames));
			}
			await answer.end();
		},
		perform: async (conn, meter) => {
			meter.expect(0, requests);
			const others = Array.from({ length: requests - 1 }, () => conn.roundTrip('GET', '/'));
			const responses = await Promise.all(others);
			if (isLate) await Promise.all(responses.map((response) => response.close()));
			await (await conn.roundTrip('GET', '/')).bytes();
			await meter.hold(0, requests);
			await Promise.all(responses.map((response) => response.close()));
		},
	};
}

/** Frames for a stream that the client has reset. */
function late(name: string, type: number, flags: number, payload: Uint8Array): Attack {
	return flood(`${name} of a reset stream`, ({ frame }) => [frame(type, flags, payload, RESET)], {
		requests: 2,
		isLate: true,
	});
}

/** The stream of the first request, which has ended. */
const ENDED = 1;
/** The stream of the second request, which the client resets if it closes the response. */
const RESET = 3;
/** `:status: 200` of the static table. */
const STATUS_200 = Buffer.of(0x88);
/** `:method: GET`, `:scheme: http`, `:path: /` and `:authority: a`. */
const PROMISED = Buffer.of(0x82, 0x86, 0x84, 0x01, 1, 97);

export const frameAttacks: readonly Attack[] = [
	flood('GOAWAY, repeated', ({ frame }) => [frame(FrameType.GOAWAY, 0, words(0x7fffffff, 0), 0)]),
	flood(
		'GOAWAY with ever lower ids, 30 streams',
		({ frame }, i) => [frame(FrameType.GOAWAY, 0, words(0x7fffffff - i, i), 0)],
		{ requests: 30 },
	),
	flood('SETTINGS, empty', ({ frame }) => [frame(FrameType.SETTINGS, 0, NOTHING, 0)]),
	flood(
		'SETTINGS that change windows, 30 streams',
		({ frame }, i) => [frame(FrameType.SETTINGS, 0, windowSetting(65_535 + (i & 1)), 0)],
		{ requests: 30 },
	),
	flood('SETTINGS that change the size of the table', ({ frame }, i) => [
		frame(FrameType.SETTINGS, 0, Buffer.concat([Buffer.of(0, 1), words((i & 1) * 4096)]), 0),
	]),
	flood(
		'SETTINGS with 31 changes of windows, 30 streams',
		({ frame }) => [
			frame(
				FrameType.SETTINGS,
				0,
				Buffer.concat(Array.from({ length: 31 }, (_, i) => windowSetting(65_535 + (i & 1)))),
				0,
			),
		],
		{ requests: 30 },
	),
	flood('SETTINGS acknowledgements', ({ frame }) => [frame(FrameType.SETTINGS, FrameFlag.ACK, NOTHING, 0)]),
	flood('PING', ({ frame }) => [frame(FrameType.PING, 0, words(1, 2), 0)]),
	flood('PING acknowledgements', ({ frame }) => [frame(FrameType.PING, FrameFlag.ACK, words(1, 2), 0)]),
	flood('PRIORITY', ({ frame }) => [frame(FrameType.PRIORITY, 0, Buffer.of(0, 0, 0, 0, 1))]),
	flood('WINDOW_UPDATE of the connection', ({ frame }) => [frame(FrameType.WINDOW_UPDATE, 0, words(1), 0)]),
	flood('WINDOW_UPDATE of a stream', ({ frame }) => [frame(FrameType.WINDOW_UPDATE, 0, words(1))]),
	flood('WINDOW_UPDATE of an ended stream', ({ frame }) => [frame(FrameType.WINDOW_UPDATE, 0, words(1), ENDED)]),
	flood('WINDOW_UPDATE of 0 for an ended stream', ({ frame }) => [frame(FrameType.WINDOW_UPDATE, 0, words(0), ENDED)]),
	flood('RST_STREAM of an ended stream', ({ frame }) => [frame(FrameType.RST_STREAM, 0, words(8), ENDED)]),
	late('empty DATA', FrameType.DATA, 0, NOTHING),
	late('DATA of 1 byte', FrameType.DATA, 0, Buffer.of(97)),
	late('HEADERS', FrameType.HEADERS, FrameFlag.END_HEADERS, STATUS_200),
	late('HEADERS of 200 fields', FrameType.HEADERS, FrameFlag.END_HEADERS, Buffer.alloc(200, 0x90)),
	late('RST_STREAM', FrameType.RST_STREAM, 0, words(8)),
	late('WINDOW_UPDATE', FrameType.WINDOW_UPDATE, 0, words(1)),
	late('PRIORITY of 4 bytes', FrameType.PRIORITY, 0, words(0)),
	flood(
		'PUSH_PROMISE of another origin, limits by default',
		({ frame }, i) => [
			frame(FrameType.PUSH_PROMISE, FrameFlag.END_HEADERS, Buffer.concat([words(2 + 2 * i), PROMISED])),
		],
		{ isPush: true },
	),
	flood('unknown frames', ({ frame }) => [frame(0xbe, 0, NOTHING, 0)]),
	flood('unknown frames of 16 KiB', ({ frame }) => [frame(0xbe, 0, new Uint8Array(16_384), 0)]),
	{
		name: 'upload through windows of 1 byte',
		versions: HTTP2,
		options: { limits: { glitches: 0 } },
		answersEarly: true,
		answer: async (answer) => {
			await answer.head();
			const increments = [
				answer.frame(FrameType.WINDOW_UPDATE, 0, words(1)),
				answer.frame(FrameType.WINDOW_UPDATE, 0, words(1), 0),
			];
			// Not more in a write, because the client answers all that it reads at once by one frame; and not less, because any
			// client takes longer for packets of 26 bytes.
			const batch = repeat(Buffer.concat(increments), 40);
			for (let sent = 0; sent < MIB * answer.scale && !answer.gone; sent += batch.length) await answer.write(batch);
			await answer.end();
		},
		perform: async (conn, meter) => {
			meter.expect(MIB, 1);
			const response = await conn.roundTrip('POST', '/', { body: new Uint8Array(MIB) });
			await response.bytes();
			await response.close();
		},
	},
];
