import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { openBody } from '../../src/body/request-body.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { Upload, type UploadTarget } from '../../src/connection/upload.ts';
import { type HeaderFields, HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { createManualRequest, type RequestOptions } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { FakeCarrier, makePending, RecordingSink } from '../support/http20-fakes.ts';
import { stateOf } from '../support/offline.ts';

/** Records its calls. */
class FakeTarget implements UploadTarget {
	readonly calls: string[] = [];
	pieceSize = Number.POSITIVE_INFINITY;
	stopsAfterError = false;
	room = true;
	cause: unknown = null;

	write(_pending: PendingRequest, bytes: Uint8Array, end: boolean): boolean {
		const text = bytes.length > 9 ? `${bytes.length} bytes` : Buffer.from(bytes).toString();
		this.calls.push(`write ${text}${end ? '.' : ''}`);
		return this.room;
	}

	writeTrailers(_pending: PendingRequest, trailers: HeaderFields): void {
		this.calls.push(`trailers ${[...new HTTPHeaderMap(trailers).raw()].map((pair) => pair.join('='))}`);
	}

	onUploadFailed(pending: PendingRequest, cause: unknown): void {
		this.calls.push('failed');
		this.cause = cause;
		pending.abort(cause);
	}
}

function createUpload(options: RequestOptions) {
	const target = new FakeTarget();
	const pending = makePending(new FakeCarrier(), { method: 'POST', ...options });
	const upload = new Upload(pending, target);
	pending.upload = upload;
	return { target, pending, upload, calls: target.calls };
}

function createManual(headers: HeaderFields = {}) {
	const target = new FakeTarget();
	const request = createManualRequest('POST', '/', parseHost('https://h'), headers);
	const pending = new PendingRequest(request, 1, new RecordingSink());
	pending.onSent(new FakeCarrier(), 2, 1);
	const upload = new Upload(pending, target);
	pending.upload = upload;
	return { target, pending, upload, calls: target.calls };
}

/** A source of texts that records its release. */
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

/** A source that never yields anything, and whether it was released. */
function createSilentSource() {
	const counts = { returned: 0 };
	const body = {
		[Symbol.asyncIterator]: () => ({
			next: () => new Promise<never>(() => {}),
			return: async () => {
				counts.returned++;
				return { done: true as const, value: undefined };
			},
		}),
	};
	return { body, counts };
}

test('a source is sent piece by piece, and trailers end the request', async () => {
	for (const trailers of [{ Sum: '1' }, async () => ({ Sum: '1' })]) {
		const { upload, calls } = createUpload({ body: createSource(['a', 'b']).body, trailers });
		upload.start();
		await turn();
		assert.deepEqual(calls, ['write a', 'write b', 'trailers Sum=1']);
		assert.equal(upload.state, 'ended');
	}
	const plain = createUpload({ body: createSource(['a']).body });
	plain.upload.start();
	await turn();
	assert.deepEqual(plain.calls, ['write a', 'write .']);
});

test('trailers are sent even without content', async () => {
	const { upload, calls } = createUpload({ trailers: { a: 'b' } });
	upload.start();
	await turn();
	assert.deepEqual(calls, ['trailers a=b']);
});

test('a source is read only when there is room', async () => {
	const { body, counts } = createSource(['a', 'b', 'c']);
	const { target, upload, calls } = createUpload({ body });
	target.room = false;
	upload.start();
	await turn();
	assert.deepEqual([calls, counts.asked], [['write a'], 1]);
	upload.onRoom();
	await turn();
	assert.deepEqual(calls, ['write a', 'write b']);
	target.room = true;
	upload.onRoom();
	await turn();
	assert.deepEqual(calls.slice(2), ['write c', 'write .']);
});

test("large content is written in pieces of the target's size, each when there is room", async () => {
	const { target, upload, calls } = createUpload({ body: new Uint8Array(150_000) });
	Object.assign(target, { pieceSize: 65_536, room: false });
	upload.start();
	await turn();
	assert.deepEqual(calls, ['write 65536 bytes']);
	target.room = true;
	upload.onRoom();
	await turn();
	assert.deepEqual(calls.slice(1), ['write 65536 bytes', 'write 18928 bytes', 'write .']);
});

test('a source that fails ends the upload with its error, and is released', async () => {
	const fault = new Error('disk');
	const body = (async function* () {
		yield 'a';
		throw fault;
	})();
	const { target, upload, calls } = createUpload({ body });
	upload.start();
	await turn();
	assert.deepEqual(calls, ['write a', 'failed']);
	assert.deepEqual([target.cause, upload.state], [fault, 'stopped']);
});

test('content whose length differs from the declared length fails the request', async () => {
	for (const [declared, texts, expected] of [
		['3', ['ab'], ['write ab', 'failed']],
		['3', ['ab', 'cd', 'ef'], ['write ab', 'failed']],
		['3', ['abcd'], ['failed']],
		['3', [], ['failed']],
		['3', ['ab', 'c'], ['write ab', 'write c', 'write .']],
	] as const) {
		const { body, counts } = createSource(texts);
		const { target, upload, calls } = createUpload({ body, headers: { 'content-length': declared } });
		upload.start();
		await turn();
		assert.deepEqual(calls, expected);
		assert.equal(counts.returned, 1);
		if (!calls.includes('failed')) continue;
		assert.ok(target.cause instanceof LocalProtocolError);
		assert.match(target.cause.message, /content-length is 3$/);
	}
});

test('content that is shorter than declared is not ended by trailers either', async () => {
	const { upload, calls } = createUpload({
		body: createSource(['ab']).body,
		headers: { 'content-length': '3' },
		trailers: { a: 'b' },
	});
	upload.start();
	await turn();
	assert.deepEqual(calls, ['write ab', 'failed']);
});

test('a function of trailers that throws ends the upload', async () => {
	const { target, upload, calls } = createUpload({ trailers: () => Promise.reject(new Error('no sum')) });
	upload.start();
	await turn();
	assert.deepEqual(calls, ['failed']);
	assert.match(String(target.cause), /no sum/);
});

test('an upload stops when its request is closed or moves to another connection', async () => {
	const ends: [end: (pending: PendingRequest) => void, returned: number][] = [
		[(pending) => pending.close(null), 1],
		[(pending) => pending.requeue(), 0],
	];
	for (const [end, returned] of ends) {
		const { body, counts } = createSource(['a', 'b']);
		const { target, pending, upload, calls } = createUpload({ body });
		target.room = false;
		upload.start();
		await turn();
		end(pending);
		await turn();
		upload.onRoom();
		await turn();
		assert.deepEqual([calls, counts.returned, upload.state], [['write a'], returned, 'stopped']);
	}
});

test('an upload whose source is busy stops at once, and releases it with the request', async () => {
	const { body, counts } = createSilentSource();
	const { pending, upload, calls } = createUpload({ body });
	upload.start();
	await turn();
	upload.stop();
	upload.stop();
	assert.deepEqual([calls, counts.returned, upload.state], [[], 0, 'stopped']);
	pending.close(null);
	assert.deepEqual([calls, counts.returned], [[], 1]);
});

test('send waits for room, and several calls may wait', async () => {
	const { target, upload, calls } = createManual();
	await upload.send(openBody('a'), false);
	target.room = false;
	const waits = [upload.send(openBody('b'), false), upload.send(openBody('c'), true)];
	assert.equal(await stateOf(waits[1] as Promise<void>), 'pending');
	upload.onRoom();
	await Promise.all(waits);
	assert.deepEqual(calls, ['write a', 'write b', 'write c', 'write .']);
});

test('a final send of a source ends the request', async () => {
	const { upload, calls } = createManual();
	await upload.send(openBody(createSource(['a']).body), false);
	await upload.send(openBody(createSource(['b']).body), false);
	await upload.send(null, true);
	assert.deepEqual(calls, ['write a', 'write b', 'write .']);
	assert.equal(upload.state, 'ended');
});

test('sources passed to send that hang are released when their request ends, and send settles', async () => {
	const { pending, upload, calls } = createManual();
	const sources = [createSilentSource(), createSilentSource()];
	const sends = sources.map(({ body }) => upload.send(openBody(body), true));
	assert.equal(await stateOf(Promise.all(sends)), 'pending');
	pending.close(new Error('cut'));
	await Promise.all(sends);
	assert.deepEqual([sources.map(({ counts }) => counts.returned), calls], [[1, 1], []]);
});

test('a source that fails after its upload has stopped is ignored', async () => {
	let fail: (error: Error) => void = () => undefined;
	const body = {
		[Symbol.asyncIterator]: () => ({ next: () => new Promise<never>((_, reject) => (fail = reject)) }),
	};
	const { upload, calls } = createUpload({ body });
	upload.start();
	await turn();
	upload.stop();
	fail(new Error('too late'));
	await turn();
	assert.deepEqual([calls, upload.state], [[], 'stopped']);
});

test('an upload that is stopped while its trailers are made sends none, and ignores their failure', async () => {
	for (const makeTrailers of [async () => ({ Sum: '1' }), () => Promise.reject(new Error('too late'))]) {
		let make = () => {};
		const trailers = () => new Promise<void>((resolve) => (make = resolve)).then(makeTrailers);
		const { upload, calls } = createUpload({ body: createSource(['a']).body, trailers });
		upload.start();
		await turn();
		upload.stop();
		make();
		await turn();
		assert.deepEqual([calls, upload.state], [['write a'], 'stopped']);
	}
});

test('an upload that is stopped before the end of its content makes no trailers', async () => {
	let made = 0;
	const trailers = () => {
		made++;
		return {};
	};
	const { upload } = createUpload({ body: createSilentSource().body, trailers });
	upload.start();
	await turn();
	upload.stop();
	await turn();
	assert.equal(made, 0);
});

/** A Blob of 9 bytes, and how often a reading of it was cancelled. */
function createBlob() {
	const counts = { cancelled: 0 };
	const body = {
		[Symbol.toStringTag]: 'Blob',
		size: 9,
		type: '',
		stream: () =>
			new ReadableStream({
				pull: (controller) => controller.enqueue(new Uint8Array(5)),
				cancel: () => void counts.cancelled++,
			}),
	};
	return { body: body as unknown as Blob, counts };
}

test('the reading of a body ends with the upload, whether it is stopped or fails', async () => {
	for (const [room, state] of [
		[false, 'stopped'],
		[true, 'failed'],
	] as const) {
		const { body, counts } = createBlob();
		const { target, upload, calls } = createUpload({ body });
		target.room = room;
		upload.start();
		await turn();
		if (!room) upload.stop();
		await turn();
		// The stream of the second has more than 9 bytes.
		assert.equal(calls.at(-1) === 'failed' ? 'failed' : upload.state, state);
		assert.equal(counts.cancelled, 1);
	}
});

test('an upload that was stopped, withheld or has ended stays so', async () => {
	const stopped = createUpload(EXPECTS);
	stopped.upload.start();
	stopped.upload.stop();
	stopped.upload.onContinue();
	const withheld = createUpload(EXPECTS);
	withheld.upload.start();
	withheld.upload.onHead(417);
	withheld.upload.stop();
	const ended = createUpload({ body: ['a'] });
	ended.upload.start();
	await turn();
	ended.upload.stop();
	await turn();
	const states = [stopped, withheld, ended].map(({ upload }) => upload.state);
	assert.deepEqual([...states, stopped.calls, withheld.calls], ['stopped', 'withheld', 'ended', [], []]);
});

test('an upload writes nothing after stop, however far its read is', async () => {
	for (let steps = 0; steps < 40; steps++) {
		const { upload, calls } = createUpload({ body: createSource(['a']).body });
		upload.start();
		for (let i = 0; i < steps; i++) await null;
		upload.stop();
		const before = calls.length;
		await turn();
		assert.equal(calls.length, before);
	}
});

test('send after the end is refused', async () => {
	const { upload, calls } = createManual();
	await upload.send(openBody(['c', 'd']), true);
	await assert.rejects(upload.send(null, true), {
		name: 'LocalProtocolError',
		message: 'Cannot send content: the request has ended',
	});
	const { body, counts } = createSilentSource();
	await assert.rejects(upload.send(openBody(body), true), LocalProtocolError);
	assert.equal(counts.returned, 1, 'a source that is refused is released');
	assert.deepEqual(calls, ['write c', 'write d', 'write .']);
});

test('send rejects content whose length differs from the declared length, and fails the request', async () => {
	for (const text of ['ab', 'abcd']) {
		const { target, upload, calls } = createManual({ 'content-length': '3' });
		await assert.rejects(upload.send(openBody(text), true), (error) => error === target.cause || assert.fail());
		assert.equal(calls.at(-1), 'failed');
		assert.match(String(target.cause), /content-length is 3$/);
	}
});

const EXPECTS = { body: 'abc', headers: { expect: '100-continue' } };

test('with Expect: 100-continue, content is sent when the server wants it, or never', async () => {
	const wanted = createUpload(EXPECTS);
	wanted.upload.start();
	await turn();
	assert.deepEqual([wanted.calls, wanted.upload.state], [[], 'held']);
	wanted.upload.onRoom();
	await turn();
	assert.deepEqual([wanted.calls, wanted.upload.state], [[], 'held'], 'room is not what it waits for');
	wanted.upload.onContinue();
	await turn();
	assert.deepEqual(wanted.calls, ['write abc', 'write .']);
	const unwanted = createUpload(EXPECTS);
	unwanted.upload.start();
	unwanted.upload.onHead(417);
	await turn();
	assert.deepEqual([unwanted.calls, unwanted.upload.state], [[], 'withheld']);
	const welcome = createUpload(EXPECTS);
	welcome.upload.start();
	welcome.upload.onHead(200);
	await turn();
	assert.deepEqual([welcome.calls, welcome.upload.state], [['write abc', 'write .'], 'ended']);
});

test('with Expect: 100-continue, content is sent after a second without an answer', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { upload, calls } = createUpload(EXPECTS);
	upload.start();
	t.mock.timers.tick(999);
	await turn();
	assert.deepEqual(calls, []);
	t.mock.timers.tick(1);
	await turn();
	assert.deepEqual(calls, ['write abc', 'write .']);
});

