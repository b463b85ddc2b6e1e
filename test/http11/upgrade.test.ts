import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canOfferUpgrade, mayRefuseOffer, switchesToH2C, upgradeFields } from '../../src/http11/upgrade.ts';
import type { RequestOptions } from '../../src/index.ts';
import { createManualRequest, createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';

const origin = parseHost('http://a');

test('a switch to h2c is recognised in any case, among other tokens and over several lines', () => {
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

test('an offer to upgrade to h2c is three fields', () => {
	assert.deepEqual(upgradeFields({ settings: 'AAA' }), [
		...['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAA'],
	]);
});

test('a request offers an upgrade if its method is safe and its content is sent whole with its head', () => {
	const cases: [RequestOptions, boolean][] = [
		[{}, true],
		[{ body: 'abc' }, true],
		[{ body: ['abc'].values() }, false],
		[{ body: 'abc', trailers: { 'x-a': '1' } }, false],
		[{ body: 'abc', headers: { expect: '100-continue' } }, false],
		[{ body: 'abc', headers: { 'transfer-encoding': 'chunked' } }, false],
		[{ headers: { upgrade: 'websocket' } }, false],
	];
	for (const [options, expected] of cases) {
		assert.equal(canOfferUpgrade(createRequest('GET', '/', origin, options)), expected, JSON.stringify(options));
	}
	for (const method of ['HEAD', 'OPTIONS', 'TRACE'])
		assert.ok(canOfferUpgrade(createRequest(method, '/', origin, {})), method);
	for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'X'])
		assert.ok(!canOfferUpgrade(createRequest(method, '/', origin, {})), method);
	assert.equal(canOfferUpgrade(createManualRequest('GET', '/', origin, {})), false);
	assert.equal(canOfferUpgrade(createRequest('CONNECT', 'b:1', origin, {})), false);
});

test('an error that servers give because of an offer may refuse it, and other statuses are answers to the request', () => {
	for (const status of [400, 403, 405, 426, 500, 501, 502, 503, 504]) assert.ok(mayRefuseOffer(status), `${status}`);
	for (const status of [200, 204, 301, 304, 401, 404, 407, 410, 429]) assert.ok(!mayRefuseOffer(status), `${status}`);
});
