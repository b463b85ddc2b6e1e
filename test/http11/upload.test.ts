import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openBody } from '../../src/body/request-body.ts';
import type { ClientRequest } from '../../src/http11/platform.ts';
import { requestHead } from '../../src/http11/request-head.ts';
import type { UpgradeOffer } from '../../src/http11/upgrade.ts';
import { Upload } from '../../src/http11/upload.ts';
import { LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { createManualRequest, createRequest, type OutgoingRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';

const origin = parseHost('http://a');

/** The platform's request: writes down what it is told, and has room or not. */
class FakeMessage extends EventEmitter {
	readonly calls: string[] = [];
	room = true;

	flushHeaders(): void {
		this.calls.push('head');
	}

	write(bytes: Uint8Array): boolean {
		this.calls.push(`write ${bytes.length}`);
		return this.room;
	}

	addTrailers(lines: [string, string][]): void {
		this.calls.push(`trailers ${lines.join(';')}`);
	}

	end(bytes?: Uint8Array): void {
		this.calls.push(bytes === undefined ? 'end' : `end ${bytes.length}`);
	}
}

function create(request: OutgoingRequest, upgrade: UpgradeOffer | null = null) {
	const message = new FakeMessage();
	const told: unknown[] = [];
	const upload = new Upload({ request, upgrade }, requestHead(request), message as unknown as ClientRequest, {
		onProgress: () => told.push('progress'),
		onUploadFailed: (cause) => told.push(cause),
	});
	upload.start();
	return { message, told, upload, calls: message.calls };
}

function post(options: RequestOptions) {
	return create(createRequest('POST', '/', origin, options));
}

test('small content goes with the head, and none needs no more than that', () => {
	assert.deepEqual(post({ body: 'abc' }).calls, ['end 3']);
	assert.deepEqual(post({ body: '' }).calls, ['end']);
	assert.deepEqual(post({}).calls, ['end']);
	assert.ok(post({}).upload.ended);
});

test('large content goes in pieces, each when there is room', async () => {
	const { message, calls, told, upload } = post({ body: new Uint8Array(150_000) });
	message.room = false;
	await turn();
	assert.deepEqual(calls, ['head', 'write 65536']);
	message.room = true;
	message.emit('drain');
	await turn();
	assert.deepEqual(calls.slice(2), ['write 65536', 'write 18928', 'end']);
	assert.deepEqual(told, ['progress', 'progress', 'progress']);
	assert.ok(upload.ended);
});

test('for an upgrade, what is in memory goes at once', () => {
	const { calls } = create(createRequest('POST', '/', origin, { body: new Uint8Array(150_000) }), { settings: '' });
	assert.deepEqual(calls, ['end 150000']);
});

test('trailers follow the content', async () => {
	const { calls } = post({ body: 'abc', trailers: () => ({ 'x-a': '1' }) });
	await turn();
	assert.deepEqual(calls, ['head', 'write 3', 'trailers x-a,1', 'end']);
});

test('content that is expected to wait goes when the server wants it, or never', async () => {
	const options = { body: 'abc', headers: { expect: '100-continue' } };
	const wanted = post(options);
	await turn();
	assert.deepEqual(wanted.calls, ['head']);
	wanted.upload.proceed();
	await turn();
	assert.deepEqual(wanted.calls, ['head', 'write 3', 'end']);
	const unwanted = post(options);
	unwanted.upload.onFinal(417);
	await turn();
	assert.deepEqual([unwanted.calls, unwanted.upload.ended], [['head'], false]);
	const welcome = post(options);
	welcome.upload.onFinal(200);
	await turn();
	assert.deepEqual([welcome.calls, welcome.upload.ended], [['head', 'write 3', 'end'], true]);
});

test('a final response stops what is on its way when it is an error', async () => {
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
		const { upload, told } = post({ body });
		await turn();
		upload.onFinal(status);
		await turn();
		assert.deepEqual([returned, told], [stops, []], `${status}`);
	}
});

test('a length that is not kept to fails', async () => {
	for (const items of [['abcd'], ['ab'], []]) {
		const { told, calls } = post({ body: items.values(), headers: { 'content-length': '3' } });
		await turn();
		assert.ok(told.at(-1) instanceof LocalProtocolError);
		assert.ok(!calls.includes('end'));
	}
});

test('by hand, content goes as it is sent', async () => {
	const { upload, calls, told } = create(createManualRequest('POST', '/', origin, {}));
	await upload.send(openBody('ab'), false);
	await upload.send(openBody(['c', 'd']), true);
	assert.deepEqual(calls, ['head', 'write 2', 'write 1', 'write 1', 'end']);
	await assert.rejects(upload.send(null, true), LocalProtocolError);
	assert.ok(told.every((what) => what === 'progress'));
});
