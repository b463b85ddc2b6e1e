// Invalid requests fail alike on every connection and by every way to send, before anything is dialled; unusual but valid
// ones arrive unchanged, on both versions.

import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import {
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	HTTPHeaderMap,
	LocalProtocolError,
	type RequestOptions,
} from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { lines, OK } from '../support/http11.ts';
import { join } from '../support/offline.ts';
import { RawServer } from '../support/raw-server.ts';

type Connection = HTTPConnection | HTTP20Connection | HTTP11Connection;
type Headers = readonly (readonly [string, string])[];

interface Request {
	method?: string;
	path?: string;
	headers?: Headers;
	body?: unknown;
	/** What only requests in one call can have. */
	options?: Record<string, unknown>;
}

type Row = [what: string, request: Request, message: RegExp, type?: typeof TypeError];

const NOT_A_PATH = /^"[^"]*" is not a path: it must begin with a slash and contain no spaces or control characters$/;

const MISTAKES: Row[] = [
	// The method.
	...['', 'GE T', 'GET ', 'G\rT', 'G"T', 'GÉT', 'GET\n', 'a:b'].map(
		(method): Row => [`the method ${JSON.stringify(method)}`, { method }, /is not a method: it must be a token$/],
	),
	['a method that is no string', { method: 5 as never }, /^Method must be a string, not a number$/],
	['the bad method of a field', { headers: [[':method', 'a b']] }, /is not a method: it must be a token$/],
	// The path.
	...[
		'',
		'elsewhere',
		'https://a/',
		'/a b',
		'/a ',
		' /a',
		'/a\tb',
		'/\r\nX: y',
		'/\0',
		'/\x7f',
		'/a#b\n',
		'#a',
		'*a',
	].map((path): Row => [`the path ${JSON.stringify(path)}`, { path }, NOT_A_PATH]),
	['a path that is no string', { path: new URL('https://a/') as never }, /^Path must be a string, not an object$/],
	['the bad path of a field', { headers: [[':path', '/ x']] }, NOT_A_PATH],
	['the path of OPTIONS for GET', { path: '*' }, /^Cannot send GET with the path \*: only OPTIONS may have it$/],
	// The rest of the target.
	...['', 'a b', 'a/b', 'u@a', 'a?b', 'a#b', 'a\\b'].flatMap((authority): Row[] => [
		[`the host ${JSON.stringify(authority)}`, { headers: [['Host', authority]] }, /is not a host and port$/],
		[`the authority ${JSON.stringify(authority)}`, { headers: [[':authority', authority]] }, /is not a host and port$/],
	]),
	['a scheme with a blank', { headers: [[':scheme', 'ht tp']] }, /^"ht tp" is not a scheme$/],
	[
		'two fields named Host',
		{
			headers: [
				['host', 'a'],
				['Host', 'a'],
			],
		},
		/^Cannot send the field Host twice$/,
	],
	[
		'a pseudo-header field twice',
		{
			headers: [
				[':path', '/a'],
				[':path', '/a'],
			],
		},
		/^Cannot send the field :path twice$/,
	],
	...[':status', ':unknown'].map(
		(name): Row => [
			name,
			{ headers: [[name, '200']] },
			/^Cannot send :\w+: a request has no such pseudo-header field$/,
		],
	),
	// CONNECT.
	['CONNECT to nothing', { method: 'CONNECT' }, /^Cannot send CONNECT to "\/": it is not a host and port$/],
	[
		'CONNECT without a port',
		{ method: 'connect', path: 'a' },
		/^Cannot send CONNECT to "a": it is not a host and port$/,
	],
	[
		'CONNECT with a path',
		{ method: 'CONNECT', path: 'a:1', headers: [[':path', '/']] },
		/^Cannot send :path with CONNECT$/,
	],
	[
		'CONNECT with a scheme',
		{ method: 'CONNECT', path: 'a:1', headers: [[':scheme', 'https']] },
		/^Cannot send :scheme with CONNECT$/,
	],
	[
		'a protocol without CONNECT',
		{ headers: [[':protocol', 'websocket']] },
		/^Cannot send :protocol with GET: only CONNECT may have it$/,
	],
	['a protocol that is none', { method: 'CONNECT', headers: [[':protocol', 'a b']] }, /^"a b" is not a protocol/],
	['an extended CONNECT without a path', { method: 'CONNECT', path: 'a:1', headers: [[':protocol', 'a']] }, NOT_A_PATH],
	// Fields.
	...['', 'x a', 'x:', 'ü', 'x\n', ':'].map(
		(name): Row => [
			`the name ${JSON.stringify(name)}`,
			{ headers: [[name, '1']] },
			/is not a field name: it must be a token$/,
		],
	),
	...['a\nb', 'a\r', '\0', '\x01', 'a\x7f', '\u0100', '\n '].map(
		(value): Row => [
			`the value ${JSON.stringify(value)}`,
			{ headers: [['x-a', value]] },
			/^The value of x-a has U\+\w{4} at position \d: /,
		],
	),
	[
		'a value that is no string',
		{ headers: [['x-a', 5 as never]] },
		/^The value of x-a must be a string, not a number$/,
	],
	...['gzip', 'gzip, chunked', 'identity', ''].map(
		(coding): Row => [
			`transfer-encoding: ${coding}`,
			{ headers: [['Transfer-Encoding', coding]] },
			/^Cannot send transfer-encoding ".*": only chunked is supported$/,
		],
	),
	// Content.
	...['1x', '', '-1', '1, 1', '0x1', '1000000000000000'].map(
		(length): Row => [
			`the content-length ${JSON.stringify(length)}`,
			{ method: 'POST', headers: [['content-length', length]], body: (function* () {})() },
			/is not a content-length$/,
		],
	),
	[
		'content-length twice',
		{
			method: 'POST',
			headers: [
				['content-length', '1'],
				['Content-Length', '1'],
			],
			body: 'x',
		},
		/^Cannot send the field content-length twice$/,
	],
	[
		'more content-length than body',
		{ method: 'POST', headers: [['content-length', '2']], body: 'x' },
		/^Cannot send a body of 1 bytes with content-length 2$/,
	],
	[
		'content-length without a body',
		{ headers: [['content-length', '2']] },
		/^Cannot send a body of 0 bytes with content-length 2$/,
	],
	['a body that is none', { method: 'POST', body: 5 }, /^Body must be /],
	// Options.
	...[
		'content-length',
		'Host',
		'te',
		'transfer-encoding',
		'trailer',
		'Connection',
		'keep-alive',
		'upgrade',
		':status',
		':path',
	].map(
		(name): Row => [
			`the trailer ${name}`,
			{ method: 'POST', options: { trailers: [[name, '1']] } },
			new RegExp(`^Cannot send ${name} as a trailer$`),
		],
	),
	[
		'a trailer with a bad value',
		{ method: 'POST', body: 'x', options: { trailers: [['a', 'b\n']] } },
		/^The value of a has U\+000A/,
	],
	[
		'a trailer with a control character',
		{ method: 'POST', options: { trailers: [['a', '\x02']] } },
		/^The value of a has U\+0002/,
	],
	[
		'a trailer with a bad name',
		{ method: 'POST', options: { trailers: [['a b', 'c']] } },
		/^"a b" is not a field name/,
	],
	['trailers that are none', { options: { trailers: null } }, /^trailers must be fields or a function, not null$/],
	[
		'headers that are none',
		{ options: { headers: null } },
		/^Header fields must be a map, a record or pairs, not null$/,
	],
	[
		'an urgency that is none',
		{ options: { priority: { urgency: 8 } } },
		/^priority.urgency is 8, but must be an integer from 0 to 7$/,
		RangeError,
	],
	[
		'a priority that is none',
		{ options: { priority: 'u=1' } },
		/^priority must be an object \{ urgency, incremental \}, not a string$/,
	],
	[
		'an incremental that is none',
		{ options: { priority: { incremental: 1 } } },
		/^priority.incremental must be true or false, not a number$/,
	],
	[
		'a callback that is none',
		{ options: { onInformational: {} } },
		/^onInformational must be a function, not an object$/,
	],
];

