import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL, PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { Pushes } from '../../src/http20/pushes.ts';
import type { Stream } from '../../src/http20/stream.ts';
import { dataEvent, FakeCarrier, makeStream, pushEvent, responseEvent } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

function createPushes(limits: Partial<Limits> = {}) {
	const carrier = new FakeCarrier();
	const pushes = new Pushes({ ...DEFAULT_LIMITS, ...limits }, false);
	let promised = 0;
	const promise = (parent: Stream) => {
		promised += 2;
		return pushes.add(pushEvent({ promisedStreamId: promised }), parent, carrier, 5);
	};
	const take = async (parent: Stream | null, captureAll = false) => {
		const ids: number[] = [];
		for await (const push of pushes.iterate(parent, captureAll)) ids.push(push.streamId);
		return ids;
	};
	const parent = (id: number) => Object.assign(makeStream(carrier), { id });
	return { carrier, pushes, promise, take, parent };
}

test('a promise has a stream of its own, which nobody sends again', () => {
	const { promise, parent, carrier } = createPushes();
	const stream = promise(parent(1));
	assert.deepEqual(
		[stream.id, stream.carrier, stream.request.method, stream.request.body, stream.timings.queued, stream.timings.sent],
		[2, carrier, 'GET', null, 5, null],
	);
});

test('each is given once, in order, to whoever asks for its request, and handed out then', async () => {
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
	assert.deepEqual([pushes.parentOf(3), pushes.parentOf(5)], [second, undefined]);
	assert.deepEqual(await take(null, true), []);
});

test('all are captured until the response has ended, by as many as wait', async () => {
	const { promise, take, parent } = createPushes();
	const asked = parent(1);
	const waiting = [take(asked, true), take(asked, true)];
	promise(asked);
	promise(asked);
	for (const each of waiting) assert.equal(await stateOf(each), 'pending');
	asked.onResponse(responseEvent([], { endStream: true }), 6);
	assert.deepEqual((await Promise.all(waiting)).flat().sort(), [2, 4]);
	assert.deepEqual(await take(asked, true), []);
});

test('a promise is refused when the server does not speak for it, or there are too many', () => {
	const { pushes, promise, parent } = createPushes({ promisedStreams: 1 });
	const asked = parent(1);
	assert.equal(pushes.refusalOf(pushEvent({ authority: 'example.com' }), asked), PROTOCOL_ERROR);
	assert.equal(pushes.refusalOf(pushEvent(), asked), null);
	promise(asked);
	assert.equal(pushes.refusalOf(pushEvent(), asked), REFUSED_STREAM);
	assert.equal(pushes.refusalOf(pushEvent(), parent(3)), REFUSED_STREAM, 'the other request still runs');
});

test('what ended requests were promised gives way', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes({ promisedStreams: 2 });
	const [first, second] = [parent(1), parent(3)];
	promise(first);
	promise(first);
	first.close(null);
	assert.equal(pushes.refusalOf(pushEvent(), first), REFUSED_STREAM, 'its own are not dropped for it');
	assert.equal(pushes.refusalOf(pushEvent(), second), null);
	assert.deepEqual(carrier.calls, [`reset 2 ${CANCEL}`, `reset 4 ${CANCEL}`]);
	assert.deepEqual(await take(first), []);
});

test('when all that nobody has taken hold too much, the one whose content has come is given up', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes({ connectionBuffer: 10 });
	const asked = parent(1);
	const [first, second] = [promise(asked), promise(asked)];
	const receive = (stream: Stream, text: string) => {
		stream.onResponse(responseEvent(), 6);
		stream.onData(dataEvent(text), 6);
		pushes.onData(stream);
	};
	receive(first, '123');
	receive(second, '45');
	assert.deepEqual(carrier.calls, []);
	receive(second, '6');
	assert.deepEqual(carrier.calls, ['consume 4 3', `reset 4 ${CANCEL}`]);
	await take(asked);
	carrier.calls.length = 0;
	receive(first, '1234567890');
	assert.deepEqual(carrier.calls, [], 'who has taken it decides');
});

test('clear gives up all that nobody has taken', async () => {
	const { pushes, promise, parent, carrier, take } = createPushes();
	const asked = parent(1);
	promise(asked);
	pushes.clear();
	assert.deepEqual(carrier.calls, [`reset 2 ${CANCEL}`]);
	assert.deepEqual([pushes.countOn(carrier), await take(asked)], [0, []]);
});
