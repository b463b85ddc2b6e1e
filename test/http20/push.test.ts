import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { HTTP20Push, isAuthoritative } from '../../src/http20/push.ts';
import { FakeCarrier, makeHead, makePending, makeRequest, pushEvent } from '../support/http20-fakes.ts';

function createPush() {
	const carrier = new FakeCarrier();
	const pending = makePending(carrier);
	return { carrier, pending, push: new HTTP20Push(pushEvent({}, ['Accept', 'a', 'accept', 'b']), pending.reader) };
}

test('a push has the promised request, without pseudo-header fields among its headers', () => {
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

test('getResponse of a push returns the same response at every call', async () => {
	const { push, pending } = createPush();
	const waiting = push.getResponse();
	pending.onHead(makeHead(), 3);
	assert.equal(await waiting, await push.getResponse());
});

test('getResponse of a push rejects with the error that ends its stream', async () => {
	const { push, pending } = createPush();
	const reason = new StreamResetError(2, CANCEL, 'remote', 'x');
	pending.close(reason);
	await assert.rejects(push.getResponse(), reason);
});

test('cancelling a push resets its stream, and getResponse rejects afterwards', async () => {
	const { push, carrier } = createPush();
	await push.cancel();
	await push.cancel();
	assert.deepEqual(carrier.calls, [`cancel 1 ${CANCEL}`]);
	await assert.rejects(push.getResponse(), LocalProtocolError);
});

test('a push can be taken and cancelled only where its response may be read', async () => {
	const { push, pending, carrier } = createPush();
	const foreign = new LocalProtocolError('belongs to another request');
	pending.reader.checkOwner = () => {
		throw foreign;
	};
	await assert.rejects(push.cancel(), foreign);
	await assert.rejects(push.getResponse(), foreign);
	assert.deepEqual(carrier.calls, []);
});

test('cancelling a push rejects a getResponse that waits', async () => {
	const { push } = createPush();
	const waiting = push.getResponse();
	await push.cancel();
	await assert.rejects(waiting, StreamResetError);
	await assert.rejects(push.getResponse(), StreamResetError);
});

test('a server may push only for the origin of the request, however its port and case are written', () => {
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