type Way = (
	conn: Connection,
	request: Required<Omit<Request, 'options'>> & { options: RequestOptions },
) => Promise<unknown>;

/** Throws at the call what `putHeader` throws there. */
async function endHeaders(conn: Connection, request: Parameters<Way>[1], final: boolean): Promise<unknown> {
	const handle = conn.putRequest(request.method, request.path);
	for (const [name, value] of request.headers) conn.putHeader(name, value, handle);
	return conn.endHeaders({ body: request.body as RequestOptions['body'], final }, handle);
}

const WAYS: Record<string, Way> = {
	roundTrip: (conn, { method, path, options }) => conn.roundTrip(method, path, options),
	request: (conn, { method, path, options }) => conn.request(method, path, options),
	'endHeaders with all of it': (conn, request) => endHeaders(conn, request, true),
	'endHeaders before send': (conn, request) => endHeaders(conn, request, false),
};

describe('invalid requests', () => {
	let server: RawServer;
	let connections: Connection[];
	before(async () => {
		server = await RawServer.start();
		const { origin } = server;
		connections = [new HTTP11Connection(origin), new HTTP20Connection(origin), new HTTPConnection(origin)];
	});
	after(() => Promise.all(connections.map((conn) => conn.close())));

	for (const [what, given, message, type = TypeError] of MISTAKES) {
		test(`${what} is a ${type.name} everywhere, and nothing is sent`, async () => {
			const { method = 'GET', path = '/', headers = [], body = null } = given;
			const options = { headers, body, ...given.options } as RequestOptions;
			const errors: Error[] = [];
			for (const [name, send] of Object.entries(WAYS)) {
				if (given.options !== undefined && name.startsWith('endHeaders')) continue;
				// Content that `send` adds later can still have the declared length.
				if (name === 'endHeaders before send' && /a body of/.test(message.source)) continue;
				for (const conn of connections) {
					const sent = send(conn, { method, path, headers, body, options });
					await assert.rejects(sent, (error: Error) => errors.push(error) > 0, `${name} on ${conn.constructor.name}`);
					assert.equal(conn.streams, 0);
				}
			}
			for (const error of errors) {
				assert.equal(error.constructor, type, error.stack);
				assert.match(error.message, message);
				assert.equal(error.message, errors[0]?.message);
			}
			await new Promise((resolve) => setTimeout(resolve, 5));
			assert.equal(server.connections.length, 0);
		});
	}

	test('fields of a header map that were never checked are checked before sending', async () => {
		const unchecked: [HTTPHeaderMap, RegExp][] = [
			[HTTPHeaderMap.fromFlat(['a b', 'c']), /is not a field name/],
			[HTTPHeaderMap.fromFlat(['a', 'b\nc']), /^The value of a has U\+000A/],
		];
		for (const conn of connections) {
			for (const [headers, message] of unchecked) {
				await assert.rejects(conn.roundTrip('GET', '/', { headers }), { name: 'TypeError', message });
				await assert.rejects(conn.roundTrip('GET', '/', { trailers: headers }), { name: 'TypeError', message });
			}
		}
		assert.equal(server.connections.length, 0);
	});

	test('a request that only HTTP/2 can send is a LocalProtocolError on a connection that speaks HTTP/1.1', async () => {
		const requests = [
			{ method: 'CONNECT', path: 'a:1', headers: [], body: null, options: {} },
			{ method: 'CONNECT', path: '/', headers: [[':protocol', 'websocket']], body: null },
		] as const;
		for (const request of requests) {
			const options = { headers: request.headers };
			for (const send of Object.values(WAYS)) {
				await assert.rejects(send(connections[0] as Connection, { ...request, options }), LocalProtocolError);
			}
		}
		assert.equal(server.connections.length, 0);
	});
});

