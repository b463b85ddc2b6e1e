import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, type TestContext, test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { HTTP11Connection, HTTP20Connection } from '../../src/index.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { serveVersion } from '../support/version-servers.ts';

/** The request of the platform that is running: each of its calls to `claim` returns whether it still is. */
let current = 'first';

beforeEach(() => {
	current = 'first';
	runtime.claim = () => {
		const owner = current;
		return () => current === owner;
	};
});

afterEach(() => {
	delete runtime.claim;
});

const kinds = { 'HTTP/2': HTTP20Connection, 'HTTP/1.1': HTTP11Connection } as const;

for (const [version, Connection] of Object.entries(kinds)) {
	describe(`where sockets belong to requests, over ${version}`, () => {
		const connect = async (t: TestContext) => {
			const origin = await serveVersion(t, version as keyof typeof kinds, (request, response) => {
				request.resume();
				if (request.url === '/silence') return;
				response.write('part');
				if (request.url !== '/stall') response.end();
			});
			const options = version === 'HTTP/2' ? { h2c: 'prior-knowledge' as const } : {};
			const conn = new Connection(origin, options);
			t.after(() => conn.close());
			return conn;
		};
		const isRefusal = (error: unknown): boolean => {
			assert.ok(error instanceof LocalProtocolError);
			assert.match(error.message, /^Cannot use the connection: another request has opened it, and node does no I\/O/);
			return true;
		};

		test(`every call of another request rejects at once while a connection over ${version} is open`, async (t) => {
			const conn = await connect(t);
			assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'part');
			const unread = await conn.roundTrip('GET', '/stall');
			current = 'second';
			let released = 0;
			const body = (async function* () {
				try {
					yield 'x';
				} finally {
					released++;
				}
			})();
			await body.next();
			await assert.rejects(conn.roundTrip('POST', '/', { body }), isRefusal);
			assert.equal(released, 1, 'the body of a refused request is released');
			await assert.rejects(conn.request('GET', '/'), isRefusal);
			await assert.rejects(conn.connect(), isRefusal);
			await assert.rejects(conn.getResponse(), isRefusal);
			await assert.rejects(conn.send('x'), isRefusal);
			if (version === 'HTTP/2') await assert.rejects(conn.ping(), isRefusal);
			assert.throws(() => conn.dispatch({ method: 'GET', path: '/' }, {}), isRefusal);
			await assert.rejects(unread.bytes(), isRefusal);
			await assert.rejects(unread.read(1), isRefusal);
			await assert.rejects(unread[Symbol.asyncIterator]().next(), isRefusal);
			await assert.rejects(unread.trailers, isRefusal);
			await assert.rejects(unread.close(), isRefusal);
			current = 'first';
			assert.equal((await unread.read(4)).length, 4, 'the owner is not disturbed');
		});

		test(`close by another request drops what is open over ${version}, and that request owns what it opens next`, async (t) => {
			const conn = await connect(t);
			const lost = conn.roundTrip('GET', '/silence');
			const waits = assert.rejects(lost, /Connection was closed by its owner/);
			await conn.connect();
			current = 'second';
			await conn.close({ drain: true });
			await waits;
			assert.equal(conn.streams, 0);
			assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'part');
			current = 'first';
			await assert.rejects(conn.roundTrip('GET', '/'), isRefusal);
		});

		test(`close by another request ends a dial over ${version} that its owner has left`, async (t) => {
			const conn = await connect(t);
			const dialled = assert.rejects(conn.connect(), /Connection was closed by its owner/);
			current = 'second';
			await assert.rejects(conn.connect(), isRefusal);
			await conn.close();
			await dialled;
			await conn.connect();
		});

		test(`once a connection over ${version} is closed, any request may open it`, async (t) => {
			const conn = await connect(t);
			for (const request of ['first', 'second', 'third']) {
				current = request;
				assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'part');
				await conn.close();
			}
		});
	});
}
