import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { ConnectionBase } from '../../src/connection/connection-base.ts';
import { parseHost } from '../../src/net/origin.ts';

class TestConnection extends ConnectionBase {
	closed = 0;

	async close(): Promise<void> {
		this.closed++;
	}
}

test('host, port and secure are those of the origin', () => {
	const conn = new TestConnection(parseHost('[::1]:8443'));
	assert.deepEqual([conn.host, conn.port, conn.secure], ['::1', 8443, true]);
	const plain = new TestConnection(parseHost('example.com', { secure: false }));
	assert.deepEqual([plain.host, plain.port, plain.secure], ['example.com', 80, false]);
});

test('a field goes to the request of its handle, without one to the last that was begun', () => {
	const conn = new TestConnection(parseHost('example.com'));
	assert.throws(() => conn.putHeader('a', 'b'), LocalProtocolError);
	const first = conn.putRequest('GET', '/1');
	const second = conn.putRequest('POST', '/2');
	conn.putHeader('x', '1');
	conn.putHeader('x', '2', first);
	assert.deepEqual([[...first.headers.raw()], [...second.headers.raw()]], [[['x', '2']], [['x', '1']]]);
	assert.deepEqual([second.method, second.path], ['POST', '/2']);
});

test('disposal closes', async () => {
	const conn = new TestConnection(parseHost('example.com'));
	await conn[Symbol.asyncDispose]();
	assert.equal(conn.closed, 1);
});
