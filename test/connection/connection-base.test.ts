import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { ConnectionBase } from '../../src/connection/connection-base.ts';

class TestConnection extends ConnectionBase {
	closed = 0;

	async close(): Promise<void> {
		this.closed++;
	}
}

test('the origin is that of the host and the options', () => {
	const conn = new TestConnection('[::1]:8443', {});
	assert.deepEqual([conn.host, conn.port, conn.secure], ['::1', 8443, true]);
	const plain = new TestConnection('example.com', { secure: false });
	assert.deepEqual([plain.host, plain.port, plain.secure], ['example.com', 80, false]);
	assert.throws(() => new TestConnection('http://example.com', { secure: true }), TypeError);
});

test('a field goes to the request of its handle, without one to the last that was begun', () => {
	const conn = new TestConnection('example.com', {});
	assert.throws(() => conn.putHeader('a', 'b'), LocalProtocolError);
	const first = conn.putRequest('GET', '/1');
	const second = conn.putRequest('POST', '/2');
	conn.putHeader('x', '1');
	conn.putHeader('x', '2', first);
	assert.deepEqual([[...first.headers.raw()], [...second.headers.raw()]], [[['x', '2']], [['x', '1']]]);
	assert.deepEqual([second.method, second.path], ['POST', '/2']);
});

test('disposal closes', async () => {
	const conn = new TestConnection('example.com', {});
	await conn[Symbol.asyncDispose]();
	assert.equal(conn.closed, 1);
});
