// Errors of runtimes that refuse what a process has no permission for.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { env, isForbidden, permitted } from '../../../src/runtime/node/permissions.ts';

describe('env', () => {
	const own = process.env;
	afterEach(() => {
		process.env = own;
	});

	/** An environment whose variables cannot be read. */
	function forbid(error: Error): void {
		process.env = new Proxy(
			{},
			{
				get() {
					throw error;
				},
			},
		);
	}

	test('a variable that may not be read counts as not set', () => {
		for (const name of ['NotCapable', 'PermissionDenied']) {
			forbid(Object.assign(new Error('Requires env access'), { name }));
			assert.equal(env('SSLKEYLOGFILE'), undefined);
		}
		forbid(Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' }));
		assert.equal(env('SSLKEYLOGFILE'), undefined);
	});

	test('another error of the environment is thrown', () => {
		forbid(new RangeError('broken'));
		assert.throws(() => env('SSLKEYLOGFILE'), RangeError);
	});
});

test('what may not be read is undefined, and other errors of reading are thrown', () => {
	const refused = Object.assign(new Error('Requires sys access to "ca"'), { name: 'NotCapable' });
	const broken = new RangeError('broken');
	const throwing = (error: Error) => (): string => {
		throw error;
	};
	assert.equal(
		permitted(() => 'value'),
		'value',
	);
	assert.equal(permitted(throwing(refused)), undefined);
	assert.throws(
		() => permitted(throwing(broken)),
		(error) => error === broken,
	);
});

test('isForbidden distinguishes a refused lookup from other errors of the system', () => {
	const error = (properties: object): Error => Object.assign(new Error('no'), properties);
	assert.equal(isForbidden(error({ code: 'EPERM', syscall: 'getaddrinfo' })), true);
	assert.equal(isForbidden(error({ code: 'EPERM', syscall: 'connect' })), false);
	assert.equal(isForbidden(error({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })), false);
	assert.equal(isForbidden(null), false);
});