test('an error response stops content in progress only if the target says so', async () => {
	for (const [stopsAfterError, status, stops] of [
		[true, 200, false],
		[true, 304, true],
		[true, 413, true],
		[false, 413, false],
	] as const) {
		const { body, counts } = createSilentSource();
		const { target, upload, calls } = createUpload({ body });
		target.stopsAfterError = stopsAfterError;
		upload.start();
		await turn();
		upload.onHead(status);
		await turn();
		assert.deepEqual([counts.returned, calls, upload.state], [Number(stops), [], stops ? 'stopped' : 'sending']);
	}
});

test('timers run while a source has any number of items ready', async () => {
	for (const manual of [false, true]) {
		let [items, isDone] = [0, false];
		const body = (function* () {
			while (!isDone) {
				items++;
				yield 'x';
			}
		})();
		const { upload } = manual ? createManual() : createUpload({ body });
		const sending = manual ? upload.send(openBody(body), true) : upload.start();
		await new Promise((resolve) => setTimeout(resolve, 1));
		assert.ok(items > 0);
		isDone = true;
		await sending;
	}
});

test('timers run while a caller sends any number of items', async () => {
	const { upload } = createManual();
	let isDone = false;
	const timer = setTimeout(() => {
		isDone = true;
	}, 1);
	while (!isDone) await upload.send(openBody('x'), false);
	clearTimeout(timer);
	await upload.send(null, true);
});

test('an upload that is stopped while it waits for 100 leaves its body to the next attempt', async () => {
	let opened = 0;
	const body = {
		[Symbol.asyncIterator]: () => {
			opened++;
			return ['content'].values() as unknown as AsyncIterator<string>;
		},
	};
	const { pending, upload, calls } = createUpload({ body, headers: { expect: '100-continue' } });
	upload.start();
	upload.stop();
	const reading = pending.request.body?.source();
	await turn();
	assert.deepEqual(calls, []);
	assert.deepEqual(await reading?.next(), { done: false, value: new TextEncoder().encode('content') });
	assert.equal(opened, 1);
});
