import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { openBody } from '../../src/body/request-body.ts';
import { Stream } from '../../src/http20/stream.ts';
import { endsWithHeaders, sendByHand, startUpload } from '../../src/http20/upload.ts';
import { createManualRequest, type RequestOptions } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { FakeCarrier, makeStream } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

/** Until what goes on by itself has gone on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function createUpload(options: RequestOptions) {
	const carrier = new FakeCarrier();
	const stream = makeStream(carrier, 'POST', options);
	return { carrier, stream };
}

function createManual() {
	const carrier = new FakeCarrier();
	const stream = new Stream(createManualRequest('POST', '/', parseHost('https://h'), {}), 1);
	stream.onOpened(carrier, 1, 2);
	return { carrier, stream };
}

/** A source of texts that tells when it was let go of. */
function createSource(texts: readonly string[]) {
	const counts = { returned: 0, asked: 0 };
	async function* give(): AsyncGenerator<string> {
		try {
			for (const text of texts) {
				counts.asked++;
				yield text;
			}
		} finally {
			counts.returned++;
		}
	}
	return { body: give(), counts };
}

test('a request ends with HEADERS when there is nothing behind it', () => {
	for (const [options, expected] of [
		[{}, true],
		[{ body: '' }, true],
		[{ body: new Uint8Array(0) }, true],
		[{ body: 'a' }, false],
		[{ body: [] }, false],
		[{ trailers: { a: 'b' } }, false],
		[{ body: '', trailers: () => ({}) }, false],
	] as [RequestOptions, boolean][]) {
		assert.equal(endsWithHeaders(makeStream(null, 'POST', options)), expected, JSON.stringify(options));
	}
	assert.equal(endsWithHeaders(createManual().stream), false);
});

test('a body in memory goes out at once, with the end', () => {
	const { carrier, stream } = createUpload({ body: 'abc' });
	startUpload(stream, carrier);
	assert.deepEqual(carrier.calls, ['data 1 abc.']);
});

test('a source goes out piece by piece, and trailers end it', async () => {
	for (const trailers of [{ Sum: '1 ' }, async () => ({ Sum: '1 ' })]) {
		const { carrier, stream } = createUpload({ body: createSource(['a', 'b']).body, trailers });
		startUpload(stream, carrier);
		await settle();
		assert.deepEqual(carrier.calls, ['data 1 a', 'data 1 b', 'trailers 1 sum=1']);
		assert.equal(stream.source, null);
	}
	const plain = createUpload({ body: createSource(['a']).body });
	startUpload(plain.stream, plain.carrier);
	await settle();
	assert.deepEqual(plain.carrier.calls, ['data 1 a', 'data 1 .']);
});

test('a source is asked for more only when there is room', async () => {
	const { body, counts } = createSource(['a', 'b', 'c']);
	const { carrier, stream } = createUpload({ body });
	carrier.room = false;
	startUpload(stream, carrier);
	await settle();
	assert.deepEqual([carrier.calls, counts.asked], [['data 1 a'], 1]);
	stream.wakeUpload?.();
	await settle();
	assert.deepEqual(carrier.calls, ['data 1 a', 'data 1 b']);
	carrier.room = true;
	stream.wakeUpload?.();
	await settle();
	assert.deepEqual(carrier.calls.slice(2), ['data 1 c', 'data 1 .']);
	assert.equal(stream.wakeUpload, null);
});

test('a source that fails ends its stream with INTERNAL_ERROR, and is the cause', async () => {
	const fault = new Error('disk');
	const body = (async function* () {
		yield 'a';
		throw fault;
	})();
	const { carrier, stream } = createUpload({ body });
	const waiting = stream.response();
	startUpload(stream, carrier);
	await assert.rejects(waiting, (error) => {
		assert.ok(error instanceof StreamResetError && error.cause === fault);
		return /its body failed \(disk\)/.test(error.message);
	});
	assert.deepEqual(carrier.calls, ['data 1 a', `reset 1 ${INTERNAL_ERROR}`]);
});

test('content that is not as long as declared is not ended', async () => {
	for (const [declared, texts, sent] of [
		['3', ['ab'], ['data 1 ab']],
		['3', ['ab', 'cd', 'ef'], ['data 1 ab']],
		['3', ['ab', 'c'], ['data 1 ab', 'data 1 c', 'data 1 .']],
	] as const) {
		const { body, counts } = createSource(texts);
		const { carrier, stream } = createUpload({ body, headers: { 'content-length': declared } });
		startUpload(stream, carrier);
		await settle();
		const fails = sent.length < 3;
		assert.deepEqual(carrier.calls, fails ? [...sent, `reset 1 ${INTERNAL_ERROR}`] : sent);
		assert.equal(counts.returned, 1);
		if (fails) await assert.rejects(stream.response(), /content-length is 3/);
	}
});

test('trailers that cannot be made end the stream', async () => {
	const { carrier, stream } = createUpload({ trailers: () => Promise.reject(new Error('no sum')) });
	const waiting = stream.response();
	startUpload(stream, carrier);
	await assert.rejects(waiting, /no sum/);
	assert.deepEqual(carrier.calls, [`reset 1 ${INTERNAL_ERROR}`]);
});

test('an upload is over when its stream is closed, or carried by another connection', async () => {
	const ends: [end: (stream: Stream) => void, returned: number][] = [
		[(stream) => stream.close(null), 1],
		[
			(stream) => {
				stream.onOpened(new FakeCarrier(), 9, 3);
				stream.wakeUpload?.();
			},
			0,
		],
	];
	for (const [end, returned] of ends) {
		const { body, counts } = createSource(['a', 'b']);
		const { carrier, stream } = createUpload({ body });
		carrier.room = false;
		startUpload(stream, carrier);
		await settle();
		end(stream);
		await settle();
		assert.deepEqual([carrier.calls, counts.returned], [['data 1 a'], returned]);
	}
});

test('content by hand waits for room, and several may wait', async () => {
	const { carrier, stream } = createManual();
	await sendByHand(stream, openBody('a'), false);
	carrier.room = false;
	const waits = [sendByHand(stream, openBody('b'), false), sendByHand(stream, openBody('c'), true)];
	assert.equal(await stateOf(waits[1] as Promise<void>), 'pending');
	stream.wakeUpload?.();
	await Promise.all(waits);
	assert.deepEqual(carrier.calls, ['data 1 a', 'data 1 b', 'data 1 c.']);
});

test('a source by hand ends the request when it is the last', async () => {
	const { carrier, stream } = createManual();
	await sendByHand(stream, openBody(createSource(['a']).body), false);
	await sendByHand(stream, openBody(createSource(['b']).body), true);
	await sendByHand(stream, null, true);
	assert.deepEqual(carrier.calls, ['data 1 a', 'data 1 b', 'data 1 .', 'data 1 .']);
});

test('content by hand on a stream that is closed rejects, with the reason if there is one', async () => {
	const ended = createManual().stream;
	ended.close(null);
	await assert.rejects(sendByHand(ended, openBody('a'), false), LocalProtocolError);
	const failed = createManual().stream;
	const reason = new Error('cut');
	failed.close(reason);
	await assert.rejects(sendByHand(failed, openBody('a'), false), reason);
});
