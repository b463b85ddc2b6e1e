import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canOfferUpgrade, switchesToH2C, upgradeFields, upgradeProbe } from '../../src/http11/upgrade.ts';
import { type RequestOptions, TimeoutError } from '../../src/index.ts';
import { createManualRequest, createRequest } from '../../src/message/request.ts';
import { ResponseHead } from '../../src/message/response.ts';
import { parseHost } from '../../src/net/origin.ts';
import { ask } from '../support/http11.ts';
import { FakeCarrier } from '../support/http20-fakes.ts';

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

test('a request offers an upgrade if its content is sent whole with its head', () => {
	const cases: [RequestOptions, boolean][] = [
		[{}, true],
		[{ body: 'abc' }, true],
		[{ body: ['abc'].values() }, false],
		[{ body: 'abc', trailers: { 'x-a': '1' } }, false],
		[{ body: 'abc', headers: { expect: '100-continue' } }, false],
		[{ body: 'abc', headers: { 'transfer-encoding': 'chunked' } }, false],
	];
	for (const [options, expected] of cases) {
		assert.equal(canOfferUpgrade(createRequest('POST', '/', origin, options)), expected, JSON.stringify(options));
	}
	assert.equal(canOfferUpgrade(createManualRequest('POST', '/', origin, {})), false);
	assert.equal(canOfferUpgrade(createRequest('CONNECT', 'b:1', origin, {})), false);
});

/** A request that waits, and the request that carries the offer for it. */
function probeFor(path: string) {
	const waiting = ask('POST', { body: ['x'].values() }, path);
	const probe = upgradeProbe(waiting.pending, 'a:80', 5);
	return { ...waiting, probe };
}

test('the request that carries the offer for another one is an OPTIONS to the same target without content', () => {
	const { pending, probe } = probeFor('/up');
	const { method, scheme, authority, path, body } = probe.request;
	assert.deepEqual([method, scheme, authority, path, body], ['OPTIONS', 'http', 'a:80', '/up', null]);
	assert.equal(probe.since, 5);
	assert.ok(canOfferUpgrade(probe.request));
	assert.equal(pending.state, 'waiting');
	const tunnel = upgradeProbe(ask('CONNECT', {}, 'b:1').pending, 'a:80', 5);
	assert.deepEqual([tunnel.request.authority, tunnel.request.path], ['a:80', '*']);
});

/** Delivers the head and the content of the response to a probe. */
function answerProbe({ probe }: ReturnType<typeof probeFor>, length: number): void {
	probe.state = 'sent';
	probe.onHead(new ResponseHead('HTTP/1.1', 200, '', -1, []), 6);
	probe.onContent(new Uint8Array(length), true, 7);
}

test('the waiting request fails if the request that carries the offer gets no response or times out', () => {
	const unanswered = probeFor('/');
	const lost = new Error('lost');
	unanswered.probe.close(lost);
	assert.deepEqual(unanswered.pending.failure, { reason: lost });
	const late = probeFor('/');
	answerProbe(late, 1);
	const reason = new TimeoutError('body', 'too late');
	late.probe.abort(reason);
	assert.equal(late.pending.failure?.reason, reason);
});

test('the request that carries the offer is aborted when the waiting one is closed unsent, unless it has its answer', () => {
	for (const isWritten of [false, true]) {
		const { pending, probe } = probeFor('/');
		if (isWritten) probe.state = 'sent';
		pending.abort(new Error('enough'));
		assert.match(String(probe.failure?.reason), /AbortError/);
	}
	const answered = probeFor('/');
	answerProbe(answered, 1);
	answered.pending.abort(new Error('enough'));
	assert.equal(answered.probe.failure, null);
	const sent = probeFor('/');
	sent.pending.onSent(new FakeCarrier(), 6, 3);
	sent.pending.close(new Error('lost'));
	assert.equal(sent.probe.failure, null);
});

test('the waiting request is unaffected if the response to the offer breaks off or is too long', () => {
	const broken = probeFor('/');
	answerProbe(broken, 65_536);
	assert.equal(broken.probe.failure, null);
	broken.probe.close(new Error('lost'));
	assert.equal(broken.pending.state, 'waiting');
	const sent = probeFor('/');
	sent.pending.state = 'sent';
	sent.probe.close(new Error('lost'));
	assert.deepEqual([sent.pending.state, sent.pending.failure], ['sent', null]);
	const long = probeFor('/');
	answerProbe(long, 65_537);
	assert.match(String(long.probe.failure?.reason), /AbortError/);
	assert.equal(long.pending.state, 'waiting');
});