interface Arrival {
	method?: string;
	path?: string;
	options?: RequestOptions;
	/** The request line and the fields after Host, without `Connection`. */
	http11: [line: string, ...fields: string[]];
	/** All fields but `:scheme`. */
	http20: string[];
}

const ARRIVALS: Record<string, Arrival> = {
	'a path with letters of any script': {
		path: '/日本?q=ü&r=%20',
		http11: ['GET /%E6%97%A5%E6%9C%AC?q=%C3%BC&r=%20 HTTP/1.1'],
		http20: [':method: GET', ':authority: HOST', ':path: /%E6%97%A5%E6%9C%AC?q=%C3%BC&r=%20'],
	},
	'a path with a fragment': {
		path: '/page?a=b#part',
		http11: ['GET /page?a=b HTTP/1.1'],
		http20: [':method: GET', ':authority: HOST', ':path: /page?a=b'],
	},
	'a path that is a query alone': {
		path: '?q',
		http11: ['GET /?q HTTP/1.1'],
		http20: [':method: GET', ':authority: HOST', ':path: /?q'],
	},
	'a path with what no URL has to encode': {
		path: `/;,:@&=+$-_.!~*'()[]{}|"^\``,
		http11: [`GET /;,:@&=+$-_.!~*'()[]{}|"^\` HTTP/1.1`],
		http20: [':method: GET', ':authority: HOST', `:path: /;,:@&=+$-_.!~*'()[]{}|"^\``],
	},
	'OPTIONS for the whole server': {
		method: 'options',
		path: '*',
		http11: ['OPTIONS * HTTP/1.1'],
		http20: [':method: OPTIONS', ':authority: HOST', ':path: *'],
	},
	'a method of its own': {
		method: 'x!y',
		options: { body: 'abc' },
		http11: ['X!Y / HTTP/1.1', 'Content-Length: 3'],
		http20: [':method: X!Y', ':authority: HOST', ':path: /', 'content-length: 3'],
	},
	'pseudo-header fields of the caller': {
		options: { headers: { ':method': 'put', ':path': '/ü', 'content-length': '0' } },
		http11: ['PUT /%C3%BC HTTP/1.1', 'Content-Length: 0'],
		http20: [':method: PUT', ':authority: HOST', ':path: /%C3%BC', 'content-length: 0'],
	},
	'fields in their order, without blanks around values': {
		options: {
			headers: [
				['X-A', ' 1\t'],
				['x-b', '\xe9\ta'],
				['X-A', ''],
			],
		},
		http11: ['GET / HTTP/1.1', 'X-A: 1', 'x-b: \xe9\ta', 'X-A: '],
		http20: [':method: GET', ':authority: HOST', ':path: /', 'x-a: 1', 'x-b: \xe9\ta', 'x-a: '],
	},
	'a field of one hop': {
		options: { headers: { 'Keep-Alive': '1', TE: 'trailers, gzip', 'x-a': '1' } },
		http11: ['GET / HTTP/1.1', 'Keep-Alive: 1', 'TE: trailers, gzip', 'x-a: 1'],
		http20: [':method: GET', ':authority: HOST', ':path: /', 'te: trailers', 'x-a: 1'],
	},
	'a priority': {
		options: { priority: { urgency: 0, incremental: true } },
		http11: ['GET / HTTP/1.1', 'Priority: u=0, i'],
		http20: [':method: GET', ':authority: HOST', ':path: /', 'priority: u=0, i'],
	},
};

