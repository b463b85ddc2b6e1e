import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import type { PendingRequest } from '../../src/connection/pending-request.ts';
import { Pushes } from '../../src/http20/pushes.ts';
import { deliver, FakeCarrier, makeHead, makePending, pushEvent } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

function createPushes(limits: Partial<Limits> = {}) {
	const carrier = new FakeCarrier();
	const pushes = new Pushes({ limits: { ...DEFAULT_LIMITS, ...limits }, decodeContent: false });
	let promised = 0;
	const promise = (parent: PendingRequest) => {
		promised += 2;
		return pushes.add(pushEvent({ promisedStreamId: promised }), parent, carrier, 5);
	};
	const take = async (parent: PendingRequest | null, captureAll = false) => {
		const ids: number[] = [];
		for await (const push of pushes.iterate(parent, captureAll)) ids.push(push.streamId);
		return ids;
	};
	const parent = (id: number) => Object.assign(makePending(carrier), { id });
	return { carrier, pushes, promise, take, parent };
}

test('a promised request has its own stream, and was never sent by us', () => {
	const { promise, parent, carrier } = createPushes();
	const pushed = promise(parent(1));
	assert.deepEqual(
		[
			...[pushed.id, pushed.carrier, pushed.request.method, pushed.request.body],
			...[pushed.timings.queued, pushed.timings.sent],
		],
		[2, carrier, 'GET', null, 5, null],
	);
});

test('each push of a request is yielded once, in order, and handed out then', async () => {
	const { promise, take, parent, pushes, carrier } = createPushes();
	const [first, second] = [parent(1), parent(3)];
	promise(first);
	promise(second);
	promise(first);
	assert.equal(pushes.countOn(carrier), 3);
	assert.deepEqual(await take(first), [2, 6]);
	assert.deepEqual(await take(first), []);
	assert.deepEqual(carrier.calls, ['hand out 2', 'hand out 6']);
	assert.deepEqual([pushes.countOn(carrier), pushes.countOn(new FakeCarrier())], [1, 0]);
	assert.deepEqual([pushes.parentOf(3), pushes.parentOf(5)], [second, null]);
	assert.deepEqual(await take(null, true), []);
});

test('captureAll yields pushes until the response has ended, shared among all waiting iterations', async () => {
	const { promise, take, parent } = createPushes();
	const asked = parent(1);
	const waiting = [take(asked, true), take(asked, true)];
	promise(asked);
	promise(asked);
	for (const each of waiting) assert.equal(await stateOf(each), 'pending');
	asked.onHead(makeHead(), 6);
	asked.onEnd(6);
	assert.deepEqual((await Promise.all(waiting)).flat().sort(), [2, 4]);
	assert.deepEqual(await take(asked, true), []);
});

test('a promise is refused if the server is not authoritative for it, or if there are too many', () => {
	const { pushes, promise, parent } = createPushes({ promisedStreams: 1 });
	const asked = parent(1);
	assert.equal(pushes.refusalOf(pushEvent({ authority: 'example.com' }), asked), PROTOCOL_ERROR);
	assert.equal(pushes.refusalOf(pushEvent(), asked), null);
	promise(asked);
	assert.equal(pushes.refusalOf(pushEvent(), asked), REFUSED_STREAM);
	assert.equal(pushes.refusalOf(pushEvent(), parent(3)), REFUSED_STREAM, 'the other request still runs');
});

test('pushes of requests that have ended give way to newer promises', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes({ promisedStreams: 2 });
	const [first, second] = [parent(1), parent(3)];
	promise(first);
	promise(first);
	first.close(null);
	assert.equal(pushes.refusalOf(pushEvent(), first), REFUSED_STREAM, 'its own are not dropped for it');
	assert.equal(pushes.refusalOf(pushEvent(), second), null);
	assert.deepEqual(carrier.calls, [`cancel 2 ${CANCEL}`, `cancel 4 ${CANCEL}`]);
	assert.deepEqual(await take(first), []);
});

test('an untaken push is cancelled when its content takes all untaken pushes above their limit', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes({ connectionBuffer: 10 });
	const asked = parent(1);
	const [first, second] = [promise(asked), promise(asked)];
	const receive = (pending: PendingRequest, text: string) => {
		if (pending.state === 'sent') pending.onHead(makeHead(), 6);
		deliver(pending, text, 6);
		pushes.onData(pending);
	};
	receive(first, '123');
	receive(second, '45');
	assert.deepEqual(carrier.calls, []);
	receive(second, '6');
	assert.deepEqual(carrier.calls, ['consume 4 3', `cancel 4 ${CANCEL}`]);
	await take(asked);
	carrier.calls.length = 0;
	receive(first, '1234567890');
	assert.deepEqual(carrier.calls, [], 'the caller who has taken it decides');
});

test('a push whose stream has ended is no longer open, and is not watched when it is taken', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes();
	const asked = parent(1);
	promise(asked).close(null);
	assert.equal(pushes.countOn(carrier), 0);
	assert.deepEqual(await take(asked), [2]);
	assert.deepEqual(carrier.calls, []);
});

test('an iteration that waits for pushes is not forgotten when another request is promised one', async () => {
	const { promise, parent, take } = createPushes();
	const [first, second] = [parent(1), parent(3)];
	const waiting = take(first, true);
	promise(second);
	promise(first);
	first.onHead(makeHead(), 6);
	first.onEnd(6);
	assert.deepEqual(await waiting, [4]);
});

test('clear cancels all pushes that were not taken', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes();
	const asked = parent(1);
	promise(asked);
	pushes.clear();
	assert.deepEqual(carrier.calls, [`cancel 2 ${CANCEL}`]);
	assert.deepEqual([pushes.countOn(carrier), await take(asked)], [0, []]);
});
