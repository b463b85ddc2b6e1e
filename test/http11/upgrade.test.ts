import assert from 'node:assert/strict';
import { test } from 'node:test';
import { switchesToH2C, upgradeFields } from '../../src/http11/upgrade.ts';

test('a switch to h2c is known in any case, among others and over several lines', () => {
	const cases: [string[], boolean][] = [
		[['Connection', 'Upgrade', 'Upgrade', 'h2c'], true],
		[['connection', 'foo ,UPGRADE', 'UPGRADE', 'H2C'], true],
		[['Connection', 'foo', 'Upgrade', 'websocket, h2c', 'Connection', 'upgrade'], true],
		[['Connection', 'Upgrade', 'Upgrade', 'h2'], false],
		[['Connection', 'Upgrade', 'Upgrade', 'h2c-14'], false],
		[['Upgrade', 'h2c'], false],
		[['Connection', 'upgrade'], false],
		[[], false],
	];
	for (const [fields, expected] of cases) assert.equal(switchesToH2C(fields), expected, fields.join());
});

test('an offer is three fields', () => {
	assert.deepEqual(upgradeFields(null), []);
	assert.deepEqual(upgradeFields({ settings: 'AAA' }), [
		...['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAA'],
	]);
});
