// HEADERS and DATA of one response, called as the codec calls them. receiver.test.ts has the other frames.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { BAD_NAME, TOO_LARGE } from '../../assembly/shared/event.ts';
import { ConnectionError } from '../../src/base/errors.ts';
import { BaseFlowControlManager } from '../../src/session/flow-control.ts';
import type { Receiver } from '../../src/session/receiver.ts';
import type { StreamRecord } from '../../src/session/stream.ts';
import { type CoreBench, createReceiver } from '../support/session-core.ts';
import type { ScriptOptions } from '../support/session-script.ts';

let bench: CoreBench;
let receiver: Receiver;

function start(options?: ScriptOptions): void {
	({ bench, receiver } = createReceiver(options));
}

beforeEach(() => start());

/** Receives HEADERS on stream 1, written as `200 content-length=5`. */
function head(text: string, { endStream = false, faults = 0, streamId = 1 } = {}): void {
	const [status = '', ...fields] = text.split(' ');
	receiver.onHeaders(streamId, [':status', status, ...fields.flatMap((f) => f.split('='))], null, faults, endStream);
}

function trailers(endStream = true, faults = 0): void {
	receiver.onHeaders(1, ['sum', '1'], null, faults, endStream);
}

function data(length: number, { endStream = false, padding = 0, endOfFrame = true, streamId = 1 } = {}): void {
	receiver.onData(streamId, new Uint8Array(length + 2), 1, 1 + length, length + padding, endOfFrame, endStream);
}

describe('responses', () => {
	test('a response is reported part by part, and its stream closes at the end', () => {
		bench.open();
		head('103');
		head('200 content-length=5');
		data(3);
		data(2, { padding: 4 });
		trailers();
		assert.deepEqual(bench.events(), [
			...['informational 1', 'response 1', 'data 1', 'data 1', 'trailers 1', 'closed 1'],
		]);
		assert.deepEqual(bench.sent(), []);
	});

	test('the events of a response have its status and declared length, and its bytes without a copy', () => {
		bench.open();
		const bytes = Uint8Array.of(9, 1, 2, 9);
		head('200 content-length=2');
		receiver.onData(1, bytes, 1, 3, 2, true, true);
		assert.deepEqual(bench.takeEvents(), [
			{
				...{ type: 'response', streamId: 1, status: 200, contentLength: 2, endStream: false, neverIndexed: null },
				fields: [':status', '200', 'content-length', '2'],
			},
			{ type: 'data', streamId: 1, bytes, start: 1, end: 3, endOfFrame: true, endStream: true },
			{ type: 'closed', streamId: 1, error: null },
		]);
	});

	test('a response that ends before its request leaves the stream half-closed', () => {
		const stream = bench.open('POST', false);
		head('413', { endStream: true });
		assert.deepEqual(bench.events(), ['response 1']);
		assert.equal(stream.state, 'half-closed (remote)');
	});

	for (const [method, status, endStream] of [
		['HEAD', '200', true],
		['GET', '304', true],
		['GET', '204', true],
		['CONNECT', '200', false],
	] as const) {
		test(`a response to ${method} with status ${status} may declare content that it does not have`, () => {
			bench.open(method);
			head(`${status} content-length=5`, { endStream });
			if (!endStream) data(6);
			assert.equal(bench.core.phase, 'open');
			assert.deepEqual(bench.sent(), []);
		});
	}
});

describe('malformed responses', () => {
	const cases: [what: string, send: () => void, errorCode: number, method?: string][] = [
		['that ends with its head though it declares content', () => head('200 content-length=5', { endStream: true }), 1],
		['whose informational response ends the stream', () => head('100', { endStream: true }), 1],
		['with content after HEAD', () => [head('200 content-length=5'), data(1)], 1, 'HEAD'],
		['with DATA before its head', () => data(1), 1],
		['with more content than declared', () => [head('200 content-length=1'), data(2)], 1],
		['with less content than declared', () => [head('200 content-length=3'), data(2, { endStream: true })], 1],
		['with less content than declared, and trailers', () => [head('200 content-length=3'), data(2), trailers()], 1],
		['with trailers that do not end it', () => [head('200'), trailers(false)], 1],
		['with a second head', () => [head('200'), head('200', { endStream: true })], 1],
		['with an invalid byte in a field name', () => head('200', { faults: BAD_NAME }), 1],
		['with a field section over our limits', () => head('200', { faults: TOO_LARGE }), 11],
		['with trailers over our limits', () => [head('200'), trailers(true, TOO_LARGE)], 11],
		['after too many informational responses', () => [head('100'), head('100'), head('100')], 11],
		["with more content than its stream's window", () => [head('200'), data(100, { padding: 1 })], 3],
	];
	for (const [what, send, errorCode, method] of cases) {
		test(`a response ${what} is reset`, () => {
			start({ limits: { informational: 2 }, settings: { initialWindowSize: 100 } });
			const stream = bench.open(method);
			stream.receiveWindow.consume(65_535 - 100);
			send();
			assert.equal(bench.events().at(-1), `closed 1 StreamResetError ${errorCode}`);
			assert.deepEqual(bench.sent(), [`RST_STREAM 1 ${errorCode}`]);
		});
	}

	test('a response with DATA or HEADERS after its end is reset with STREAM_CLOSED', () => {
		for (const send of [() => data(1), () => trailers()]) {
			start();
			bench.open('POST', false);
			head('200', { endStream: true });
			send();
			assert.deepEqual(bench.sent(), ['RST_STREAM 1 5']);
		}
	});
});

