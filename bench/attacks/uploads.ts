// Uploads whose items are tiny: not the work of a server, but it must not grow faster than their number, or stop timers.

import { Readable } from 'node:stream';
import type { RequestBodyInit } from '../../src/index.ts';
import { type Attack, BOTH, type Meter, MIB } from './attack.ts';

const BYTE = Uint8Array.of(97);

function* items(count: number): Generator<Uint8Array> {
	for (let i = 0; i < count; i++) yield BYTE;
}

async function* asyncItems(count: number): AsyncGenerator<Uint8Array> {
	yield* items(count);
}

const BODIES: Readonly<Record<string, (count: number) => RequestBodyInit>> = {
	'a generator': items,
	'an async generator': asyncItems,
	'a Readable': (count) => Readable.from(items(count)),
	'a ReadableStream': (count) => {
		const source = items(count);
		return new ReadableStream<Uint8Array>({
			pull: (controller) => {
				const { value, done } = source.next();
				if (done) controller.close();
				else controller.enqueue(value);
			},
		});
	},
};

const base = {
	versions: BOTH,
	anyCPU: true,
	answer: async ({ head, end }: Parameters<Attack['answer']>[0]) => {
		await head();
		await end();
	},
};

const itemsOf = (meter: Meter): number => Math.ceil((MIB / 4) * meter.scale);

export const uploadAttacks: readonly Attack[] = [
	...Object.entries(BODIES).map(
		([name, make]): Attack => ({
			...base,
			name: `upload of 1-byte items from ${name}`,
			perform: async (conn, meter) => {
				await (await conn.roundTrip('POST', '/', { body: make(itemsOf(meter)) })).bytes();
			},
		}),
	),
	{
		...base,
		name: 'upload of 1-byte items by send()',
		perform: async (conn, meter) => {
			const handle = conn.putRequest('POST', '/');
			if (meter.version === 'HTTP/1.1') conn.putHeader('transfer-encoding', 'chunked', handle);
			const id = await conn.endHeaders({}, handle);
			for (let left = itemsOf(meter); left > 0; left--) await conn.send(BYTE, { final: left === 1 }, id);
			await (await conn.getResponse(id)).bytes();
		},
	},
];
