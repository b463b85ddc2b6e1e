// What hyper promised about fields: which are not sent over HTTP/2, which are kept, and how often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP20Connection, HTTPHeaderMap } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { greet } from '../support/offline.ts';

const ok = { ':status': '200' };

/** The field lines that a request sends after its pseudo-header fields. */
async function sentWith(headers: [string, string][]): Promise<[string, string][]> {
	const { conn, peer } = await greet();
	await conn.request('GET', '/', { headers });
	const { fields } = await peer.receive('HEADERS');
	await conn.close();
	return fields.slice(4).map(([name, value]) => [name, value]);
}

test('Connection and the fields that it names are not sent over HTTP/2', async () => {
	const fields: [string, string][] = [
		['one', '1'],
		['Connection', 'close, three'],
		['connection', 'Five'],
		['three', '3'],
		['five', '5'],
		['six', '6'],
	];
	assert.deepEqual(await sentWith(fields), [
		['one', '1'],
		['six', '6'],
	]);
});

test('values with commas are sent whole, each on its own field line', async () => {
	const fields: [string, string][] = [
		['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
		['user-agent', 'Mozilla/5.0 (X11, like a comma)'],
		['authorization', 'Digest username="a, b"'],
	];
	assert.deepEqual(await sentWith(fields), fields);
});

test('a non-default port and the brackets of IPv6 are in :authority', async () => {
	for (const [host, authority] of [
		['localhost:8443', 'localhost:8443'],
		['[::1]:8443', '[::1]:8443'],
		['[::1]', '[::1]'],
		['localhost:443', 'localhost'],
	] as const) {
		const peer = new ScriptedPeer();
		const conn = new HTTP20Connection(host, { transport: peer.transport });
		const asked = conn.request('GET', '/');
		await peer.handshake();
		await peer.expect('HEADERS', { fields: { ':authority': authority } });
		await asked;
		await conn.close();
	}
});

test('a pseudo-header field given by the caller replaces the default', async () => {
	const { conn, peer } = await greet();
	await conn.request('GET', '/', { headers: { ':authority': 'elsewhere.example' } });
	const { fields } = await peer.receive('HEADERS');
	assert.deepEqual(
		fields.filter(([name]) => name === ':authority').map(([, value]) => value),
		['elsewhere.example'],
	);
	await conn.close();
});

test('fields with the same name keep their order and number in both directions', async () => {
	const { conn, peer } = await greet();
	const twice: [string, string][] = [
		['x-a', '1'],
		['x-b', '2'],
		['x-a', '1'],
		['x-a', '3'],
	];
	const answer = conn.roundTrip('GET', '/', { headers: twice });
	const { fields } = await peer.receive('HEADERS');
	assert.deepEqual(
		fields.slice(4).map(([name, value]) => [name, value]),
		twice,
	);
	peer.send.headers(1, [[':status', '200'], ...twice], { endStream: true });
	assert.deepEqual([...(await answer).headers.raw()], twice);
	await conn.close();
});

test('the headers of a response have no pseudo-header fields, and its trailers are a field map too', async () => {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, { ...ok, 'x-head': '1' });
	peer.send.data(1, 'content');
	peer.send.headers(1, { 'x-tail': '2' }, { endStream: true });
	const response = await answer;
	assert.ok(response.headers instanceof HTTPHeaderMap);
	assert.deepEqual([...response.headers], [['x-head', '1']]);
	const trailers = await response.trailers;
	assert.ok(trailers instanceof HTTPHeaderMap);
	assert.deepEqual([...trailers], [['x-tail', '2']]);
	await conn.close();
});

test('bytes above 0x7f in a value arrive unchanged', async () => {
	const { conn, peer } = await greet();
	const value = 'caf\xe9 \xc3\xa9 \xff';
	const answer = conn.roundTrip('GET', '/', { headers: { 'x-bytes': value } });
	await peer.expect('HEADERS', { fields: { 'x-bytes': value } });
	peer.send.headers(1, { ...ok, 'x-bytes': value }, { endStream: true });
	assert.deepEqual((await answer).headers.getRaw('x-bytes'), [value]);
	await conn.close();
});

test('each Set-Cookie field line stays a separate, unsplit value', async () => {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	const cookies = ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'b=2'];
	peer.send.headers(1, [[':status', '200'], ...cookies.map((value) => ['set-cookie', value] as const)], {
		endStream: true,
	});
	assert.deepEqual((await answer).headers.get('set-cookie'), cookies);
	await conn.close();
});
