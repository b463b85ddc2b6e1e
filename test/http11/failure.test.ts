import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { checkSection, failureOf } from '../../src/http11/failure.ts';
import {
	ConnectionError,
	ConnectionResetError,
	InvalidResponseError,
	NegotiationError,
	TLSError,
} from '../../src/index.ts';

const limits = DEFAULT_LIMITS;
const fresh = { alpn: null, firstOctets: new Uint8Array(0), limits };

function parseError(code: string): Error {
	return Object.assign(new Error('Parse Error'), { code, reason: 'Expected HTTP/' });
}

test('what the platform cannot parse is no response, and its error the cause', () => {
	const cause = parseError('HPE_INVALID_CONSTANT');
	const error = failureOf(cause, 'x', { ...fresh, firstOctets: Buffer.from('garbage!!') });
	assert.ok(error instanceof InvalidResponseError);
	assert.equal(error.cause, cause);
	assert.match(error.message, /Expected HTTP/);
	assert.match(failureOf(parseError('HPE_HEADER_OVERFLOW'), 'x', fresh).message, /65536/);
});

test('a frame of SETTINGS tells HTTP/2', () => {
	const greet = (...octets: number[]) =>
		failureOf(parseError('HPE_INVALID_CONSTANT'), 'x', { ...fresh, firstOctets: Uint8Array.from(octets) });
	assert.ok(greet(0, 0, 18, 4, 0, 0, 0, 0, 0) instanceof NegotiationError);
	assert.ok(greet(0, 0, 18, 4, 1, 0, 0, 0, 0) instanceof InvalidResponseError);
	assert.ok(greet(0, 0, 18, 6, 0, 0, 0, 0, 0) instanceof InvalidResponseError);
	assert.ok(greet(0, 0, 18, 4) instanceof InvalidResponseError);
});

test('a pipe that breaks is a reset, unless the handshake of TLS did it', () => {
	const error = failureOf(new Error('gone'), 'there was a response', fresh);
	assert.ok(error instanceof ConnectionResetError);
	assert.equal(error.message, 'Connection was closed before there was a response (gone)');
	const refused = new TLSError('certificate required');
	assert.equal(failureOf(refused, 'x', fresh), refused);
	assert.ok(failureOf(refused, 'x', { ...fresh, firstOctets: Buffer.from('H') }) instanceof ConnectionResetError);
	const ours = new ConnectionError('closed');
	assert.equal(failureOf(ours, 'x', fresh), ours);
});

test('a section is measured as HTTP/2 measures it', () => {
	const small = { ...limits, headerFields: 2, headerListSize: 100 };
	assert.equal(checkSection('It', ['a', 'b', 'c', 'd'.repeat(33)], small), null);
	assert.match(checkSection('It', ['a', 'b', 'c', 'd'.repeat(34)], small)?.message ?? '', /It has 101 octets/);
	assert.match(checkSection('It', ['a', '', 'b', '', 'c', ''], small)?.message ?? '', /It has 3 fields/);
});
