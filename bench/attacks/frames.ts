// Attacks with frames that cost the server less than the client. By default, limits.glitches ends such a connection after a few
// milliseconds (test/scenarios/floods.test.ts); here the limits are off, so that the bounds hold for each frame.

import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import type { Answer, Attack } from './attack.ts';

/** Bytes of a flood. */
const FLOOD = 2 ** 22;
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

/** `make` gives the frames of one step, which are repeated. The last of `requests` starts the flood. */
function flood(name: string, make: (answer: Answer, i: number) => readonly Uint8Array[], requests = 1): Attack {
	let received = 0;
	return {
		name,
		versions: ['HTTP/2'],
		options: { limits: { glitches: 0, replies: 0, emptyData: 0 } },
		answer: async (answer) => {
			await answer.head();
			if (++received < requests) return;
			for (let sent = 0, i = 0; sent < FLOOD && !answer.gone; sent += BATCH) {
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
			const responses = await Promise.all(Array.from({ length: requests }, () => conn.roundTrip('GET', '/')));
			await responses.at(-1)?.bytes();
			await meter.hold(0, requests);
			await Promise.all(responses.map((response) => response.close()));
		},
	};
}

/** The stream of the first request, which has ended. */
const ENDED = 1;

export const frameAttacks: readonly Attack[] = [
	flood('GOAWAY, repeated', ({ frame }) => [frame(FrameType.GOAWAY, 0, words(0x7fffffff, 0), 0)]),
	flood(
		'GOAWAY with ever lower ids, 30 streams',
		({ frame }, i) => [frame(FrameType.GOAWAY, 0, words(0x7fffffff - i, i), 0)],
		30,
	),
	flood('SETTINGS, empty', ({ frame }) => [frame(FrameType.SETTINGS, 0, NOTHING, 0)]),
	flood(
		'SETTINGS that change windows, 30 streams',
		({ frame }, i) => [frame(FrameType.SETTINGS, 0, windowSetting(65_535 + (i & 1)), 0)],
		30,
	),
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
		30,
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
	flood('empty DATA before single bytes', (answer, i) => [answer.piece(i % 100 === 99 ? Uint8Array.of(97) : NOTHING)]),
	flood('DATA with padding only before single bytes', (answer, i) => [
		i % 100 === 99 ? answer.piece(Uint8Array.of(97)) : answer.piece(NOTHING, 0),
	]),
	flood('unknown frames', ({ frame }) => [frame(0xbe, 0, NOTHING, 0)]),
	flood('unknown frames of 16 KiB', ({ frame }) => [frame(0xbe, 0, new Uint8Array(16_384), 0)]),
];
