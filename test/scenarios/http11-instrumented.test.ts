// HTTP/1.1 in a process whose `http.request` or `http.ClientRequest` was replaced, as tools of tracing and mocking do. Those
// from npm: test/interop/tools.test.ts.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { type TestContext, test } from 'node:test';
import { OK, openHTTP11 } from '../support/http11.ts';

async function headOf(t: TestContext): Promise<{ head: string; host: string }> {
	const { conn, server, host } = await openHTTP11(t);
	const asked = conn.roundTrip('GET', '/path', { headers: { authorization: 'Bearer secret' } });
	const peer = await server.accept();
	const head = await peer.readHead();
	peer.answer(OK);
	await asked;
	return { head, host };
}

for (const [what, change] of Object.entries({
	'copies the headers into an object': (options: http.RequestOptions) => ({
		...options,
		headers: { ...(options.headers as object), traceparent: '00-1-2-01' },
	}),
	'replaces the agent': (options: http.RequestOptions) => ({ ...options, agent: http.globalAgent }),
	throws: () => assert.fail('the request is not ours'),
})) {
	test(`HTTP/1.1 requests are unaffected by an http.request that ${what}`, async (t) => {
		const original = http.request;
		t.after(() => Object.assign(http, { request: original }));
		Object.assign(http, {
			request: (options: http.RequestOptions, ...rest: []) => original(change(options), ...rest),
		});
		const { head, host } = await headOf(t);
		assert.equal(
			head,
			`GET /path HTTP/1.1\r\nHost: ${host}\r\nauthorization: Bearer secret\r\nConnection: keep-alive\r\n\r\n`,
		);
	});
}

for (const [what, replaced] of Object.entries({
	// As msw 2 does.
	'a Proxy': new Proxy(http.ClientRequest, { construct: () => assert.fail('the request is not ours') }),
	// As nock does; its class is a function whose prototype inherits.
	'a subclass of a subclass': class extends class extends http.ClientRequest {} {
		constructor() {
			super('http://localhost:1');
			assert.fail('the request is not ours');
		}
	},
})) {
	test(`HTTP/1.1 requests are unaffected by an http.ClientRequest that is ${what}`, async (t) => {
		const original = http.ClientRequest;
		t.after(() => Object.assign(http, { ClientRequest: original }));
		Object.assign(http, { ClientRequest: replaced });
		const { head, host } = await headOf(t);
		assert.equal(
			head,
			`GET /path HTTP/1.1\r\nHost: ${host}\r\nauthorization: Bearer secret\r\nConnection: keep-alive\r\n\r\n`,
		);
	});
}

test('an http.ClientRequest that is no subclass of the own one of the platform is used as it is', async (t) => {
	const original = http.ClientRequest;
	t.after(() => Object.assign(http, { ClientRequest: original }));
	let created = 0;
	function replaced(options: http.RequestOptions): http.ClientRequest {
		created++;
		return new original(options as never);
	}
	Object.assign(http, { ClientRequest: replaced });
	await headOf(t);
	assert.equal(created, 1);
});

test('subscribers of http.client.request.start see the host, protocol and path of an HTTP/1.1 request', async (t) => {
	const seen: string[] = [];
	const listener = (message: unknown): void => {
		const { request } = message as { request: http.ClientRequest };
		seen.push(`${request.protocol}//${request.host}${request.path}`);
	};
	subscribe('http.client.request.start', listener);
	t.after(() => unsubscribe('http.client.request.start', listener));
	await headOf(t);
	assert.deepEqual(seen, ['http://127.0.0.1/path']);
});
