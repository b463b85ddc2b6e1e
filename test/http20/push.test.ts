import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { HTTP20Push, isAuthoritative } from '../../src/http20/push.ts';
import { FakeCarrier, makeRequest, makeStream, pushEvent, responseEvent } from '../support/http20-fakes.ts';

function createPush() {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier);
	return { carrier, stream, push: new HTTP20Push(pushEvent({}, ['Accept', 'a', 'accept', 'b']), stream) };
}

test('a push has its request, without pseudo-header fields among the headers', () => {
	const { push } = createPush();
	assert.deepEqual(
		[push.method, push.scheme, push.authority, push.path, push.streamId],
		['GET', 'https', 'localhost', '/pushed', 2],
	);
	assert.deepEqual(
		[...push.requestHeaders.raw()],
		[
			['Accept', 'a'],
			['accept', 'b'],
		],
	);
	assert.equal(push.requestHeaders, push.requestHeaders);
});

test('the response is the same at every call, whether it was waited for or not', async () => {
	const { push, stream } = createPush();
	const waiting = push.getResponse();
	stream.onResponse(responseEvent(), 3);
	assert.equal(await waiting, await push.getResponse());
});

test('what ends the stream rejects', async () => {
	const { push, stream } = createPush();
	const reason = new StreamResetError(2, CANCEL, 'remote', 'x');
	stream.close(reason);
	await assert.rejects(push.getResponse(), reason);
});

test('cancel resets the stream, and there is no response to get after it', async () => {
	const { push, carrier } = createPush();
	await push.cancel();
	await push.cancel();
	assert.deepEqual(carrier.calls, [`reset 1 ${CANCEL}`]);
	await assert.rejects(push.getResponse(), LocalProtocolError);
});

test('cancel rejects what waits', async () => {
	const { push } = createPush();
	const waiting = push.getResponse();
	await push.cancel();
	await assert.rejects(waiting, StreamResetError);
	await assert.rejects(push.getResponse(), StreamResetError);
});

test('a server speaks for the origin that was asked, however its port and case are written, and for no other', () => {
	const asked = makeRequest();
	for (const authority of ['localhost', 'localhost:443', 'LocalHost', 'LOCALHOST:443']) {
		assert.equal(isAuthoritative(pushEvent({ authority }), asked), true, authority);
	}
	for (const authority of [
		'',
		'localhost:80',
		'localhost.',
		'a.localhost',
		'u@localhost',
		'localhost/',
		'[::1',
		'a b',
	]) {
		assert.equal(isAuthoritative(pushEvent({ authority }), asked), false, authority);
	}
	assert.equal(isAuthoritative(pushEvent({ scheme: 'http' }), asked), false);
	assert.equal(isAuthoritative(pushEvent({ scheme: 'HTTPS' }), asked), true);
	assert.equal(isAuthoritative(pushEvent(), makeRequest('CONNECT', {}, 'localhost:443')), false);
});
