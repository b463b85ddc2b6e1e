// This package as users get it: built, through its public API, with default options.

import { HTTP20Connection } from 'hyper-wasm';
import { check, type ServerConfig, serveWorker } from '../worker.ts';

let conn: HTTP20Connection;
let config: ServerConfig;

serveWorker<ServerConfig>({
	async open(given) {
		config = given;
		const { port, ca } = config;
		conn = new HTTP20Connection('localhost', ca === null ? { port, secure: false } : { port, tls: { ca } });
		await conn.connect();
	},

	async run(count) {
		let left = count;
		const loop = async (): Promise<void> => {
			while (left-- > 0) await work();
		};
		await Promise.all(Array.from({ length: config.concurrency }, loop));
	},
});

function work(): Promise<void> {
	if (config.upload !== undefined) return upload(config.upload.length);
	return config.concurrency === 1 ? download() : get();
}

async function get(): Promise<void> {
	const response = await conn.roundTrip('GET', config.path);
	const body = await response.bytes();
	check(response.status === 200 && body.length === config.length, `${response.status}, ${body.length} bytes`);
}

async function download(): Promise<void> {
	const response = await conn.roundTrip('GET', config.path);
	let length = 0;
	for await (const chunk of response) length += chunk.length;
	check(response.status === 200 && length === config.length, `${response.status}, ${length} bytes`);
}

async function upload(length: number): Promise<void> {
	const response = await conn.roundTrip('POST', config.path, { body: pieces(length) });
	const body = await response.bytes();
	check(response.status === 200 && body.length === config.length, `${response.status}, ${body.length} bytes`);
}

function* pieces(length: number): Generator<Uint8Array> {
	const piece = new Uint8Array(65_536).fill(0x61);
	for (let rest = length; rest > 0; rest -= piece.length) yield piece.subarray(0, Math.min(rest, piece.length));
}
