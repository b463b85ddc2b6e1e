// What node:http reads from given bytes, for comparisons with what it reads after they were rewritten.

import http from 'node:http';
import { Duplex } from 'node:stream';

/** Everything that a reader of a response can tell apart. */
export interface Reading {
	status: number | null;
	content: string;
	/** Names and values alternate. */
	trailers: string[];
	/** `complete`, `open` if more is missing, or the parser's error. */
	end: string;
}

/**
 * Reads a response that arrives in these pieces, after which the connection stays open. `insecureHTTPParser`: as with the
 * option of node of this name.
 */
export async function readWithNode(
	pieces: Iterable<Uint8Array>,
	{ method = 'GET', insecureHTTPParser = false }: { method?: string; insecureHTTPParser?: boolean } = {},
): Promise<Reading> {
	const duplex = new Duplex({ read: () => {}, write: (_chunk, _encoding, callback) => callback() });
	duplex.on('error', () => {});
	const reading: Reading = { status: null, content: '', trailers: [], end: 'open' };
	let response: http.IncomingMessage | null = null;
	const add = (bytes: Buffer): void => {
		reading.content += bytes.toString('latin1');
	};
	const request = http.request({ method, insecureHTTPParser, createConnection: () => duplex });
	request.on('response', (arrived) => {
		response = arrived;
		reading.status = arrived.statusCode ?? null;
		arrived.on('data', add);
		arrived.on('error', () => {});
		arrived.on('end', () => {
			reading.trailers = arrived.rawTrailers;
			reading.end = 'complete';
		});
	});
	request.on('error', (error: Error & { code?: string; reason?: string }) => {
		// The parser reports an error before it delivers the content that precedes it.
		while (response?.read());
		if (reading.end === 'open') reading.end = `${error.code} ${error.reason}`;
	});
	request.end();
	await new Promise((resolve) => setImmediate(resolve));
	for (const piece of pieces) if (piece.length > 0 && !duplex.destroyed) duplex.push(piece);
	await new Promise((resolve) => setImmediate(resolve));
	await new Promise((resolve) => setImmediate(resolve));
	duplex.destroy();
	return reading;
}
