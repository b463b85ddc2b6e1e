// Redirects: which are followed, with which method, and which fields are not sent to another origin.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { ResponseError } from '../../src/cli/errors.ts';
import { followRedirect } from '../../src/cli/follow.ts';
import type { PreparedRequest } from '../../src/cli/request.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

const FIELDS: [string, string][] = [
	['Content-Type', 'a/b'],
	['content-length', '4'],
	['accept', '*/*'],
	['x-key', 'k'],
	['Authorization', 'Basic x'],
	['cookie', 'c=d'],
	['host', 'v.example'],
	[':authority', 'v.example'],
	[':path', '/typed'],
];

function request(method: string): PreparedRequest {
	const headers = new HTTPHeaderMap(FIELDS);
	return { method, origin: 'https://a.example', path: '/b/c?d', headers, body: 'body', once: false, trusted: true };
}

function follow(method: string, status: number, location: string): PreparedRequest | null {
	return followRedirect(request(method), status, new HTTPHeaderMap([['Location', location]]));
}

const METHODS: [method: string, status: number, expected: string][] = [
	['GET', 301, 'GET'],
	['HEAD', 302, 'HEAD'],
	['POST', 301, 'GET'],
	['POST', 302, 'GET'],
	['PUT', 301, 'PUT'],
	['DELETE', 302, 'DELETE'],
	['GET', 303, 'GET'],
	['HEAD', 303, 'HEAD'],
	['POST', 303, 'GET'],
	['PUT', 303, 'GET'],
	['DELETE', 303, 'GET'],
	['POST', 307, 'POST'],
	['PUT', 308, 'PUT'],
];

const LOCATIONS: [location: string, origin: string, path: string][] = [
	['/x', 'https://a.example', '/x'],
	['x', 'https://a.example', '/b/x'],
	['?x', 'https://a.example', '/b/c?x'],
	['../x#y', 'https://a.example', '/x'],
	['', 'https://a.example', '/b/c?d'],
	['//b.example/x', 'https://b.example', '/x'],
	['http://a.example/', 'http://a.example', '/'],
	['https://a.example:8443/', 'https://a.example:8443', '/'],
	['https://u:p@a.example/', 'https://a.example', '/'],
	['/gr\xc3\xbc', 'https://a.example', '/gr%C3%BC'],
];

describe('follow', () => {
	for (const [method, status, expected] of METHODS) {
		test(`${method} becomes ${expected} after a redirect with ${status}`, () => {
			const next = follow(method, status, '/x');
			const keeps = method === expected;
			assert.equal(next?.method, expected);
			assert.equal(next?.body, keeps ? 'body' : null);
			assert.equal(next?.headers.has('content-type'), keeps);
			assert.equal(next?.headers.has('content-length'), keeps);
			assert.equal(next?.headers.has('accept'), true);
			assert.equal(next?.headers.has(':path'), false);
		});
	}

	for (const [location, origin, path] of LOCATIONS) {
		test(`a redirect to ${JSON.stringify(location)} leads to ${origin}${path}`, () => {
			const next = follow('GET', 302, location);
			assert.deepEqual([next?.origin, next?.path], [origin, path]);
			const same = origin === 'https://a.example';
			assert.equal(next?.trusted, same);
			for (const name of ['authorization', 'cookie', 'host', ':authority']) {
				assert.equal(next?.headers.has(name), same, name);
			}
			assert.equal(next?.headers.has('x-key'), true);
		});
	}

	test('a redirect within a link-local host keeps the zone in which it is reached', () => {
		const origin = 'http://[fe80::1%25eth0]:8080';
		for (const [location, expected] of [
			['/x', `${origin}/x`],
			['http://[fe80::1]:8080/x', `${origin}/x`],
			['http://[fe80::1]/x', 'http://[fe80::1]/x'],
		] as const) {
			const headers = new HTTPHeaderMap([['location', location]]);
			const next = followRedirect({ ...request('GET'), origin }, 302, headers);
			assert.equal(`${next?.origin}${next?.path}`, expected);
		}
	});

	test('a redirect back to the first origin does not restore its credentials', () => {
		const away = follow('GET', 302, 'https://b.example/') as PreparedRequest;
		const back = followRedirect(away, 302, new HTTPHeaderMap([['location', 'https://a.example/']]));
		assert.deepEqual([back?.origin, back?.trusted], ['https://a.example', false]);
		assert.equal(back?.headers.has('authorization'), false);
	});

	for (const status of [200, 201, 300, 304, 305, 306, 400]) {
		test(`a response with status ${status} and a location is not followed`, () =>
			assert.equal(follow('GET', status, '/x'), null));
	}

	test('a redirect without a location is not followed', () => {
		assert.equal(followRedirect(request('GET'), 302, new HTTPHeaderMap()), null);
	});

	const FAULTS: [location: string, message: RegExp][] = [
		['ftp://a.example/', /^cannot follow the redirect to ftp:\/\/a\.example\/: not an http or https URL$/],
		['file:///etc/passwd', /not an http or https URL$/],
		['javascript:alert(1)', /not an http or https URL$/],
		['https://[', /^cannot follow the redirect to "https:\/\/\[": not a URL$/],
	];

	for (const [location, message] of FAULTS) {
		test(`a redirect to ${location} is an error`, () => {
			assert.throws(
				() => follow('GET', 302, location),
				(error: unknown) => error instanceof ResponseError && message.test(error.message),
			);
		});
	}

	test('a redirect that would send a one-time body again is an error, unless the request becomes GET', () => {
		const used = { ...request('POST'), body: Readable.from([]), once: true };
		const location = new HTTPHeaderMap([['location', '/x']]);
		assert.throws(
			() => followRedirect(used, 307, location),
			/^ResponseError: cannot follow the redirect to .*: standard input cannot be sent again$/,
		);
		assert.equal(followRedirect(used, 303, location)?.once, false);
	});

	test('following a redirect does not change the request it redirects', () => {
		const first = request('POST');
		followRedirect(first, 303, new HTTPHeaderMap([['location', 'https://b.example/']]));
		assert.deepEqual(first, request('POST'));
		assert.equal(first.headers.size, FIELDS.length);
	});
});
