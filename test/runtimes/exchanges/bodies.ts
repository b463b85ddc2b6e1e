// Every kind of request body, in both versions and over TLS.

import type { RequestBodyInit } from 'hyper-wasm';
import { pattern } from '../peers/pattern.ts';
import {
	type AnyConnection,
	ask,
	CARRIERS,
	type Carrier,
	type Exchanges,
	overEach,
	same,
	sameBytes,
} from './support.ts';

/** Larger than a DATA frame and than the window that HTTP/2 starts with, and not a multiple of either. */
const CONTENT = pattern(100_001);

/** How each body is made. It must arrive as CONTENT. */
const BODIES: Readonly<Record<string, () => RequestBodyInit | Promise<RequestBodyInit>>> = {
	'a Uint8Array': () => CONTENT,
	'an ArrayBuffer': () => CONTENT.buffer,
	'a DataView': () => new DataView(CONTENT.buffer),
	'a Blob': () => new Blob([CONTENT]),
	'a ReadableStream': () => new Blob([CONTENT]).stream(),
	'a ReadableStream that is pulled': () => {
		const source = pieces();
		return new ReadableStream<Uint8Array>({
			async pull(controller) {
				const { done, value } = await source.next();
				if (done) controller.close();
				else controller.enqueue(value);
			},
		});
	},
	'a Node Readable': async () => (await import('node:stream')).Readable.from(pieces(), { objectMode: false }),
	'a Node PassThrough': async () => {
		const { PassThrough, Readable } = await import('node:stream');
		return Readable.from(pieces(), { objectMode: false }).pipe(new PassThrough());
	},
	'an old stream': async () => {
		const { EventEmitter } = await import('node:events');
		const stream = Object.assign(new EventEmitter(), { pause() {}, resume() {} });
		setTimeout(async () => {
			for await (const piece of pieces()) stream.emit('data', piece);
			stream.emit('end');
		}, 1);
		return stream;
	},
	'an async iterable': () => pieces(),
	'an iterable': () => arrays(),
	'an array': () => [...arrays()],
};

async function* pieces(): AsyncGenerator<Uint8Array> {
	for (const piece of arrays()) {
		yield piece;
		await new Promise((resolve) => setTimeout(resolve, 0));
	}
}

function* arrays(): Generator<Uint8Array> {
	for (let at = 0; at < CONTENT.length; at += 9_999) yield CONTENT.subarray(at, at + 9_999);
}

/** HTTP/1.1 and HTTP/2 in plaintext differ in how content is framed; TLS only in how it is carried. */
const PLAIN: readonly Carrier[] = CARRIERS.filter(({ name }) => !name.endsWith('TLS'));

async function sendsByHand(connection: AnyConnection): Promise<void> {
	const handle = connection.putRequest('POST', '/echo');
	connection.putHeader('x-name', 'value', handle);
	const id = await connection.endHeaders({}, handle);
	for (const piece of arrays()) await connection.send(piece, {}, id);
	await connection.send('', { final: true }, id);
	sameBytes(await (await connection.getResponse(id)).bytes(), CONTENT);
}

async function sendsForm(connection: AnyConnection): Promise<void> {
	const body = new FormData();
	body.set('name', 'Grüße');
	body.set('file', new Blob([CONTENT]), 'content.bin');
	const response = await ask(connection, 'POST', '/echo', { body });
	const received = (await response.bytes()) as Uint8Array<ArrayBuffer>;
	const text = new TextDecoder('latin1').decode(received.subarray(0, 200));
	const type = `multipart/form-data; boundary=${text.slice(2, text.indexOf('\r\n'))}`;
	const parsed = await new Response(received, { headers: { 'content-type': type } }).formData();
	same(parsed.get('name'), 'Grüße', 'the field of the form');
	sameBytes(new Uint8Array(await (parsed.get('file') as File).arrayBuffer()), CONTENT);
}

async function hasFields(connection: AnyConnection, body: RequestBodyInit | null): Promise<Record<string, string>> {
	const response = await ask(connection, 'POST', '/request', { body });
	return ((await response.json()) as { headers: Record<string, string> }).headers;
}

export const bodies: Exchanges = {
	...overEach('POST a string', async (connection) => {
		const response = await ask(connection, 'POST', '/echo', { body: 'Grüße aus München' });
		same(await response.text(), 'Grüße aus München', 'the echo');
	}),

	...Object.assign(
		{},
		...Object.entries(BODIES).map(([kind, make]) =>
			overEach(
				`POST ${kind}`,
				async (connection) => {
					const response = await ask(connection, 'POST', '/echo', { body: await make() });
					sameBytes(await response.bytes(), CONTENT);
				},
				PLAIN,
			),
		),
	),

	...overEach('POST a form', sendsForm, PLAIN),

	...overEach(
		'POST URLSearchParams',
		async (connection) => {
			const response = await ask(connection, 'POST', '/echo', { body: new URLSearchParams({ a: '1 & 2', b: 'ü' }) });
			same(await response.text(), 'a=1+%26+2&b=%C3%BC', 'the echo');
		},
		PLAIN,
	),

	...overEach('POST by send, piece by piece', sendsByHand),

	...overEach(
		'POST without content',
		async (connection) => {
			same((await hasFields(connection, null))['content-length'], '0', 'content-length');
			same((await hasFields(connection, ''))['content-length'], '0', 'content-length');
		},
		PLAIN,
	),

	...overEach(
		'a body of known length announces it',
		async (connection) => {
			for (const body of [CONTENT, new Blob([CONTENT]), [...arrays()]]) {
				same((await hasFields(connection, body))['content-length'], '100001', 'content-length');
			}
			same((await hasFields(connection, pieces()))['content-length'], undefined, 'content-length');
		},
		PLAIN,
	),

	...overEach(
		'trailers of a request',
		async (connection) => {
			const response = await ask(connection, 'POST', '/request', {
				headers: { trailer: 'x-sent' },
				body: pieces(),
				trailers: () => ({ 'x-sent': 'here' }),
			});
			const { trailers, length } = (await response.json()) as { trailers: object; length: number };
			same([trailers, length], [{ 'x-sent': 'here' }, CONTENT.length], 'what arrived');
		},
		PLAIN,
	),

	...overEach('POST 8 MiB', async (connection) => {
		const content = pattern(8 * 1024 * 1024);
		const response = await ask(connection, 'POST', '/echo', { body: content });
		sameBytes(await response.bytes(), content);
	}),
};
