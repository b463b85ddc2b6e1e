import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { openBody } from '../../src/body/request-body.ts';
import { Call } from '../../src/http11/call.ts';
import { requestHead } from '../../src/http11/request-head.ts';
import { canOfferUpgrade } from '../../src/http11/upgrade.ts';
import type { HTTP11Wire } from '../../src/http11/wire.ts';
import { ConnectionError, InvalidResponseError, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { createManualRequest, createRequest, type OutgoingRequest } from '../../src/message/request.ts';
import type { ResponseHead } from '../../src/message/response.ts';
import { parseHost } from '../../src/net/origin.ts';
import { type HTTP1Platform, http1Of, type TransportDuplex } from '../../src/runtime/http1.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { askFor } from '../support/http11.ts';

const origin = parseHost('http://a');

/** A wire that records the calls of its call, at time 7. */
class FakeWire {
	readonly told: string[] = [];
	/** The causes of failures. */
	readonly causes: unknown[] = [];
	readonly owner = { onDue: (): void => {} };
	/** Needed as the carrier of its requests. */
	readonly openedAt = undefined;
	call: Call | null = null;

	now(): number {
		return 7;
	}

	onWritten({ pending }: Call): void {
		this.told.push('written');
		pending.onSent(this, 3, null);
	}

	onHead(_call: Call, { status }: ResponseHead): void {
		this.told.push(`head ${status}`);
	}

	onTrailers(fields: readonly string[]): void {
		this.told.push(`trailers ${fields.join(' ')}`);
	}

	onUnread(limit: number): void {
		this.told.push(`unread ${limit}`);
	}

	onEnded({ pending }: Call, isFlushed: boolean): void {
		this.told.push(isFlushed ? 'ended' : 'ended before the request');
		pending.close(null);
	}

	onFailed({ pending }: Call, cause: unknown): void {
		this.told.push(`failed ${(cause as Error).name}`);
		this.causes.push(cause);
		pending.close(cause);
	}

	onOfferUnanswered(): void {
		this.told.push('offer unanswered');
	}

	onSwitched(_call: Call, fields: readonly string[], following: Uint8Array): void {
		this.told.push(`switched ${fields.join(' ')} ${following.length}`);
	}

	consume(_pending: unknown, length: number): void {
		this.call?.consume(length);
	}

	cancel(pending: { close(reason: unknown): void }, _errorCode: number, reason: unknown): void {
		this.call?.abandon();
		pending.close(reason);
	}

	handOut(): void {}
}

function createCall(
	request: OutgoingRequest,
	platform: HTTP1Platform,
	duplex: TransportDuplex,
	{ offersUpgrade = false, limits = DEFAULT_LIMITS } = {},
) {
	const wire = new FakeWire();
	const { pending, reader } = askFor(request);
	const head = requestHead(request);
	const line = { platform, duplex, isReused: false, limits, origin, target: '/target', fields: head.fields };
	const call = new Call(pending, head, offersUpgrade ? 1000 : null, wire as unknown as HTTP11Wire, line);
	wire.call = call;
	return { call, pending, reader, wire, told: wire.told };
}

/** A call over a pipe in memory, and what the other end has read. */
function create(options: RequestOptions = {}, limits: Readonly<Limits> = DEFAULT_LIMITS, offersUpgrade = false) {
	const [near, far] = createMemoryTransports();
	const platform = http1Of(runtime);
	const request = createRequest('GET', '/', origin, options);
	const created = createCall(request, platform, platform.toDuplex(near), { limits, offersUpgrade });
	let received = '';
	far.start({
		onBytes: (bytes) => {
			received += Buffer.from(bytes).toString('latin1');
		},
		onDrain: () => {},
		onEnd: () => {},
		onClose: () => {},
	});
	const answer = async (text: string): Promise<void> => {
		far.write([Buffer.from(text, 'latin1')]);
		for (let i = 0; i < 400; i++) await turn();
	};
	return { ...created, answer, sent: () => received };
}

test('a call of HTTP/1.1 is unwritten at first, and ended at last', async () => {
	const { call, pending, reader, told, answer, sent } = create();
	assert.deepEqual([call.state, call.isWritten, call.isSent, call.isReceived], ['running', false, true, false]);
	assert.equal(sent(), '');
	await turn();
	assert.deepEqual([call.isWritten, call.isSent, sent().split('\r\n')[0]], [true, true, 'GET /target HTTP/1.1']);
	await answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
	assert.deepEqual([pending.state, call.state, call.isOwed, pending.since], ['answered', 'running', true, 7]);
	await answer('k');
	assert.deepEqual(told, ['written', 'head 200', 'ended']);
	assert.deepEqual([call.state, call.isReceived], ['ended', true]);
	assert.equal(await (await reader.response()).text(), 'ok');
});

test('a call without a limit on fields sends its request', async () => {
	const { told, answer } = create({}, { ...DEFAULT_LIMITS, headerListSize: Number.POSITIVE_INFINITY });
	await turn();
	await answer('HTTP/1.1 204 X\r\n\r\n');
	assert.deepEqual(told, ['written', 'head 204', 'ended']);
});

test('an abandoned call reports nothing that still arrives', async () => {
	for (const text of [
		'HTTP/1.1 103 Early Hints\r\n\r\n',
		'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
		'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
	]) {
		const heads: unknown[] = [];
		const { call, told, answer } = create({ onInformational: (head) => heads.push(head) }, DEFAULT_LIMITS, true);
		await turn();
		call.abandon();
		await answer(text);
		assert.deepEqual([told, heads, call.isOwed], [['written'], [], false], text);
	}
});

test('a call that is abandoned within a response reports no more content and no end', async () => {
	const { call, reader, told, answer } = create();
	await answer('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
	call.abandon();
	await answer('no');
	assert.deepEqual([told, reader.unread, call.isOwed], [['written', 'head 200'], 2, false]);
});

test('a call on a connection that has just broken has not written its request', async () => {
	const [near] = createMemoryTransports();
	const platform = http1Of(runtime);
	const duplex = platform.toDuplex(near);
	const { call, told } = createCall(createRequest('GET', '/', origin, {}), platform, duplex);
	duplex.destroy();
	for (let i = 0; i < 10; i++) await turn();
	assert.deepEqual([call.isWritten, told.includes('written')], [false, false]);
});

test('content that is consumed goes on only once less than the bound is unread', async () => {
	const { call, reader, answer } = create();
	await answer(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(1_000_000)}`);
	const { unread } = reader;
	call.consume(unread - 65_536);
	assert.equal(call.isOwed, false);
	call.consume(1);
	assert.equal(call.isOwed, true);
});

test('an offer of an upgrade that is abandoned when its time is up is not declined', async (t) => {
	for (const [abandons, expected] of [
		[true, ['written']],
		[false, ['written', 'offer unanswered']],
	] as const) {
		t.mock.timers.enable({ apis: ['setTimeout'] });
		const { call, told } = create({}, DEFAULT_LIMITS, true);
		await turn();
		t.mock.timers.tick(1000);
		if (abandons) call.abandon();
		t.mock.timers.reset();
		for (let i = 0; i < 20; i++) await turn();
		assert.deepEqual(told, expected);
	}
});

test('a call that ends before it reports too much unread content does not report it', async () => {
	const { call, told, answer } = create();
	const size = 20 * 1024 * 1024;
	await answer(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`);
	call.hurry();
	while (told.length < 3) await turn();
	told.length = 0;
	call.hurry();
	call.abandon();
	await new Promise((resolve) => setTimeout(resolve, 5));
	assert.deepEqual(told, []);
});

test('a call whose sink ends it while the rest of a broken response is delivered has not failed', async () => {
	const { pending, told, answer } = create();
	await turn();
	pending.onContent = () => pending.abort(new Error('enough'));
	await answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nbroken');
	assert.deepEqual(told, ['written', 'head 200']);
});

test('unread content of an HTTP/1.1 response is buffered up to a bound, which is larger while other requests wait', async () => {
	const { call, reader, told, answer } = create();
	const size = 20 * 1024 * 1024;
	await answer(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`);
	assert.ok(reader.unread >= 65_536 && reader.unread < 300_000, `${reader.unread}`);
	assert.equal(call.isOwed, false);
	call.hurry();
	for (let i = 0; i < 2000 && told.length < 3; i++) await turn();
	assert.deepEqual(told, ['written', 'head 200', 'unread 16777216']);
	assert.ok(reader.unread >= 16_777_216 && reader.unread < 17_000_000);
	call.hurry();
	call.hurry();
	assert.equal(told.length, 3, 'it is told in a turn of its own');
	while (told.length < 4) await turn();
	// From now on it is read: no more is taken than the reader wants.
	const response = await reader.response();
	assert.equal((await response.read(1000)).length, 1000);
	call.hurry();
	assert.equal(told.length, 4);
	assert.equal((await response.bytes()).length, size - 1000);
	assert.deepEqual(told.slice(4), ['ended']);
});

test('a response over HTTP/1.1 in small chunks stops reading from its transport for a turn, and while too much is unread', async () => {
	const [near, far] = createMemoryTransports();
	const platform = http1Of(runtime);
	const duplex = platform.toDuplex(near);
	const holds: string[] = [];
	const hold = duplex.hold;
	duplex.hold = (on) => {
		holds.push(`${on ? 'hold' : 'go on'} at ${reader.unread}`);
		hold(on);
	};
	const { reader, told } = createCall(createRequest('GET', '/', origin, {}), platform, duplex);
	far.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
	const chunks = (count: number) => far.write([Buffer.from('1\r\na\r\n'.repeat(count), 'latin1')]);
	far.write([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'latin1')]);
	chunks(4096);
	while (holds.length < 2) await turn();
	assert.deepEqual(holds, ['hold at 4096', 'go on at 4096']);
	while (reader.unread < 65_536) {
		chunks(64);
		await turn();
	}
	assert.equal(holds.at(-1), 'hold at 65536');
	const count = holds.length;
	chunks(5000);
	for (let i = 0; i < 20; i++) await turn();
	assert.equal(holds.length, count);
	far.write([Buffer.from('0\r\n\r\n', 'latin1')]);
	const response = await reader.response();
	assert.equal((await response.bytes()).length, 65_536 + 5000);
	assert.deepEqual(told, ['written', 'head 200', 'ended']);
});

test('a response over HTTP/1.1 in small chunks that ends within a turn lets reading go on once', async () => {
	const [near, far] = createMemoryTransports();
	const platform = http1Of(runtime);
	const duplex = platform.toDuplex(near);
	const holds: boolean[] = [];
	const hold = duplex.hold;
	duplex.hold = (on) => {
		holds.push(on);
		hold(on);
	};
	const { told } = createCall(createRequest('GET', '/', origin, {}), platform, duplex);
	far.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
	const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
	far.write([Buffer.from(`${head}${'1\r\na\r\n'.repeat(4096)}0\r\n\r\n`, 'latin1')]);
	while (!told.includes('ended')) await turn();
	for (let i = 0; i < 20; i++) await turn();
	assert.deepEqual(holds, [true, false], 'the next exchange may have stopped it meanwhile');
});

test('a call of HTTP/1.1 fails once, and ignores later events', async () => {
	const { call, pending, wire, told, answer } = create();
	await answer('HTTP/1.1 099 Early\r\nContent-Length: 2\r\n\r\nok');
	call.fail(new Error('again'));
	assert.deepEqual(told, ['written', `failed ${InvalidResponseError.name}`]);
	assert.match(String(wire.causes[0]), /Server sent the invalid status 99$/);
	assert.equal(pending.timings.firstByte, null);
	const given = create();
	given.call.abandon();
	await given.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
	assert.deepEqual([given.told, given.pending.timings.firstByte], [[], null]);
});

test('a 101 response is reported with its fields and the bytes after it', async () => {
	const { told, answer } = create();
	await answer('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nabc');
	assert.deepEqual(told, ['written', 'switched Connection upgrade Upgrade h2c 3']);
});

test('the sections of an HTTP/1.1 response are measured as HTTP/2 measures them', async () => {
	const limits = { ...DEFAULT_LIMITS, headerFields: 2, headerListSize: 100 };
	const [fits, isTooLarge, areTooMany] = [
		`a: b\r\nc: ${'d'.repeat(33)}\r\n`,
		`a: b\r\nc: ${'d'.repeat(34)}\r\n`,
		'a:\r\nb:\r\nc:\r\n',
	];
	const chunked = 'Transfer-Encoding: chunked\r\n\r\n0\r\n';
	const sections: [what: string, around: (fields: string) => string][] = [
		['Header section of the response', (fields) => `HTTP/1.1 204 X\r\n${fields}\r\n`],
		['Response with status 103', (fields) => `HTTP/1.1 103 X\r\n${fields}\r\nHTTP/1.1 204 X\r\n\r\n`],
		['Trailer section of the response', (fields) => `HTTP/1.1 200 X\r\n${chunked}${fields}\r\n`],
	];
	for (const [what, around] of sections) {
		const received = create({}, limits);
		await received.answer(around(fits));
		assert.deepEqual([received.told.at(-1), received.wire.causes], ['ended', []]);
		for (const [fields, why] of [
			[isTooLarge, 'has 101 bytes, but limits.headerListSize is 100'],
			[areTooMany, 'has 3 fields, but limits.headerFields is 2'],
		] as const) {
			const { wire, answer } = create({}, limits);
			await answer(around(fields));
			const [cause] = wire.causes as Error[];
			assert.ok(cause instanceof InvalidResponseError, String(cause));
			assert.equal(cause.message, `${what} ${why}`);
		}
	}
});

/** A fake of the platform's request that records its calls, and has room or not. */
class FakeMessage extends EventEmitter {
	readonly calls: string[] = [];
	hasRoom = true;
	writableFinished = false;

	flushHeaders(): void {
		this.calls.push('head');
	}

	write(bytes: Uint8Array): boolean {
		this.calls.push(`write ${bytes.length}`);
		return this.hasRoom;
	}

	addTrailers(lines: [string, string][]): void {
		this.calls.push(`trailers ${lines.join(';')}`);
	}

	end(bytes?: Uint8Array): void {
		this.calls.push(bytes === undefined ? 'end' : `end ${bytes.length}`);
	}
}

/** A call whose message is a fake. */
function upload(request: OutgoingRequest, offersUpgrade = false) {
	const message = new FakeMessage();
	const ClientRequest = new Proxy(Object, { construct: () => message });
	const platform = { ClientRequest } as unknown as HTTP1Platform;
	const created = createCall(request, platform, { hold: () => {} } as unknown as TransportDuplex, { offersUpgrade });
	message.emit('socket', { destroyed: false });
	/** Delivers the head of a final response. */
	const answer = (statusCode: number): void => {
		message.emit('response', Object.assign(new EventEmitter(), { statusCode, rawHeaders: [] }));
	};
	return { ...created, message, calls: message.calls, answer };
}

function post(options: RequestOptions) {
	return upload(createRequest('POST', '/', origin, options));
}

describe('the content of an HTTP/1.1 request', () => {
	test('small content is sent together with the head of an HTTP/1.1 request, which may also have no content', () => {
		assert.deepEqual(post({ body: 'abc' }).calls, ['end 3']);
		assert.deepEqual(post({ body: '' }).calls, ['end']);
		assert.deepEqual(post({}).calls, ['end']);
		assert.ok(post({}).call.isSent);
	});

	test('every request that can carry an offer to upgrade is written to the connection at once, as a whole', () => {
		const bodies = [undefined, '', 'abc', new Uint8Array(150_000), new URLSearchParams({ a: 'b' })];
		for (const method of ['GET', 'HEAD', 'OPTIONS']) {
			for (const body of bodies) {
				const request = createRequest(method, '/', origin, { body: body ?? null });
				assert.ok(canOfferUpgrade(request));
				const { call, calls, pending } = upload(request, true);
				assert.deepEqual([call.isSent, calls.length, pending.upload], [true, 1, null]);
				call.abandon();
			}
		}
	});

	test('large content of an HTTP/1.1 request is written in pieces, each when there is room', async () => {
		const { message, calls, call, pending } = post({ body: new Uint8Array(150_000) });
		message.hasRoom = false;
		await turn();
		assert.deepEqual([calls, pending.since], [['head', 'write 65536'], 1]);
		message.hasRoom = true;
		message.emit('drain');
		// Progress of the upload is what the timeout counts from.
		assert.equal(pending.since, 7);
		await turn();
		assert.deepEqual(calls.slice(2), ['write 65536', 'write 18928', 'end']);
		assert.ok(call.isSent);
	});

	test('content in memory is written at once if an HTTP/1.1 request offers an upgrade', () => {
		const { call, calls } = upload(createRequest('GET', '/', origin, { body: new Uint8Array(150_000) }), true);
		assert.deepEqual(calls, ['end 150000']);
		call.abandon();
	});

	test('trailers follow the content of an HTTP/1.1 request', async () => {
		const { calls } = post({ body: 'abc', trailers: () => ({ 'x-a': '1' }) });
		await turn();
		assert.deepEqual(calls, ['head', 'write 3', 'trailers x-a,1', 'end']);
	});

	test('content after Expect: 100-continue is sent when the server wants it, or never', async () => {
		const options = { body: 'abc', headers: { expect: '100-continue' } };
		const wanted = post(options);
		await turn();
		assert.deepEqual(wanted.calls, ['head']);
		wanted.message.emit('continue');
		await turn();
		assert.deepEqual(wanted.calls, ['head', 'write 3', 'end']);
		const unwanted = post(options);
		unwanted.answer(413);
		await turn();
		assert.deepEqual([unwanted.calls, unwanted.call.isSent], [['head'], false]);
		const welcome = post(options);
		welcome.answer(200);
		await turn();
		assert.deepEqual([welcome.calls, welcome.call.isSent], [['head', 'write 3', 'end'], true]);
	});

	test('a final response that is an error stops the content of an HTTP/1.1 request', async () => {
		for (const [status, stops] of [
			[200, false],
			[304, true],
			[413, true],
		] as const) {
			let returned = false;
			const body = {
				[Symbol.asyncIterator]: () => ({
					next: () => new Promise<never>(() => {}),
					return: async () => {
						returned = true;
						return { done: true as const, value: undefined };
					},
				}),
			};
			const { answer, wire } = post({ body });
			await turn();
			answer(status);
			await turn();
			assert.deepEqual([returned, wire.causes], [stops, []], `${status}`);
		}
	});

	test('content whose length differs from the content-length of an HTTP/1.1 request fails the request', async () => {
		for (const items of [['abcd'], ['ab'], []]) {
			const { wire, calls } = post({ body: items.values(), headers: { 'content-length': '3' } });
			await turn();
			const cause = wire.causes.at(-1);
			assert.ok(cause instanceof ConnectionError && cause.cause instanceof LocalProtocolError);
			assert.ok(!calls.includes('end'));
		}
	});

	test('content passed to send of an HTTP/1.1 request is written at once', async () => {
		const { pending, calls, wire } = upload(createManualRequest('POST', '/', origin, {}));
		await pending.send(openBody('ab'), false);
		await pending.send(openBody(['c', 'd']), true);
		assert.deepEqual(calls, ['head', 'write 2', 'write 1', 'write 1', 'end']);
		await assert.rejects(pending.send(null, true), LocalProtocolError);
		assert.deepEqual(wire.causes, []);
	});

	test('a response that is complete before the HTTP/1.1 request has ended is reported as such', async () => {
		const { message, told, pending } = post({ body: [new Uint8Array(70_000)].values() });
		message.hasRoom = false;
		await turn();
		const response = Object.assign(new EventEmitter(), { statusCode: 200, rawHeaders: [], rawTrailers: [] });
		message.emit('response', response);
		response.emit('end');
		assert.deepEqual([told, pending.isClosed], [['written', 'head 200', 'ended before the request'], true]);
	});
});
