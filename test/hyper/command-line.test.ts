// What hyper promised about its command line, and got wrong: the meaning of the arguments.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseItems } from '../../src/cli/items.ts';
import { parseTarget } from '../../src/cli/target.ts';

test('the scheme of a URL determines whether TLS is used, whatever its port', () => {
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

test('an item is split at its first separator', () => {
	const { headers, query, data } = parseItems(['Name:value', 'url=http://x', 't==12:30', ':authority:other']);
	assert.deepEqual(headers.get('name'), ['value']);
	assert.deepEqual(headers.get(':authority'), ['other']);
	assert.equal(query, 't=12%3A30');
	assert.deepEqual(data, [{ name: 'url', text: 'http://x' }]);
});
