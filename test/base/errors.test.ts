import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as errors from '../../src/base/errors.ts';

const { describeErrorCode, errorCodeName, HyperError } = errors;

/** One error of each class. */
const samples: readonly (readonly [error: errors.HyperError, name: string, code: string])[] = [
	[new HyperError('HYPER_ANY', 'x'), 'HyperError', 'HYPER_ANY'],
	[new errors.LocalProtocolError('x'), 'LocalProtocolError', 'HYPER_LOCAL_PROTOCOL'],
	[new errors.ProtocolError(1, 'x'), 'ProtocolError', 'HYPER_PROTOCOL'],
	[new errors.HPACKDecodingError('x'), 'HPACKDecodingError', 'HYPER_HPACK_DECODING'],
	[new errors.HPACKEncodingError('x'), 'HPACKEncodingError', 'HYPER_HPACK_ENCODING'],
	[new errors.HPACKListSizeError('x'), 'HPACKListSizeError', 'HYPER_HPACK_LIST_SIZE'],
	[new errors.StreamResetError(1, 8, 'local', 'x'), 'StreamResetError', 'HYPER_STREAM_RESET'],
	[new errors.ConnectionError('x'), 'ConnectionError', 'HYPER_CONNECTION'],
	[new errors.ConnectionResetError('x'), 'ConnectionResetError', 'HYPER_CONNECTION_RESET'],
	[new errors.ConnectError('x'), 'ConnectError', 'HYPER_CONNECT'],
	[new errors.TLSError('x'), 'TLSError', 'HYPER_TLS'],
	[new errors.NegotiationError('x', null), 'NegotiationError', 'HYPER_NEGOTIATION'],
	[new errors.ProxyError('x', null), 'ProxyError', 'HYPER_PROXY'],
	[new errors.InvalidResponseError('x'), 'InvalidResponseError', 'HYPER_INVALID_RESPONSE'],
	[new errors.ContentDecodingError('x'), 'ContentDecodingError', 'HYPER_CONTENT_DECODING'],
	[new errors.BodyLimitError('x'), 'BodyLimitError', 'HYPER_BODY_LIMIT'],
	[new errors.TimeoutError('connect', 'x'), 'TimeoutError', 'HYPER_TIMEOUT'],
	[new errors.EngineError('x'), 'EngineError', 'HYPER_ENGINE'],
];

test('every error class has its own name and code, extends HyperError and is not retryable by default', () => {
	for (const [error, name, code] of samples) {
		assert.ok(error instanceof HyperError && error instanceof Error, name);
		assert.deepEqual([error.name, error.code, error.message, error.retryable], [name, code, 'x', false]);
	}
	assert.equal(new Set(samples.map(([, , code]) => code)).size, samples.length);
});

test('the samples of error classes are complete', () => {
	const classes = Object.values(errors).filter((value) => value === HyperError || isErrorClass(value));
	assert.deepEqual(new Set(samples.map(([error]) => error.constructor)), new Set(classes));
});

function isErrorClass(value: unknown): boolean {
	return typeof value === 'function' && value.prototype instanceof HyperError;
}

test('an error has a cause only if one was passed', () => {
	const cause = new Error('below');
	const options = { cause, retryable: true };
	for (const error of [
		new errors.LocalProtocolError('x', options),
		new errors.ProtocolError(1, 'x', options),
		new errors.HPACKDecodingError('x', options),
		new errors.HPACKEncodingError('x', options),
		new errors.HPACKListSizeError('x', options),
		new errors.StreamResetError(1, 7, 'remote', 'x', options),
		new errors.ConnectionError('x', options),
		new errors.ConnectionResetError('x', options),
		new errors.ConnectError('x', options),
		new errors.TLSError('x', options),
		new errors.NegotiationError('x', 'http/1.1', options),
		new errors.ProxyError('x', null, options),
		new errors.InvalidResponseError('x', options),
		new errors.ContentDecodingError('x', options),
		new errors.BodyLimitError('x', options),
		new errors.TimeoutError('body', 'x', options),
		new errors.EngineError('x', options),
	]) {
		assert.deepEqual([error.cause, error.retryable], [cause, true], error.name);
	}
	for (const [error] of samples) assert.equal('cause' in error, false, error.name);
});

test('errors of derived classes can be caught by their base class', () => {
	const { ConnectionError, ProtocolError } = errors;
	assert.ok(new errors.HPACKDecodingError('x') instanceof ProtocolError);
	for (const error of [
		new errors.ConnectionResetError('x'),
		new errors.ConnectError('x'),
		new errors.TLSError('x'),
		new errors.NegotiationError('x', null),
	]) {
		assert.ok(error instanceof ConnectionError, error.name);
	}
});

test('errors carry their code, stream, initiator, protocol or phase', () => {
	assert.equal(new errors.ProtocolError(ErrorCode.FRAME_SIZE_ERROR, 'x').errorCode, ErrorCode.FRAME_SIZE_ERROR);
	assert.equal(new errors.HPACKDecodingError('x').errorCode, ErrorCode.COMPRESSION_ERROR);
	const reset = new errors.StreamResetError(5, ErrorCode.CANCEL, 'remote', 'x');
	assert.deepEqual([reset.streamId, reset.errorCode, reset.initiator], [5, ErrorCode.CANCEL, 'remote']);
	assert.equal(new errors.ConnectionError('x').errorCode, null);
	assert.equal(new errors.ConnectionError('x', { errorCode: 0 }).errorCode, 0);
	assert.equal(new errors.NegotiationError('x', 'http/1.1').alpn, 'http/1.1');
	assert.equal(new errors.TimeoutError('connect', 'x').phase, 'connect');
});

test('all 14 error codes have a name and a description', () => {
	const codes = Object.entries(ErrorCode);
	assert.equal(codes.length, 14);
	const descriptions = codes.map(([name, code]) => {
		assert.equal(errorCodeName(code), name);
		const [, words] = describeErrorCode(code).split(`${name} (0x${code.toString(16)}): `);
		assert.ok(words, name);
		return words;
	});
	assert.equal(new Set(descriptions).size, 14);
	assert.equal(describeErrorCode(ErrorCode.PROTOCOL_ERROR), 'PROTOCOL_ERROR (0x1): protocol error detected');
});

test('an unknown error code is described by its number', () => {
	assert.deepEqual([errorCodeName(14), describeErrorCode(14)], ['0xe', 'error code 14 (0xe)']);
	assert.equal(describeErrorCode(0xffffffff), 'error code 4294967295 (0xffffffff)');
});
