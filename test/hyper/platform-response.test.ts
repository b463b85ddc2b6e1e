// What hyper's adapter gave to requests and HTTPie: a response in the host's own type, here the platform's Response.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greet } from '../support/offline.ts';

test('a response can become a platform Response, with its fields and its content as a stream', async () => {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, [
		[':status', '201'],
		['content-type', 'application/json'],
		['set-cookie', 'a=1'],
		['set-cookie', 'b=2'],
	]);
	peer.send.data(1, '{"made":true}', { endStream: true });
	const { status, headers, body } = await answer;
	const response = new Response(body, { status, headers: [...headers] });
	assert.equal(response.status, 201);
	assert.equal(response.headers.get('content-type'), 'application/json');
	assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
	assert.deepEqual(await response.json(), { made: true });
	await conn.close();
});
