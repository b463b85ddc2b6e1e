// The ways in which a caller reads a response, each of which an attack should meet.

import type { HTTPResponse } from '../../src/index.ts';
import type { Answer, Attack, Connection, Version } from './attack.ts';

interface Reader {
	readonly name: string;
	/** Whether the caller gets the body only as a whole, so that all of it is unread before. */
	readonly isWhole: boolean;
	read(response: HTTPResponse): Promise<unknown>;
}

const READERS: readonly Reader[] = [
	{ name: 'bytes()', isWhole: true, read: (response) => response.bytes() },
	{ name: 'text()', isWhole: true, read: (response) => response.text() },
	{ name: 'for await', isWhole: false, read: (response) => lengthOf(response) },
	{ name: 'readChunked()', isWhole: false, read: (response) => lengthOf(response.readChunked()) },
	{ name: 'body', isWhole: false, read: (response) => lengthOf(response.body) },
];

/** A response to read in different ways. */
export interface Subject extends Pick<Attack, 'name' | 'versions' | 'overUpgrade' | 'options'> {
	/** Bytes of content. */
	readonly content: number;
	/** Bytes of it that arrive before something is read. */
	held(version: Version): number;
	answer(answer: Answer): Promise<void>;
}

export async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
	let length = 0;
	for await (const piece of pieces) length += piece.length;
	return length;
}

/** An attack for each way to read the response as it arrives. */
export function readAtOnce(subject: Subject): Attack[] {
	const dispatched = { ...subject, name: `${subject.name}, dispatch`, perform: dispatch };
	const read = READERS.map(
		({ name, isWhole, read }): Attack => ({
			...subject,
			name: `${subject.name}, ${name}`,
			perform: async (conn, meter) => {
				if (isWhole) meter.expect(subject.content, 1);
				await read(await conn.roundTrip('GET', '/'));
			},
		}),
	);
	return [dispatched, ...read];
}

function dispatch(conn: Connection): Promise<void> {
	return new Promise((resolve, reject) => {
		conn.dispatch({ method: 'GET', path: '/' }, { onEnd: resolve, onError: reject });
	});
}

/** An attack for each way to read the response once the server has sent what it can. */
export function readLater(subject: Subject): Attack[] {
	return READERS.map(({ name, isWhole, read }) => ({
		...subject,
		name: `${subject.name}, later ${name}`,
		perform: async (conn, meter) => {
			const held = subject.held(meter.version);
			meter.expect(held, 1);
			const response = await conn.roundTrip('GET', '/');
			await meter.settle();
			await meter.hold(held, 1);
			if (isWhole) meter.expect(subject.content, 1);
			await read(response);
		},
	}));
}

/** An attack whose responses are not read. */
export function neverRead(subject: Subject, streams: (version: Version) => number = () => 1): Attack {
	return {
		...subject,
		name: `${subject.name}, unread`,
		perform: async (conn, meter) => {
			const count = streams(meter.version);
			const unread = count * subject.held(meter.version);
			meter.expect(unread, count);
			const responses = await Promise.all(Array.from({ length: count }, () => conn.roundTrip('GET', '/')));
			await meter.settle();
			await meter.hold(unread, count);
			await Promise.all(responses.map((response) => response.close()));
		},
	};
}
