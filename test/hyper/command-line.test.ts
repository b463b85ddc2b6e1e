// What hyper promised of its command line, and where it stumbled: what the words on it mean.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseItems } from '../../src/cli/items.ts';
import { parseTarget } from '../../src/cli/target.ts';

test('the scheme of a URL decides on TLS, whatever its port', () => {
	for (const [url, origin] of [
		['https://localhost:8443/', 'https://localhost:8443'],
		['https://localhost:80/', 'https://localhost:80'],
		['localhost:8080', 'https://localhost:8080'],
		['http://localhost/', 'http://localhost'],
	] as const) {
		assert.equal(parseTarget(url).origin, origin);
	}
});

test('the query of a URL is kept', () => {
	assert.equal(parseTarget('https://localhost/find?a=1#top').path, '/find?a=1');
});

test('the first separator of an item counts', () => {
	const { headers, query, data } = parseItems(['Name:value', 'url=http://x', 't==12:30', ':authority:other']);
	assert.deepEqual(headers.get('name'), ['value']);
	assert.deepEqual(headers.get(':authority'), ['other']);
	assert.equal(query, 't=12%3A30');
	assert.deepEqual(data, [{ name: 'url', text: 'http://x' }]);
});