describe('flow control', () => {
	/** Returns consumed bytes at once. */
	class EveryFrame extends BaseFlowControlManager {
		increaseWindowSize(frameSize: number): number {
			return frameSize;
		}

		blocked(): number {
			return 0;
		}
	}

	test("padding counts as read at once, content only for the connection's window", () => {
		start({ flowControl: EveryFrame });
		const stream = bench.open();
		head('200');
		data(10, { padding: 5 });
		assert.deepEqual(bench.sent(), ['WINDOW_UPDATE 0 15', 'WINDOW_UPDATE 1 5']);
		assert.equal(stream.receiveWindow.available, 65_535 - 10);
	});

	test("DATA that fails its stream is returned to the connection's window, whole or in pieces", () => {
		for (const pieces of [[60_000], [20_000, 20_000, 20_000]]) {
			start({ limits: { connectionBuffer: 0 } });
			bench.open();
			head('200 content-length=1');
			for (const [i, length] of pieces.entries()) data(length, { endOfFrame: i === pieces.length - 1 });
			assert.deepEqual(bench.sent().sort(), ['RST_STREAM 1 1', 'WINDOW_UPDATE 0 60000']);
		}
	});

	test('small DATA frames for a closed stream end the connection', () => {
		start({ limits: { glitches: 5, glitchesPerSecond: 0 } });
		bench.core.resetStream(bench.open(), 8, new ConnectionError('x'));
		for (let i = 0; i < 30; i++) data(1);
		bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
	});

	test("DATA for a closed stream is returned to the connection's window", () => {
		start({ flowControl: EveryFrame, limits: { connectionBuffer: 0 } });
		bench.core.resetStream(bench.open(), 8, new ConnectionError('x'));
		bench.sent();
		data(10);
		assert.deepEqual(bench.sent(), ['WINDOW_UPDATE 0 10']);
	});

	test("DATA beyond the connection's window ends the connection", () => {
		bench.open();
		head('200');
		bench.events();
		data(65_536);
		assert.deepEqual(bench.events(), ['closed 1 ProtocolError 3', 'failed ProtocolError 3']);
	});

	test('empty DATA frames in a row are limited, whether they are padded or not', () => {
		for (const padding of [0, 1]) {
			start({ limits: { emptyData: 2 } });
			bench.open();
			head('200');
			for (let i = 0; i < 4; i++) {
				data(0, { padding });
				data(0);
				data(1);
			}
			assert.equal(bench.core.phase, 'open');
			for (let i = 0; i < 3; i++) data(0, { padding });
			assert.equal(bench.events().at(-1), 'failed ProtocolError 11');
		}
	});

	test('empty DATA frames between others count as glitches', () => {
		start({ limits: { glitches: 3, glitchesPerSecond: 0 } });
		bench.open();
		head('200');
		// The request allows ten more.
		for (let i = 0; i < 13; i++) {
			data(0);
			data(1);
		}
		assert.equal(bench.core.phase, 'open');
		data(0);
		assert.equal(bench.events().at(-1), 'failed ProtocolError 11');
	});

	test('a DATA frame with padding only is no event unless it ends the response, and its padding is given back', () => {
		bench.open();
		head('200');
		bench.events();
		bench.sent();
		data(0, { padding: 256 });
		assert.deepEqual(bench.takeEvents(), []);
		assert.equal(bench.core.flow.isShut, false);
		data(0, { padding: 256, endStream: true });
		assert.deepEqual(
			bench.takeEvents().map(({ type }) => type),
			['data', 'closed'],
		);
	});
});

describe('frames for streams that are not open', () => {
	const sends: ((streamId: number) => void)[] = [
		(streamId) => data(1, { streamId }),
		(streamId) => head('200', { streamId }),
	];

	test('DATA or HEADERS on an idle or reserved stream end the connection', () => {
		for (const send of sends) {
			start();
			send(1);
			assert.deepEqual(bench.events(), ['failed ProtocolError 1']);
		}
		start();
		bench.open().state = 'reserved (remote)';
		data(1);
		assert.deepEqual(bench.events().at(-1), 'failed ProtocolError 1');
	});

	test("DATA or HEADERS are answered with STREAM_CLOSED after the end or the peer's reset, and ignored after ours", () => {
		for (const send of sends) {
			start();
			const streams = [bench.open(), bench.open(), bench.open()] as [StreamRecord, StreamRecord, StreamRecord];
			bench.core.closeStream(streams[0], 'reset by peer', new ConnectionError('x'));
			bench.core.resetStream(streams[1], 8, new ConnectionError('x'));
			bench.core.closeStream(streams[2], 'ended', null);
			bench.sent();
			send(1);
			assert.deepEqual(bench.sent(), ['RST_STREAM 1 5']);
			send(3);
			assert.deepEqual(bench.sent(), []);
			send(5);
			send(5);
			assert.deepEqual(bench.sent(), ['RST_STREAM 5 5']);
			assert.equal(bench.core.phase, 'open');
		}
	});

	test('the error for a frame on an idle stream names the frame and the stream', () => {
		data(1, { streamId: 7 });
		assert.match(bench.onlyError().message, /^DATA arrived on stream 7, which is idle/);
	});
});
