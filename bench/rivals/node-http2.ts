// node:http2, with default or hand-tuned windows.

import { type ClientHttp2Session, connect } from 'node:http2';
import { check, type ServerConfig, serveWorker } from '../worker.ts';

interface Config extends ServerConfig {
	/** The receive window of streams and of the connection. The default is the platform's. */
	window?: number;
}

let session: ClientHttp2Session;
let config: Config;

serveWorker<Config>({
	async open(given) {
		config = given;
		const { port, ca, window } = config;
		const settings = window === undefined ? {} : { initialWindowSize: window };
		session =
			ca === null
				? connect(`http://127.0.0.1:${port}`, { settings })
				: connect(`https://localhost:${port}`, { ca, settings });
		await new Promise<void>((resolve, reject) => {
			session.once('remoteSettings', () => resolve()).once('error', reject);
		});
		if (window !== undefined) session.setLocalWindowSize(window);
	},

	async run(count) {
		const one = config.upload === undefined ? get : upload;
		let left = count;
		const loop = async (): Promise<void> => {
			while (left-- > 0) await one();
		};
		await Promise.all(Array.from({ length: config.concurrency }, loop));
	},
});

function get(): Promise<void> {
	return answered(session.request({ ':path': config.path }));
}

function upload(): Promise<void> {
	const stream = session.request({ ':method': 'POST', ':path': config.path });
	const piece = Buffer.alloc(65_536, 0x61);
	let rest = config.upload?.length ?? 0;
	const writeSome = (): void => {
		while (rest > 0) {
			const next = piece.subarray(0, Math.min(rest, piece.length));
			rest -= next.length;
			if (!stream.write(next)) return;
		}
		stream.off('drain', writeSome);
		stream.end();
	};
	stream.on('drain', writeSome);
	writeSome();
	return answered(stream);
}

function answered(stream: ReturnType<ClientHttp2Session['request']>): Promise<void> {
	return new Promise((resolve, reject) => {
		let status: number | undefined;
		let length = 0;
		const chunks: Buffer[] = [];
		stream.on('response', (headers) => {
			status = headers[':status'];
		});
		stream.on('data', (chunk: Buffer) => {
			length += chunk.length;
			// Small responses are joined, as callers need them whole; downloads are only counted.
			if (config.concurrency > 1) chunks.push(chunk);
		});
		stream.on('error', reject);
		stream.on('end', () => {
			const body = Buffer.concat(chunks);
			check(config.concurrency === 1 || body.length === length, `${body.length} bytes joined`);
			if (status === 200 && length === config.length) resolve();
			else reject(new Error(`wrong response: ${status}, ${length} bytes`));
		});
	});
}
