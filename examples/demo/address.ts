// One GET from a real server: its head, the length of its body, and the times.

import { HTTP20Connection } from 'hyper-wasm';
import { describeTimings, octets, tell, tellHead } from './account.ts';

export async function getAddress(address: string): Promise<void> {
	if (!/^https:\/\//i.test(address) || !URL.canParse(address)) throw new Error(`${address} is not an https:// URL`);
	const url = new URL(address);
	const conn = new HTTP20Connection(url.origin);
	try {
		const response = await conn.roundTrip('GET', url.pathname + url.search, { headers: { accept: '*/*' } });
		tellHead(`GET ${url.pathname}`, response);
		const body = await response.bytes();
		tell('Body', octets(body.length));
		tell('Times', describeTimings(response.timings));
	} finally {
		await conn.close();
	}
}