/** The head of a request of HTTP/1.1, which is answered. */
async function readHTTP11(
	conn: HTTPConnection | HTTP11Connection,
	server: RawServer,
	arrival: Arrival,
): Promise<string[]> {
	const { method = 'GET', path = '/', options = {} } = arrival;
	const response = conn.roundTrip(method, path, options);
	const peer = await server.accept();
	const head = await peer.readHead();
	peer.answer(OK);
	await (await response).bytes();
	const sent = head.trimEnd().split('\r\n');
	assert.equal(sent.splice(1, 1)[0], `Host: 127.0.0.1:${server.port}`);
	return sent.filter((line) => !/^(connection|upgrade|http2-settings):/i.test(line));
}

describe('unusual but valid requests', () => {
	async function open<T extends Connection>(t: TestContext, create: (origin: string) => T) {
		const server = await RawServer.start();
		const conn = create(server.origin);
		t.after(() => conn.close());
		return { server, conn };
	}

	for (const [what, arrival] of Object.entries(ARRIVALS)) {
		test(`${what} arrives on HTTP/1.1, even if the version was unknown`, async (t) => {
			for (const create of [
				(origin: string) => new HTTP11Connection(origin),
				(origin: string) => new HTTPConnection(origin),
			]) {
				const { server, conn } = await open<HTTP11Connection | HTTPConnection>(t, create);
				assert.equal(lines(...(await readHTTP11(conn, server, arrival))), lines(...arrival.http11));
			}
		});

		test(`${what} arrives on HTTP/2`, async () => {
			const { conn, peer } = join();
			const { method = 'GET', path = '/', options = {} } = arrival;
			const response = conn.roundTrip(method, path, options);
			await peer.handshake();
			const { fields } = await peer.receive('HEADERS');
			const sent = fields.filter(([name]) => name !== ':scheme').map(([name, value]) => `${name}: ${value}`);
			assert.deepEqual(
				sent,
				arrival.http20.map((line) => line.replace('HOST', 'localhost')),
			);
			peer.send.headers(1, { ':status': '204' }, { endStream: true });
			await response;
			await conn.close();
		});
	}

	test('CONNECT arrives on HTTP/2 with its target, and extended CONNECT with a path', async () => {
		for (const [path, headers, expected] of [
			['a:443', {}, [':method CONNECT', ':authority a:443']],
			[
				'/chat',
				{ ':protocol': 'websocket' },
				[':method CONNECT', ':scheme https', ':authority localhost', ':path /chat', ':protocol websocket'],
			],
		] as const) {
			const peer = new ScriptedPeer();
			const conn = new HTTP20Connection('localhost', { transport: peer.transport });
			const response = conn.roundTrip('CONNECT', path, { headers });
			await peer.handshake({ enableConnectProtocol: true });
			const { fields } = await peer.receive('HEADERS');
			assert.deepEqual(
				fields.map(([name, value]) => `${name} ${value}`),
				expected,
			);
			peer.send.headers(1, { ':status': '200' }, { endStream: true });
			await (await response).bytes();
			await conn.close();
		}
	});
});
