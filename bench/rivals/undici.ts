// undici's `request` over one HTTP/2 connection.

import { Client, H2CClient } from 'undici';
import { check, type ServerConfig, serveWorker } from '../worker.ts';

let client: Client;
let config: ServerConfig;

serveWorker<ServerConfig>({
	async open(given) {
		config = given;
		const { port, ca, concurrency } = config;
		const options = { pipelining: concurrency, maxConcurrentStreams: concurrency };
		client =
			ca === null
				? new H2CClient(`http://127.0.0.1:${port}`, options)
				: new Client(`https://localhost:${port}`, { ...options, allowH2: true, connect: { ca } });
		await get();
	},

	async run(count) {
		let left = count;
		const loop = async (): Promise<void> => {
			while (left-- > 0) await get();
		};
		await Promise.all(Array.from({ length: config.concurrency }, loop));
	},
});

async function get(): Promise<void> {
	const { statusCode, body } = await client.request({ method: 'GET', path: config.path });
	const { byteLength } = await body.arrayBuffer();
	check(statusCode === 200 && byteLength === config.length, `${statusCode}, ${byteLength} bytes`);
}
