// Sends one GET to a real server, and prints the head, the length of the body and the times.

import { HTTP20Connection } from 'hyper-wasm';
import { bytes, describeTimings, print, printHead } from './output.ts';

export async function getAddress(address: string): Promise<void> {
	if (!/^https:\/\//i.test(address) || !URL.canParse(address)) throw new Error(`${address} is not an https:// URL`);
	const url = new URL(address);
	const conn = new HTTP20Connection(url.origin);
	try {
		const response = await conn.roundTrip('GET', url.pathname + url.search, { headers: { accept: '*/*' } });
		printHead(`GET ${url.pathname}`, response);
		const body = await response.bytes();
		print('Body', bytes(body.length));
		print('Times', describeTimings(response.timings));
	} finally {
		await conn.close();
	}
}
