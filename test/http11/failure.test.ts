import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { failureOf } from '../../src/http11/failure.ts';
import {
	ConnectionError,
	ConnectionResetError,
	InvalidResponseError,
	NegotiationError,
	TLSError,
} from '../../src/index.ts';

const limits = DEFAULT_LIMITS;
const fresh = { alpn: null, firstBytes: new Uint8Array(0), limits };

function parseError(code: string): Error {
	return Object.assign(new Error('Parse Error'), { code, reason: 'Expected HTTP/' });
}

test('a response that the platform cannot parse is an InvalidResponseError, whose cause is the parse error', () => {
	const cause = parseError('HPE_INVALID_CONSTANT');
	const error = failureOf(cause, 'x', { ...fresh, firstBytes: Buffer.from('garbage!!') });
	assert.ok(error instanceof InvalidResponseError);
	assert.equal(error.cause, cause);
	assert.match(error.message, /Expected HTTP/);
	assert.match(failureOf(parseError('HPE_HEADER_OVERFLOW'), 'x', fresh).message, /65536/);
});

test('a server whose first bytes are a SETTINGS frame speaks HTTP/2, which is a NegotiationError', () => {
	const greet = (...bytes: number[]) =>
		failureOf(parseError('HPE_INVALID_CONSTANT'), 'x', { ...fresh, firstBytes: Uint8Array.from(bytes) });
	assert.ok(greet(0, 0, 18, 4, 0, 0, 0, 0, 0) instanceof NegotiationError);
	assert.ok(greet(0, 0, 18, 4, 1, 0, 0, 0, 0) instanceof InvalidResponseError);
	assert.ok(greet(0, 0, 18, 6, 0, 0, 0, 0, 0) instanceof InvalidResponseError);
	assert.ok(greet(1, 0, 18, 4, 0, 0, 0, 0, 0) instanceof InvalidResponseError);
	assert.ok(greet(0, 0, 18, 4) instanceof InvalidResponseError);
});

test('a connection that breaks is a ConnectionResetError, unless the TLS handshake or our side has ended it', () => {
	const error = failureOf(new Error('gone'), 'the response began', fresh);
	assert.ok(error instanceof ConnectionResetError);
	assert.equal(error.message, 'Connection was closed before the response began (gone)');
	const refused = new TLSError('certificate required');
	assert.equal(failureOf(refused, 'x', fresh), refused);
	assert.ok(failureOf(refused, 'x', { ...fresh, firstBytes: Buffer.from('H') }) instanceof ConnectionResetError);
	const ours = new ConnectionError('closed');
	assert.equal(failureOf(ours, 'x', fresh), ours);
});
