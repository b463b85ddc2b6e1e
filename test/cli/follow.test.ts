// Redirects: which are followed, with which method, and what stays behind at the border of an origin.

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
		test(`${method} after ${status} is ${expected}`, () => {
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
		test(`to ${JSON.stringify(location)}`, () => {
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

	test('trust does not come back with the origin', () => {
		const away = follow('GET', 302, 'https://b.example/') as PreparedRequest;
		const back = followRedirect(away, 302, new HTTPHeaderMap([['location', 'https://a.example/']]));
		assert.deepEqual([back?.origin, back?.trusted], ['https://a.example', false]);
		assert.equal(back?.headers.has('authorization'), false);
	});

	for (const status of [200, 201, 300, 304, 305, 306, 400]) {
		test(`${status} is not followed`, () => assert.equal(follow('GET', status, '/x'), null));
	}

	test('a redirect that names no place is a response like any other', () => {
		assert.equal(followRedirect(request('GET'), 302, new HTTPHeaderMap()), null);
	});

	const FAULTS: [location: string, message: RegExp][] = [
		['ftp://a.example/', /^cannot follow the redirect to ftp:\/\/a\.example\/: it is neither/],
		['file:///etc/passwd', /neither http nor https$/],
		['javascript:alert(1)', /neither http nor https$/],
		['https://[', /^cannot follow the redirect to "https:\/\/\[": it is not a URL$/],
	];

	for (const [location, message] of FAULTS) {
		test(`${location} is refused`, () => {
			assert.throws(
				() => follow('GET', 302, location),
				(error: unknown) => error instanceof ResponseError && message.test(error.message),
			);
		});
	}

	test('a body that is used up cannot be sent again, and need not be when it becomes GET', () => {
		const used = { ...request('POST'), body: Readable.from([]), once: true };
		const location = new HTTPHeaderMap([['location', '/x']]);
		assert.throws(() => followRedirect(used, 307, location), /^ResponseError: cannot send standard input again to/);
		assert.equal(followRedirect(used, 303, location)?.once, false);
	});

	test('the request that was redirected stays as it was', () => {
		const first = request('POST');
		followRedirect(first, 303, new HTTPHeaderMap([['location', 'https://b.example/']]));
		assert.deepEqual(first, request('POST'));
		assert.equal(first.headers.size, FIELDS.length);
	});
});
