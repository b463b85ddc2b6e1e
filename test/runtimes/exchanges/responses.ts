// Responses: their forms, and every way to read them.

import { type DispatchControl, HTTP20Connection, LocalProtocolError, StreamResetError } from 'hyper-wasm';
import { pattern } from '../peers/pattern.ts';
import { ask, type Exchanges, failure, local, overEach, PLAIN, same, sameBytes, textOf } from './support.ts';

const CONTENT = pattern(100_001);

export const responses: Exchanges = {
	...overEach('GET 100,001 bytes', async (connection) => {
		const response = await ask(connection, 'GET', '/bytes/100001');
		same(response.headers.get('content-length'), ['100001'], 'content-length');
		sameBytes(await response.bytes(), CONTENT);
	}),

	...overEach('GET content of unknown length', async (connection) => {
		const response = await ask(connection, 'GET', '/pieces/100001');
		same(response.headers.get('content-length'), [], 'content-length');
		sameBytes(await response.bytes(), CONTENT);
	}),

	...overEach('GET 10 MiB', async (connection) => {
		const length = 10 * 1024 * 1024;
		sameBytes(await (await ask(connection, 'GET', `/pieces/${length}`)).bytes(), pattern(length));
	}),

	...overEach('HEAD', async (connection) => {
		const response = await ask(connection, 'HEAD', '/bytes/100001');
		same(response.headers.get('content-length'), ['100001'], 'content-length');
		same((await response.bytes()).length, 0, 'the length of the content');
		// Content in a response to HEAD would be read as the next response.
		same(await textOf(connection, '/early'), 'final', 'the next response');
	}),

	...overEach(
		'204 and 304 have no content',
		async (connection) => {
			for (const status of [204, 304]) {
				const response = await ask(connection, 'GET', `/status/${status}`, {}, status);
				same((await response.bytes()).length, 0, 'the length of the content');
			}
			same(await textOf(connection, '/early'), 'final', 'the next response');
		},
		PLAIN,
	),

	...overEach('trailers of a response', async (connection) => {
		const response = await ask(connection, 'GET', '/trailers');
		same(await response.text(), 'before the trailers', 'the text');
		same([...(await response.trailers)], [['x-trailer', 'yes']], 'the trailers');
	}),

	...overEach(
		'trailers of a response that is not read',
		async (connection) => {
			const response = await ask(connection, 'GET', '/trailers');
			same([...(await response.trailers)], [['x-trailer', 'yes']], 'the trailers');
			same(await response.text(), 'before the trailers', 'the text');
		},
		PLAIN,
	),

	...overEach('103 Early Hints', async (connection) => {
		const called: number[] = [];
		const response = await ask(connection, 'GET', '/early', { onInformational: (status) => called.push(status) });
		same(await response.text(), 'final', 'the text');
		const hints = response.informational.map(({ status, headers }) => [status, headers.get('link')]);
		same(hints, [[103, ['</style.css>; rel=preload']]], 'the informational responses');
		same(called, [103], 'the statuses of onInformational');
	}),

	...overEach(
		'100 fields in a response',
		async (connection) => {
			const { headers } = await ask(connection, 'GET', '/fields/100');
			same([headers.get('x-field-0'), headers.get('x-field-99')], [['value 0'], ['value 99']], 'the fields');
		},
		PLAIN,
	),

	...overEach(
		'a large field of a request',
		async (connection) => {
			const value = 'x'.repeat(8_000);
			const response = await ask(connection, 'GET', '/request', { headers: { 'x-large': value } });
			const { headers } = (await response.json()) as { headers: Record<string, string> };
			same(headers['x-large'], value, 'the field');
		},
		PLAIN,
	),

	...overEach(
		'read takes exact amounts',
		async (connection) => {
			const response = await ask(connection, 'GET', '/pieces/100001');
			sameBytes(await response.read(10), CONTENT.subarray(0, 10));
			sameBytes(await response.read(50_000), CONTENT.subarray(10, 50_010));
			sameBytes(await response.read(), CONTENT.subarray(50_010));
			same((await response.read(1)).length, 0, 'what is left');
		},
		PLAIN,
	),

	...overEach(
		'readChunked yields all content',
		async (connection) => {
			const response = await ask(connection, 'GET', '/pieces/100001');
			const pieces: Uint8Array[] = [];
			for await (const piece of response.readChunked()) pieces.push(piece.slice());
			sameBytes(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()), CONTENT);
		},
		PLAIN,
	),

	...overEach(
		'iteration yields all content',
		async (connection) => {
			const pieces: Uint8Array[] = [];
			for await (const piece of await ask(connection, 'GET', '/pieces/100001')) pieces.push(piece.slice());
			sameBytes(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()), CONTENT);
		},
		PLAIN,
	),

	...overEach(
		'body is a ReadableStream',
		async (connection) => {
			const { body } = await ask(connection, 'GET', '/pieces/100001');
			sameBytes(
				new Uint8Array(await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
				CONTENT,
			);
		},
		PLAIN,
	),

	...overEach(
		'json parses the content',
		async (connection, { version }) => {
			const response = await ask(connection, 'PUT', '/request?a=%20b', { headers: { 'x-name': 'value' } });
			const { httpVersion, method, url, headers } = (await response.json()) as Record<string, string> & {
				headers: Record<string, string>;
			};
			same(
				[`HTTP/${Number(httpVersion)}`, method, url, headers['x-name']],
				[version, 'PUT', '/request?a=%20b', 'value'],
				'the request',
			);
		},
		PLAIN,
	),

	...overEach(
		'a status of 404 is a response',
		async (connection) => {
			const response = await ask(connection, 'GET', '/nowhere', {}, 404);
			same([response.ok, await response.text()], [false, 'no such answer'], 'the response');
		},
		PLAIN,
	),

	...overEach(
		'timings are in order',
		async (connection) => {
			const response = await ask(connection, 'GET', '/bytes/10');
			await response.bytes();
			const { queued, dialled, sent, firstByte, end } = response.timings;
			const times = [queued, dialled, sent, firstByte, end];
			same(
				times.every((time, i) => typeof time === 'number' && time >= (times[i - 1] ?? 0)),
				true,
				`the order of ${times}`,
			);
		},
		PLAIN,
	),

	...overEach('closing a response early leaves the connection usable', async (connection) => {
		const response = await ask(connection, 'GET', '/stall/1000');
		sameBytes(await response.read(100), CONTENT.subarray(0, 100));
		await response.close();
		same(await textOf(connection, '/early'), 'final', 'the next response');
	}),

	...overEach(
		'two reads at once are a mistake',
		async (connection) => {
			const response = await ask(connection, 'GET', '/stall/1000');
			sameBytes(await response.read(1_000), pattern(1_000));
			const pending = response.read(1);
			await failure(response.read(1), LocalProtocolError);
			await response.close();
			await failure(pending, Error);
		},
		PLAIN,
	),

	...overEach(
		'dispatch delivers a response by calls',
		async (connection, { version }) => {
			const calls: string[] = [];
			let length = 0;
			await new Promise<void>((resolve, reject) => {
				connection.dispatch(
					{ method: 'GET', path: '/trailers' },
					{
						onStart: () => calls.push('start'),
						onHead: (head) => calls.push(`head ${head.version} ${head.status}`),
						onContent: (bytes) => {
							length += bytes.length;
						},
						onTrailers: (trailers) => calls.push(`trailers ${trailers.get('x-trailer')}`),
						onEnd: () => resolve(),
						onError: reject,
					},
				);
			});
			same([calls.join(), length], [`start,head ${version} 200,trailers yes`, 19], 'the calls');
		},
		PLAIN,
	),

	...overEach(
		'a paused dispatch keeps its content',
		async (connection) => {
			const pieces: Uint8Array[] = [];
			await new Promise<void>((resolve, reject) => {
				const control: DispatchControl = connection.dispatch(
					{ method: 'GET', path: '/pieces/100001' },
					{
						onContent: (bytes) => {
							pieces.push(bytes.slice());
							control.pause();
							setTimeout(() => control.resume(), 1);
						},
						onEnd: () => resolve(),
						onError: reject,
					},
				);
			});
			sameBytes(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()), CONTENT);
		},
		PLAIN,
	),

	async 'a stream that is closed early is reset, and its read rejects'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		const response = await ask(connection, 'GET', '/stall/0');
		const read = response.bytes();
		await response.close();
		const error = await failure(read, StreamResetError);
		same([error.initiator, error.errorCode], ['local', 8], 'the error');
	},
};
