// What breaks: answers that violate the protocol, streams that are reset, connections that end.

import {
	ConnectError,
	ConnectionResetError,
	HPACKDecodingError,
	HTTP11Connection,
	HTTP20Connection,
	HyperError,
	InvalidResponseError,
	ProtocolError,
	StreamResetError,
} from 'hyper-wasm';
import type { Peers } from '../peers/peers.ts';
import { ask, type Exchange, type Exchanges, failure, local, newKey, same, seen, textOf } from './support.ts';

type Kind = new (...given: never[]) => Error;

/** A request of HTTP/1.1 that fails, before or in its content. */
function fails1(path: string, kind: Kind, options = {}): Exchange {
	return async ({ script1 }) => {
		await using connection = new HTTP11Connection(local(script1), options);
		await failure(textOf(connection, path), kind);
	};
}

function answers1(path: string, text: string, options = {}): Exchange {
	return async ({ script1 }) => {
		await using connection = new HTTP11Connection(local(script1), options);
		same(await textOf(connection, path), text, 'the text');
	};
}

function answers2(path: string, text: string): Exchange {
	return async ({ script2 }) => {
		await using connection = new HTTP20Connection(local(script2));
		same(await textOf(connection, `${path}?key=${newKey()}`), text, 'the text');
	};
}

async function errorOf<Kind extends Error>(
	{ script2 }: Peers,
	path: string,
	kind: new (...given: never[]) => Kind,
): Promise<Kind> {
	await using connection = new HTTP20Connection(local(script2));
	return await failure(textOf(connection, path), kind);
}

