// The environment, when the process may read it and when it may not.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { env } from '../../../src/runtime/node/environment.ts';

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
