import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { detourOf, type Fate, MAX_REPLAYS, mayReplay } from '../../src/connection/replay.ts';
import { createManualRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { makePending } from '../support/http20-fakes.ts';

const CERTAIN: readonly Fate[] = [
	'unwritten',
	'left behind',
	'declined',
	'refused',
	'needs HTTP/1.1',
	'misdirected',
	'expectation failed',
	'timed out',
];
const FATES: readonly Fate[] = [...CERTAIN, 'unanswered', 'processed'];

function fatesOf(make: () => PendingRequest): Fate[] {
	return FATES.filter((fate) => mayReplay(make(), fate));
}

/** A body that can be read once, and its reading. */
async function* once(): AsyncGenerator<string> {
	yield 'a';
}

test('a request that the server has certainly not processed is sent again, whatever its method', () => {
	for (const method of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE']) {
		assert.deepEqual(
			fatesOf(() => makePending(null, { method })),
			[...CERTAIN, 'unanswered'],
			method,
		);
	}
	for (const method of ['POST', 'PATCH', 'CONNECT', 'QUERY']) {
		const make = () => {
			const pending = makePending();
			return new PendingRequest({ ...pending.request, method }, 1, {});
		};
		assert.deepEqual(fatesOf(make), CERTAIN, method);
	}
});

test('a request that is answered or has failed is not sent again, whatever its fate', () => {
	for (const state of ['answered', 'complete', 'failed', 'closed'] as const) {
		assert.deepEqual(
			fatesOf(() => Object.assign(makePending(), { state })),
			[],
		);
	}
});

test('attempts are counted if their fate could repeat forever', () => {
	for (const [fate, counts] of [
		['unwritten', 0],
		['left behind', 0],
		['refused', 1],
		['unanswered', 1],
		['misdirected', 1],
		['timed out', 1],
		['expectation failed', 0],
		['needs HTTP/1.1', 0],
		['declined', 0],
		['processed', 0],
	] as const) {
		const pending = makePending();
		mayReplay(pending, fate);
		assert.equal(pending.replays, counts, fate);
	}
});

test('a request is not sent again after MAX_REPLAYS failed attempts', () => {
	const pending = makePending();
	for (let i = 0; i < MAX_REPLAYS; i++) assert.equal(mayReplay(pending, 'refused'), true);
	assert.equal(mayReplay(pending, 'refused'), false);
	assert.equal(mayReplay(pending, 'unwritten'), false);
	const left = makePending();
	for (let i = 0; i < 10; i++) assert.equal(mayReplay(left, 'left behind'), true);
});

test('a body is sent again as long as everything that was read of it is kept', async () => {
	const small = makePending(null, { method: 'PUT', body: once() });
	await small.request.body?.source().next();
	assert.equal(mayReplay(small, 'refused'), true);
	const large = makePending(null, { method: 'PUT', body: [new Uint8Array(100_000)].values() });
	await large.request.body?.source().next();
	assert.equal(mayReplay(large, 'refused'), false);
	assert.equal(mayReplay(makePending(null, { method: 'PUT', body: 'text' }), 'refused'), true);
});

test('content that was passed to send is not sent again', () => {
	const request = createManualRequest('PUT', '/', parseHost('https://h'), {});
	assert.deepEqual(
		fatesOf(() => new PendingRequest(request, 1, {})),
		[],
	);
});

test('only status 421, and 417 to a request with the expectation 100-continue, call for another way', () => {
	const expecting = createManualRequest('POST', '/', parseHost('https://h'), { expect: 'x, 100-Continue' });
	const plain = createManualRequest('POST', '/', parseHost('https://h'), { expect: 'x' });
	const statuses = [400, 408, 413, 417, 421, 426, 503];
	assert.deepEqual(
		statuses.map((status) => detourOf(status, expecting)),
		[null, null, null, 'expectation failed', 'misdirected', null, null],
	);
	assert.deepEqual(
		statuses.map((status) => detourOf(status, plain)),
		[null, null, null, null, 'misdirected', null, null],
	);
});

test('status 408 calls for another connection only where it may have been sent before the request arrived', () => {
	const request = createManualRequest('POST', '/', parseHost('https://h'), {});
	assert.deepEqual(
		[false, true].map((mayHaveCrossed) => detourOf(408, request, mayHaveCrossed)),
		[null, 'timed out'],
	);
});