export const failures: Exchanges = {
	'a request that GOAWAY leaves behind is sent again': answers2('/goaway', 'from the second connection'),
	'a request that is refused is sent again': answers2('/refuse', 'after a refusal'),
	'a misdirected request is sent again elsewhere': answers2('/misdirected', 'from the second connection'),
	'padding, CONTINUATION and unknown frames': answers2('/odd', 'padded'),

	async 'a response goes on behind GOAWAY, and the next request elsewhere'({ script2 }) {
		await using connection = new HTTP20Connection(local(script2));
		const path = `/goaway-within?key=${newKey()}`;
		same(await textOf(connection, path), 'before, behind', 'the first text');
		same(await textOf(connection, path), 'from the second connection', 'the second text');
	},

	async 'RST_STREAM ends a response, and has the last frames'(peers) {
		const error = await errorOf(peers, '/reset', StreamResetError);
		same([error.initiator, error.errorCode, error.code], ['remote', 2, 'HYPER_STREAM_RESET'], 'the error');
		const last = error.frames?.filter(({ streamId }) => streamId === error.streamId).map(({ type }) => type);
		same(last, [1, 1, 0, 3], 'the types of the last frames of the stream');
	},

	async 'the connection goes on behind RST_STREAM'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		const { errorCode } = await failure(connection.roundTrip('GET', '/reset/11'), StreamResetError);
		same(errorCode, 11, 'the code');
		same(await textOf(connection, '/early'), 'final', 'the next response');
	},

	async 'a connection that ends within a response of HTTP/2'(peers) {
		const error = await errorOf(peers, '/cut', ConnectionResetError);
		same([error.retryable, (error.frames?.length ?? 0) > 0], [false, true], 'the error');
	},

	async 'DATA on stream 0 is a ProtocolError, and the server gets GOAWAY'(peers) {
		const key = newKey();
		same((await errorOf(peers, `/data-on-stream-0?key=${key}`, ProtocolError)).errorCode, 1, 'the code');
		same(await seen(peers, key), '1', 'the code in GOAWAY');
	},

	async 'a field block that cannot be decoded is an HPACKDecodingError'(peers) {
		same((await errorOf(peers, '/bad-field-block', HPACKDecodingError)).errorCode, 9, 'the code');
	},

	async 'a push that was not allowed is a ProtocolError'(peers) {
		same((await errorOf(peers, '/push', ProtocolError)).errorCode, 1, 'the code');
	},

	async 'less content than content-length is a stream error'(peers) {
		same((await errorOf(peers, '/short', StreamResetError)).initiator, 'local', 'the initiator');
	},

	async 'too many 1xx responses are a stream error'(peers) {
		same((await errorOf(peers, '/hints', StreamResetError)).initiator, 'local', 'the initiator');
	},

	async 'too many fields are a stream error'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { limits: { headerFields: 10 } });
		await failure(connection.roundTrip('GET', '/fields/20'), StreamResetError);
		same(await textOf(connection, '/early'), 'final', 'the next response');
	},

	async 'an early answer in HTTP/2 ends the upload'({ script2 }) {
		await using connection = new HTTP20Connection(local(script2));
		const endless = (async function* () {
			for (;;) yield new Uint8Array(10_000);
		})();
		await ask(connection, 'POST', '/answer-early', { body: endless }, 403);
	},

	async 'an early answer in HTTP/1.1 ends the upload'({ script1 }) {
		await using connection = new HTTP11Connection(local(script1));
		const endless = (async function* () {
			for (;;) yield new Uint8Array(10_000);
		})();
		const response = await ask(connection, 'POST', '/answer-early', { body: endless }, 403);
		same(await response.text(), 'no', 'the text');
	},

	async 'a request whose expectation is refused is sent again without it'({ script1 }) {
		await using connection = new HTTP11Connection(local(script1));
		const headers = { expect: '100-continue' };
		const response = await ask(connection, 'POST', `/417?key=${newKey()}`, { headers, body: 'content' });
		same(await response.text(), 'content', 'the echo');
	},

	async 'a source that fails ends its request in HTTP/2'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		const reason = new Error('no more');
		const body = failingBody(reason);
		const error = await failure(ask(connection, 'POST', '/request', { body }), StreamResetError);
		same(error.cause === reason, true, `whether the cause of ${error} is the error of the source`);
		same(await textOf(connection, '/early'), 'final', 'the next response');
	},

	async 'a source that fails ends its request in HTTP/1.1'({ http1 }) {
		await using connection = new HTTP11Connection(local(http1));
		const reason = new Error('no more');
		const error = await failure(ask(connection, 'POST', '/request', { body: failingBody(reason) }), HyperError);
		same(error.cause === reason, true, `whether the cause of ${error} is the error of the source`);
		same(await textOf(connection, '/early'), 'final', 'the next response');
	},

	'a connection that ends within a response of HTTP/1.1': fails1('/cut', ConnectionResetError),
	'a connection that ends before a response of HTTP/1.1': fails1('/drop', ConnectionResetError),
	'a response that is not HTTP/1.1': fails1('/invalid', InvalidResponseError),
	'a head of HTTP/1.1 that is too large': fails1('/large-head', InvalidResponseError),
	'content that ends with the connection': answers1('/until-close', 'until the end'),
	'a folded field and equal lengths': answers1('/odd', 'odd'),
	'lines of LF are read leniently': answers1('/broken', 'broken', { lenient: true }),
	'lines of LF are refused otherwise': fails1('/broken', InvalidResponseError),
	'a response in packets of one byte': answers1('/slowly', 'slowly'),

	async 'chunks with extensions and trailers'({ script1 }) {
		await using connection = new HTTP11Connection(local(script1));
		const response = await ask(connection, 'GET', '/chunks');
		same(await response.text(), 'first second', 'the text');
		same([...(await response.trailers)], [['x-trailer', 'yes']], 'the trailers');
	},

	async 'a refused port is a ConnectError'({ closed }) {
		await using connection = new HTTP20Connection(local(closed));
		const { code, retryable, message } = await failure(connection.roundTrip('GET', '/'), ConnectError);
		same([code, retryable], ['HYPER_CONNECT', false], 'the error');
		same(message.startsWith(`Cannot connect to 127.0.0.1:${closed}: `), true, `whether ${message} says where`);
	},

	async 'a refused port is named as such'({ closed }) {
		await using connection = new HTTP20Connection(local(closed));
		const { message } = await failure(connection.roundTrip('GET', '/'), ConnectError);
		same(message, `Cannot connect to 127.0.0.1:${closed}: connection refused`, 'the message');
	},

	async 'a name that does not exist is a ConnectError'() {
		await using connection = new HTTP20Connection('http://does-not-exist.invalid:1');
		await failure(connection.roundTrip('GET', '/'), ConnectError);
	},

	async 'mistakes are TypeErrors before anything is dialled'({ closed }) {
		await using connection = new HTTP20Connection(local(closed));
		await failure(connection.roundTrip('GET', 'no-slash'), TypeError);
		await failure(connection.roundTrip('GET', '/', { headers: { 'a b': 'c' } }), TypeError);
		await failure(connection.roundTrip('GET', '/', { body: 5 as never }), TypeError);
		await failure((async () => new HTTP20Connection('localhost', { tiemout: {} } as never))(), TypeError);
		same(connection.state, 'idle', 'the state of the connection');
	},
};

async function* failingBody(reason: Error): AsyncGenerator<Uint8Array> {
	yield new Uint8Array(10_000);
	throw reason;
}
