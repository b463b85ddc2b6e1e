import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Reception } from '../../src/http11/reception.ts';
import { ConnectionResetError, NegotiationError } from '../../src/index.ts';

function receive(...pieces: number[][]): Reception {
	const reception = new Reception(null, DEFAULT_LIMITS, false, 1);
	for (const [i, bytes] of pieces.entries()) reception.onBytes(Uint8Array.from(bytes), 2 + i);
	return reception;
}

test('the reception of an HTTP/1.1 connection counts bytes and knows when the last ones arrived', () => {
	assert.deepEqual([receive().at, receive().length], [1, 0]);
	const reception = receive([1, 2], [3, 4, 5]);
	assert.deepEqual([reception.at, reception.length], [3, 5]);
});

test('a server that speaks HTTP/2 is recognized by its first bytes, however they are split', () => {
	const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
	const cause = Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_CONSTANT' });
	for (const pieces of [[settings], settings.map((byte) => [byte]), [settings, [9, 9]]]) {
		assert.ok(receive(...pieces).failureOf(cause, 'the response began') instanceof NegotiationError);
	}
});

test('the error of a broken transport is the cause of the failure, whatever the platform reports', () => {
	const reception = receive();
	const reset = new Error('reset');
	assert.equal(reception.failureOf(new Error('hung up'), 'the response began').message.includes('hung up'), true);
	reception.failure = reset;
	const error = reception.failureOf(new Error('hung up'), 'the response began');
	assert.ok(error instanceof ConnectionResetError);
	assert.equal(error.cause, reset);
});
