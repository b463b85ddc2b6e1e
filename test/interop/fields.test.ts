// Field sections that are large, numerous or absent, and HPACK tables of unusual sizes.

import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, Settings } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { HTTP20Connection, type HTTP20ConnectionOptions } from '../../src/index.ts';
import { type StreamHandler, serveHTTP2 } from '../support/node-server.ts';

const POLICY = `default-src 'self'; ${Array.from({ length: 128 }, (_, i) => `img-src https://host-${i}.example`).join('; ')}`;

test('a response with 100 fields and a value of 4 KB arrives unchanged in repeated requests', async (t) => {
	assert.ok(POLICY.length > 4_096);
	const fields = Object.fromEntries(
		Array.from({ length: 100 }, (_, i) => [`x-field-${i}`, `value ${i}${'y'.repeat(i)}`]),
	);
	const connection = await connectionWith(t, (stream) => {
		stream.respond({ ':status': 200, 'content-security-policy': POLICY, ...fields });
		stream.end();
	});
	for (let round = 0; round < 20; round++) {
		const response = await connection.roundTrip('GET', '/');
		assert.deepEqual(response.headers.getRaw('content-security-policy'), [POLICY]);
		for (const [name, value] of Object.entries(fields)) assert.deepEqual(response.headers.getRaw(name), [value]);
		await response.bytes();
	}
});

test('request fields larger than a frame are sent in CONTINUATION frames', async (t) => {
	const received: IncomingHttpHeaders[] = [];
	const connection = await connectionWith(
		t,
		(stream, headers) => {
			received.push(headers);
			stream.respond({ ':status': 204 }, { endStream: true });
		},
		{ maxHeaderListSize: 262_144 },
	);
	const cookies = Array.from({ length: 20 }, (_, i) => `part${i}=${String.fromCharCode(97 + i).repeat(2_500)}`);
	for (let round = 0; round < 3; round++) {
		const headers = cookies.map((cookie, i): [string, string] => [`x-part-${i}`, `${cookie}${round}`]);
		const response = await connection.roundTrip('GET', '/', { headers });
		assert.equal(response.status, 204);
		for (const [name, value] of headers) assert.equal(received[round]?.[name], value);
	}
});

test('never-indexed fields and values with bytes above 0x7f arrive unchanged in both directions', async (t) => {
	const connection = await connectionWith(t, (stream, headers) => {
		stream.respond({ ':status': 200, 'x-back': headers['x-there'], 'x-secret-back': headers['x-secret'] });
		stream.end();
	});
	const value = Array.from({ length: 0x60 }, (_, i) => String.fromCharCode(0xa0 + i)).join('');
	const response = await connection.roundTrip('GET', '/', {
		headers: [
			['x-there', value],
			['x-secret', 'hidden', { neverIndex: true }],
		],
	});
	assert.deepEqual(response.headers.getRaw('x-back'), [value]);
	assert.deepEqual(response.headers.getRaw('x-secret-back'), ['hidden']);
});

test('responses that cannot have content are empty, whatever their method and status', async (t) => {
	const connection = await connectionWith(t, (stream, headers) => {
		const status = Number(headers[':path']?.slice(1));
		const length = headers[':method'] === 'HEAD' || status === 304 ? { 'content-length': 12_345 } : {};
		stream.respond({ ':status': status, ...length }, { endStream: true });
	});
	for (const [method, status] of [
		['HEAD', 200],
		['HEAD', 404],
		['GET', 204],
		['GET', 205],
		['GET', 304],
	] as const) {
		const response = await connection.roundTrip(method, `/${status}`);
		assert.equal(response.status, status);
		assert.equal((await response.bytes()).length, 0, `${method} ${status}`);
	}
});

for (const headerTableSize of [0, 64, 4_096, 65_536]) {
	test(`a server decodes our fields with an HPACK table of ${headerTableSize} bytes`, async (t) => {
		const connection = await connectionWith(t, echoFields, { headerTableSize });
		await exchangeFields(connection);
	});

	test(`the client decodes a server's fields with an HPACK table of ${headerTableSize} bytes`, async (t) => {
		const connection = await connectionWith(t, echoFields, {}, { settings: { headerTableSize } });
		await exchangeFields(connection);
	});
}

test('a server that changes its HPACK table size between requests decodes our fields', async (t) => {
	const sizes = [0, 4_096, 100, 8_192, 0, 0, 2_000];
	const connection = await connectionWith(t, (stream, headers) => {
		const next = sizes[Number(headers['x-round']) % sizes.length] as number;
		stream.session?.settings({ headerTableSize: next });
		if (Number(headers['x-round']) % 3 === 0) stream.session?.settings({ headerTableSize: 300 });
		echoFields(stream, headers);
	});
	await exchangeFields(connection, 40);
});

const echoFields: StreamHandler = (stream, headers) => {
	const own = Object.entries(headers).filter(([name]) => name.startsWith('x-'));
	stream.respond({ ':status': 200, ...Object.fromEntries(own) });
	stream.end();
};

/** Fields that repeat, that change, and that evict others from a table. */
async function exchangeFields(connection: HTTP20Connection, rounds = 20): Promise<void> {
	for (let round = 0; round < rounds; round++) {
		const headers: [string, string][] = [
			['x-constant', 'the same each time'],
			['x-round', String(round)],
			['x-long', `${round} `.repeat(round * 20).trim()],
		];
		const response = await connection.roundTrip('GET', `/${round}`, { headers });
		for (const [name, value] of headers) assert.deepEqual(response.headers.getRaw(name), [value]);
		await response.bytes();
	}
}

async function connectionWith(
	t: TestContext,
	handler: StreamHandler,
	settings: Settings = {},
	options: HTTP20ConnectionOptions = {},
): Promise<HTTP20Connection> {
	const { origin, certificates } = await serveHTTP2(t, handler, { settings });
	const connection = new HTTP20Connection(origin, { ...options, tls: { ca: certificates.ca } });
	t.after(() => connection.close());
	return connection;
}
