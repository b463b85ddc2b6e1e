// Which addresses a dial tries, and in which order.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectError } from '../../../src/base/errors.ts';
import { findAddresses } from '../../../src/runtime/node/addresses.ts';
import type { DialOptions } from '../../../src/runtime/transport.ts';
import { plainDial } from '../../support/loopback.ts';

type Found = { address: string; family: number };

/** A lookup that gives these addresses, as `all: true` asks. */
const gives =
	(...addresses: string[]) =>
	(_host: string, _options: object, callback: (error: Error | null, found: Found[]) => void): void =>
		callback(
			null,
			addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
		);

function find(options: Partial<DialOptions>): Promise<readonly string[]> {
	return findAddresses(plainDial(80, { host: 'name.test', ...options }));
}

async function fails(options: Partial<DialOptions>, reason: string): Promise<void> {
	await assert.rejects(find(options), (error: ConnectError) => {
		assert.ok(error instanceof ConnectError);
		assert.equal(error.message, `Cannot connect to name.test:80: ${reason}`);
		assert.ok(error.cause instanceof Error);
		return true;
	});
}

describe('findAddresses', () => {
	test('a host that is an address is not looked up', async () => {
		const lookup = (): void => assert.fail('was looked up');
		for (const host of ['127.0.0.1', '::1', 'fe80::1%eth0']) assert.deepEqual(await find({ host, lookup }), [host]);
	});

	test('lookup is asked for all addresses of the family', async () => {
		const asked: unknown[] = [];
		const lookup = (host: string, options: object, callback: (error: null, found: Found[]) => void): void => {
			asked.push(host, options);
			callback(null, [{ address: '::1', family: 6 }]);
		};
		await find({ lookup, family: 6 });
		assert.deepEqual(asked, ['name.test', { family: 6, hints: 0, all: true }]);
	});

	test('lookup may give one address although all were asked for', async () => {
		const lookup = (_host: string, _options: object, callback: (...found: unknown[]) => void): void =>
			callback(null, '127.0.0.1', 4);
		assert.deepEqual(await find({ lookup }), ['127.0.0.1']);
	});

	test('the families alternate, beginning with that of the first address', async () => {
		const orders: [found: string[], tried: string[]][] = [
			[
				['::1', '::2', '::3', '10.0.0.1'],
				['::1', '10.0.0.1', '::2', '::3'],
			],
			[
				['10.0.0.1', '10.0.0.2', '::1', '::2', '::3'],
				['10.0.0.1', '::1', '10.0.0.2', '::2', '::3'],
			],
			[
				['10.0.0.1', '::1', '10.0.0.1'],
				['10.0.0.1', '::1'],
			],
		];
		for (const [found, tried] of orders) assert.deepEqual(await find({ lookup: gives(...found) }), tried);
	});

	test('only addresses of the family of localAddress are tried', async () => {
		const lookup = gives('::1', '127.0.0.1', '::2');
		assert.deepEqual(await find({ lookup, localAddress: '127.0.0.2' }), ['127.0.0.1']);
		assert.deepEqual(await find({ lookup, localAddress: '::1' }), ['::1', '::2']);
		await fails({ lookup: gives('::1', '::2'), localAddress: '127.0.0.2' }, 'no IPv4 address among ::1, ::2');
	});

	test('addresses of another family than `family` are not tried', async () => {
		assert.deepEqual(await find({ lookup: gives('::1', '127.0.0.1'), family: 4 }), ['127.0.0.1']);
		await fails({ lookup: gives('127.0.0.1'), family: 6 }, 'no IPv6 address among 127.0.0.1');
	});

	test('a lookup that gives values of the wrong type, at once or later, is a ConnectError', async () => {
		const circular: { address?: unknown } = {};
		circular.address = circular;
		const getter = {
			get address() {
				throw new Error('no');
			},
		};
		for (const [found, what] of [
			[[null], 'lookup gave null, which is not an address'],
			[[undefined], 'lookup gave undefined, which is not an address'],
			[5, 'lookup gave a number, which is not an address'],
			[[{ address: 5n }], 'lookup gave a bigint, which is not an address'],
			[[{}], 'lookup gave an object, which is not an address'],
			[[circular], 'lookup gave an object, which is not an address'],
			[Promise.resolve('127.0.0.1'), 'lookup gave an object, which is not an address'],
			[[getter], 'no'],
		] as const) {
			for (const when of [(callback: () => void) => callback(), setImmediate]) {
				const lookup = (_host: string, _options: object, callback: (error: null, found: unknown) => void): void => {
					when(() => callback(null, found));
				};
				await fails({ lookup }, what);
			}
		}
	});

	test('a lookup that throws, rejects or fails with what is not an error is a ConnectError', async () => {
		const throws = (): void => {
			throw new Error('thrown');
		};
		await fails({ lookup: throws }, 'thrown');
		await fails({ lookup: async () => throws() }, 'thrown');
		for (const [error, what] of [
			['no', 'no'],
			[Object.create(null), 'an object'],
			[Symbol('no'), 'a symbol'],
		] as const) {
			const lookup = (_host: string, _options: object, callback: (error: unknown) => void): void => callback(error);
			await fails({ lookup }, what);
		}
	});

	test('a lookup that returns a promise of the answer instead of calling back is a ConnectError at once', async () => {
		for (const answer of ['127.0.0.1', ['127.0.0.1'], { address: '127.0.0.1', family: 4 }]) {
			await fails({ lookup: async () => answer }, 'lookup must call back, but returned a promise of the answer');
		}
	});

	test('an async lookup may call back before or after its promise resolves', async () => {
		for (const when of [(callback: () => void) => callback(), setImmediate]) {
			const lookup = async (_host: string, _options: object, callback: (error: null, found: string) => void) => {
				when(() => callback(null, '127.0.0.1'));
				return {};
			};
			assert.deepEqual(await find({ lookup }), ['127.0.0.1']);
		}
	});

	test('a lookup may give addresses as strings', async () => {
		const lookup = (_host: string, _options: object, callback: (error: null, found: string[]) => void): void =>
			callback(null, ['127.0.0.1', '::1']);
		assert.deepEqual(await find({ lookup }), ['127.0.0.1', '::1']);
	});

	test('a lookup that gives no address, or something else, is a ConnectError', async () => {
		await fails({ lookup: gives() }, 'the name has no address');
		await fails({ lookup: gives('::1', 'elsewhere.test') }, 'lookup gave "elsewhere.test", which is not an address');
		const nothing = (_host: string, _options: object, callback: (error: null) => void): void => callback(null);
		await fails({ lookup: nothing }, 'lookup gave undefined, which is not an address');
	});

	test('a lookup that fails or throws is a ConnectError with its reason', async () => {
		const failing = (_host: string, _options: object, callback: (error: unknown) => void): void =>
			callback(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }));
		await fails({ lookup: failing }, 'the name server does not answer');
		const throwing = (): void => {
			throw new Error('broken');
		};
		await fails({ lookup: throwing }, 'broken');
		const text = (_host: string, _options: object, callback: (error: unknown) => void): void =>
			callback('no such name');
		await fails({ lookup: text }, 'no such name');
	});

	test('abort during a lookup rejects at once, and a late answer has no effect', async () => {
		const controller = new AbortController();
		let answer = (): void => {};
		const lookup = (_host: string, _options: object, callback: (error: Error) => void): void => {
			answer = () => callback(new Error('late'));
		};
		const found = find({ lookup, signal: controller.signal });
		controller.abort('enough');
		await assert.rejects(found, (error) => error === 'enough');
		answer();
	});
});
