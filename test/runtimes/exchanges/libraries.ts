// The libraries of the package that need no server, and what connections tell about themselves.

import { describeErrorCode, HTTP20Connection, HTTPHeaderMap, HyperError, StreamResetError, version } from 'hyper-wasm';
import { ErrorCode, explain, FrameReader, FrameType, FrameWriter } from 'hyper-wasm/frames';
import { Decoder, Encoder, HPACKDecodingError } from 'hyper-wasm/hpack';
import { createTransportPair, ScriptedPeer } from 'hyper-wasm/testing';
import { type FrameEvent, formatFrameLine, traceFrames } from 'hyper-wasm/trace';
import type { Peers } from '../peers/peers.ts';
import { type Carrier, type Exchanges, failure, local, plain1, plain2, same, sameBytes, textOf } from './support.ts';

function fromHex(hex: string): Uint8Array {
	return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export const libraries: Exchanges = {
	async 'hpack decodes the examples of RFC 7541'() {
		using decoder = new Decoder();
		const first = decoder.decode(fromHex('828684418cf1e3c2e5f23a6ba0ab90f4ff'));
		same(
			first.map(([name, value]) => `${name} ${value}`),
			[':method GET', ':scheme http', ':path /', ':authority www.example.com'],
			'the fields',
		);
		const second = decoder.decode(fromHex('828684be5886a8eb10649cbf'));
		same(second.at(-1)?.slice(0, 2), ['cache-control', 'no-cache'], 'the last field');
	},

	async 'hpack decodes what it encodes'() {
		using encoder = new Encoder();
		using decoder = new Decoder();
		for (let i = 0; i < 100; i++) {
			const fields: [string, string][] = [
				[':status', '200'],
				['x-number', String(i)],
				['x-text', 'Grüße'],
			];
			same(
				decoder.decode(encoder.encode(fields)).map(([name, value]) => [name, value]),
				fields,
				'the fields',
			);
		}
	},

	async 'hpack refuses a bad block'() {
		using decoder = new Decoder();
		await failure(
			(async () => decoder.decode(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)))(),
			HPACKDecodingError,
		);
	},

	async 'frames are read as they were written'() {
		const writer = new FrameWriter();
		using reader = new FrameReader();
		const bytes = writer.write({
			type: FrameType.DATA,
			streamId: 1,
			data: fromHex('0102'),
			padding: 3,
			endStream: true,
		});
		const read: unknown[] = [];
		for (const byte of bytes) for (const frame of reader.read(Uint8Array.of(byte))) read.push(frame);
		const [frame] = read as { data: Uint8Array; padding: number; endStream: boolean }[];
		same([read.length, frame?.padding, frame?.endStream], [1, 3, true], 'the frame');
		sameBytes(frame?.data ?? new Uint8Array(0), fromHex('0102'));
	},

	async 'frames are explained'() {
		const bytes = new FrameWriter().write({ type: FrameType.RST_STREAM, streamId: 5, errorCode: ErrorCode.CANCEL });
		same(explain(bytes), 'RST_STREAM <length=4, flags=0x00, stream=5> error=CANCEL', 'the text');
	},

	async 'error codes are described'() {
		same(describeErrorCode(8), 'CANCEL (0x8): stream cancelled', 'the text');
		same(typeof version, 'string', 'the type of the version');
	},

	async 'onFrame gets the frames of a connection'(peers) {
		const lines: string[] = [];
		const onFrame = (event: FrameEvent): void => void lines.push(formatFrameLine(event));
		await using connection = plain2.connect(peers, { onFrame });
		await textOf(connection, '/early');
		for (const type of ['SETTINGS', 'HEADERS', 'DATA']) {
			same(
				lines.some((line) => line.includes(type)),
				true,
				`whether there is ${type} in ${lines.join('\n')}`,
			);
		}
	},

	async 'traceFrames gets the frames of all connections'(peers) {
		let count = 0;
		const stop = traceFrames(() => count++);
		await using connection = plain2.connect(peers);
		await textOf(connection, '/early');
		stop();
		same(count > 4, true, `whether ${count} frames are all`);
	},

	...forBoth('a logger gets a line for what happens', async (carrier, peers) => {
		const lines: string[] = [];
		await using connection = carrier.connect(peers, {
			logger: { info: (line) => lines.push(line.replace(/^#\d+( stream \d+)?: /, '')) },
		});
		await textOf(connection, '/early');
		const [opened, asked, answered] = lines;
		same([lines.length, opened?.endsWith(carrier.version), answered], [3, true, '200'], 'the lines');
		same(asked?.endsWith('/early'), true, `whether the path is in ${asked}`);
	}),

	...forBoth('channels publish responses', async (carrier, peers) => {
		const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
		const statuses: unknown[] = [];
		const listener = (message: unknown): void => void statuses.push((message as { status: number }).status);
		subscribe('hyper-wasm:response', listener);
		await using connection = carrier.connect(peers);
		await textOf(connection, '/early');
		unsubscribe('hyper-wasm:response', listener);
		same(statuses, [200], 'the statuses');
	}),

	async 'a scripted peer follows its script'() {
		const peer = new ScriptedPeer();
		await using connection = new HTTP20Connection('localhost', { transport: peer.transport });
		const pending = connection.roundTrip('GET', '/path');
		await peer.handshake({ maxConcurrentStreams: 10 });
		const { streamId } = await peer.expect('HEADERS', { fields: { ':path': '/path' }, endStream: true });
		peer.send.headers(streamId, { ':status': '200' });
		peer.send.data(streamId, 'half');
		peer.send.rstStream(streamId, ErrorCode.INTERNAL_ERROR);
		const error = await failure((await pending).text(), StreamResetError);
		same(error.frames?.map(({ type }) => type).at(-1), FrameType.RST_STREAM, 'the last frame of the error');
	},

	async 'a transport pair carries bytes both ways'() {
		const [near, far] = createTransportPair({ chunkSize: 2 });
		const writer = near.writable.getWriter();
		void writer.write(fromHex('010203')).then(() => writer.close());
		const received: number[] = [];
		const reader = far.readable.getReader();
		for (let next = await reader.read(); !next.done; next = await reader.read()) received.push(...next.value);
		same(received, [1, 2, 3], 'the bytes');
	},

	async 'a header map keeps lines and splits lists'() {
		const headers = new HTTPHeaderMap([['Accept', 'text/html, text/plain']]);
		headers.append('accept', 'image/png');
		same(headers.get('ACCEPT'), ['text/html', 'text/plain', 'image/png'], 'the values');
		same(new HTTPHeaderMap(new Headers({ 'x-name': 'value' })).getRaw('x-name'), ['value'], 'the value');
	},

	async 'the printed form of an error has its frames'({ http2 }) {
		const { inspect } = await import('node:util');
		await using connection = new HTTP20Connection(local(http2));
		const error = await failure(connection.roundTrip('GET', '/reset/2'), HyperError);
		same(/RST_STREAM/.test(inspect(error)), true, `whether RST_STREAM is in ${inspect(error)}`);
	},

	...forBoth('a request keeps the async context of its caller', async (carrier, peers) => {
		const { AsyncLocalStorage } = await import('node:async_hooks');
		const storage = new AsyncLocalStorage<string>();
		await using connection = carrier.connect(peers);
		await Promise.all(
			['first', 'second'].map((name) =>
				storage.run(name, async () => {
					await textOf(connection, '/early');
					same(storage.getStore(), name, 'the store');
				}),
			),
		);
	}),
};

/** The exchange in both versions, without TLS. */
function forBoth(name: string, run: (carrier: Carrier, peers: Peers) => Promise<void>): Exchanges {
	return Object.fromEntries(
		[plain1, plain2].map((carrier) => [`${name} in ${carrier.name}`, (peers: Peers) => run(carrier, peers)]),
	);
}
