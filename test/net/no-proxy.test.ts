// The rules of NO_PROXY, by the examples of curl and Go.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isListed } from '../../src/net/no-proxy.ts';
import { parseHost } from '../../src/net/origin.ts';

const rules: Record<string, { listed: [origin: string, list: string][]; not: [origin: string, list: string][] }> = {
	'a name and its subdomains': {
		listed: [
			['a.test', 'a.test'],
			['x.a.test', 'a.test'],
			['deep.x.a.test', '.a.test'],
			['a.test', '.a.test'],
			['x.a.test', '*.a.test'],
			['x.a.test', 'A.Test'],
			['x.a.test', 'b.test, a.test'],
			['x.a.test', 'b.test  a.test,'],
			['bücher.test', 'bücher.test'],
			['www.bücher.test', 'xn--bcher-kva.test'],
			['localhost', 'localhost'],
		],
		not: [
			['a.test', ''],
			['a.test', ' , ,'],
			['a.test', 'x.a.test'],
			['a.test', '*.a.test'],
			['a.test', '..a.test'],
			['ba.test', 'a.test'],
			['a.test', 'test.'.repeat(2)],
			['a.test', '.'],
			['a.test..', '.'],
			['a.test', 'a*'],
			['a.test', 'http://a.test'],
			['127.0.0.1', '0.0.1'],
			['127.0.0.1', '.1'],
		],
	},
	'a final dot': {
		listed: [
			['a.test.', 'a.test'],
			['a.test', 'a.test.'],
			['x.a.test.', '.a.test.'],
		],
		not: [['a.test.', 'b.test.']],
	},
	'a port': {
		listed: [
			['a.test:8443', 'a.test:8443'],
			['http://x.a.test', 'a.test:80'],
			['https://10.0.0.1:99', '10.0.0.1:99'],
			['[::1]:99', '[::1]:99'],
		],
		not: [
			['a.test:8443', 'a.test:443'],
			['10.0.0.1:99', '10.0.0.1:98'],
			['[::1]:99', '[::1]:98'],
			['a.test', 'a.test:x'],
			['a.test', ':443'],
		],
	},
	'the length of a block': {
		listed: [
			['10.0.0.7', '10.0.0.0/24'],
			['10.0.0.1', '10.0.0.1/32'],
		],
		not: [
			['11.0.0.7', '10.0.0.0/24'],
			['10.0.1.7', '10.0.0.0/24'],
			['10.0.0.1', '10.0.0.1/33'],
			['10.0.0.1', '10.0.0.1/0x20'],
			['10.0.0.1', '10.0.0.1/32.0'],
			['10.0.0.1', '10.0.0.1/-1'],
		],
	},
	'an address': {
		listed: [
			['127.0.0.1', '127.0.0.1'],
			['[::1]', '::1'],
			['[::1]', '[::1]'],
			['[::1]', '0:0::0:1'],
			['[2001:DB8::A]', '2001:db8:0:0::a'],
			['[::ffff:10.0.0.1]', '10.0.0.1'],
			['10.0.0.1', '::ffff:10.0.0.1'],
		],
		not: [
			['127.0.0.1', '127.0.0.2'],
			['[::1]', '::2'],
			['a.test', '127.0.0.1'],
			['[::1]', '::1:'],
			['10.0.0.1', '10.0.0.256'],
			['10.0.0.1', '010.0.0.1'],
		],
	},
	'a block of addresses': {
		listed: [
			['127.9.9.9', '127.0.0.0/8'],
			['10.1.2.131', '10.1.2.128/26'],
			['10.1.2.3', '10.1.2.3/32'],
			['10.1.2.3', '0.0.0.0/0'],
			['[::1]', '::/64'],
			['[fd12::1]', 'fd00::/8'],
			['[2001:db8:0:7fff::]', '2001:db8::/49'],
			['[fd12::1]', '[fd00::]/8'],
			['[::ffff:10.0.0.1]', '10.0.0.0/8'],
			['10.0.0.1', '::ffff:10.0.0.0/104'],
		],
		not: [
			['128.0.0.1', '127.0.0.0/8'],
			['10.1.2.127', '10.1.2.128/26'],
			['10.1.2.192', '10.1.2.128/26'],
			['10.0.0.1', '::/0'],
			['[::1]', '0.0.0.0/0'],
			['[fe12::1]', 'fd00::/8'],
			['[2001:db8:0:8000::]', '2001:db8::/49'],
			['10.0.0.1', '10.0.0.0/'],
			['10.0.0.1', '10.0.0.0/33'],
			['10.0.0.1', '10.0.0.0/-1'],
			['10.0.0.1', '10.0.0.0/x'],
			['10.0.0.1', '10/8'],
			['10.0.0.1', '::ffff:10.0.0.0/90'],
			['a.test', '10.0.0.0/8'],
		],
	},
	'every host': {
		listed: [
			['a.test', '*'],
			['[::1]', 'b.test,*'],
			['10.0.0.1', ' * '],
		],
		not: [],
	},
};

describe('isListed', () => {
	for (const [rule, { listed, not }] of Object.entries(rules)) {
		test(`NO_PROXY: ${rule}`, () => {
			for (const [origin, list] of listed)
				assert.equal(isListed(parseHost(origin), list), true, `${origin} in ${list}`);
			for (const [origin, list] of not)
				assert.equal(isListed(parseHost(origin), list), false, `${origin} not in ${list}`);
		});
	}

	test('NO_PROXY ignores the zone of a link-local address', () => {
		assert.equal(isListed({ host: 'fe80::1%eth0', port: 80 }, 'fe80::/10'), true);
		assert.equal(isListed({ host: 'fe80::1%eth0', port: 80 }, 'fe80::2'), false);
	});
});
