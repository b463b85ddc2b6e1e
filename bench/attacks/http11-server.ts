// One connection of a hostile server that speaks HTTP/1.1, whose first request may ask for HTTP/2.

import type net from 'node:net';
import type { Answer, Service } from './attack.ts';
import { serveHTTP2 } from './http2-server.ts';
import { Output } from './output.ts';

const CHUNK_END = Buffer.from('\r\n');
const LAST_CHUNK = '\r\n0\r\n\r\n';

export function serveHTTP11(socket: net.Socket, service: Service): void {
	const output = new Output(socket);
	let input = '';
	socket.on('data', function onData(bytes: Buffer) {
		input += bytes.toString('latin1');
		const end = input.indexOf('\r\n\r\n');
		// The content of an upload is chunked.
		if (end === -1 || (input.startsWith('POST') && !input.endsWith(LAST_CHUNK))) return;
		const settings = /^http2-settings: (.*)$/im.exec(input)?.[1];
		if (settings !== undefined) {
			socket.off('data', onData);
			void output.write(Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'));
			return serveHTTP2(socket, service, Buffer.from(settings, 'base64url'));
		}
		const isFirst = input.startsWith('GET /first ');
		input = '';
		void service.respond(answerOf(output, service.scale), isFirst);
	});
}

function answerOf(output: Output, scale: number): Answer {
	return {
		version: 'HTTP/1.1',
		scale,
		get gone() {
			return output.gone;
		},
		head: (fields = []) => {
			const lines = fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []));
			return output.write(
				Buffer.from(['HTTP/1.1 200 OK', 'transfer-encoding: chunked', ...lines, '', ''].join('\r\n')),
			);
		},
		piece: (content) => Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, CHUNK_END]),
		frame: () => {
			throw new Error('HTTP/1.1 has no frames');
		},
		window: async () => {},
		write: (bytes) => output.write(bytes),
		end: () => output.write(Buffer.from('0\r\n\r\n')),
	};
}
