// A traced transport behaves like the original, and reports the frames that cross it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FrameType, FrameWriter, Setting } from '../../src/frames.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import type { TransportReceiver } from '../../src/runtime/transport.ts';
import type { FrameEvent } from '../../src/trace/frame-event.ts';
import { traceTransport } from '../../src/trace/transport.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const writer = new FrameWriter();
const ping = (ack = false) => writer.write({ type: FrameType.PING, ack });

/** Every reading of the clock advances it by 5. */
function createTraced(listener: (event: FrameEvent) => void = () => undefined) {
	const [near, far] = createMemoryTransports({ alpn: 'h2' });
	const events: FrameEvent[] = [];
	let clock = 100;
	const traced = traceTransport(near, {
		connection: 7,
		listener: (event) => {
			events.push(event);
			listener(event);
		},
		now: () => {
			clock += 5;
			return clock;
		},
	});
	const nearSide = new TransportRecorder();
	const farSide = new TransportRecorder();
	traced.start(nearSide);
	far.start(farSide);
	return { traced, far, events, nearSide, farSide };
}

function told(events: readonly FrameEvent[]): string[] {
	return events.map((event) => {
		const what = event.type === 'frame' ? `${event.frame.type}/${event.frame.flags}` : event.type;
		return `${event.direction} ${what}`;
	});
}

describe('a traced transport', () => {
	test('a traced transport reports both directions, with the time since it opened', async () => {
		const { traced, far, events, nearSide, farSide } = createTraced();
		assert.equal(traced.write([PREFACE.subarray(0, 10), PREFACE.subarray(10), ping()]), true);
		await turn();
		far.write([ping(true)]);
		await turn();
		assert.deepEqual(told(events), ['sent preface', 'sent 6/0', 'received 6/1']);
		assert.deepEqual(
			events.map(({ connection, time }) => [connection, time]),
			[
				[7, 5],
				[7, 10],
				[7, 15],
			],
		);
		assert.equal(farSide.byteCount, 24 + 17);
		assert.equal(nearSide.byteCount, 17);
	});

	test('a traced transport passes everything else on', async () => {
		const { traced, far, nearSide, farSide } = createTraced();
		assert.deepEqual([traced.alpn, traced.openedAt], ['h2', undefined]);
		traced.pause();
		far.write([ping()]);
		await turn();
		assert.equal(nearSide.byteCount, 0);
		traced.resume();
		await turn();
		assert.equal(nearSide.byteCount, 17);
		traced.ref();
		traced.unref();
		traced.end();
		await turn();
		assert.deepEqual(farSide.events, ['end']);
		far.end();
		await turn();
		assert.deepEqual(nearSide.events, ['end', 'close']);
		assert.deepEqual(nearSide.breaches, []);
	});

	test('a traced transport passes a renegotiation on, if its receiver asks for it', () => {
		let receiver: TransportReceiver = new TransportRecorder();
		const [near] = createMemoryTransports();
		near.start = (started) => {
			receiver = started;
		};
		const options = { connection: 1, listener: () => undefined, now: () => 0 };
		traceTransport(near, options).start(new TransportRecorder());
		receiver.onRenegotiated?.();
		let count = 0;
		traceTransport(near, options).start(Object.assign(new TransportRecorder(), { onRenegotiated: () => count++ }));
		receiver.onRenegotiated?.();
		assert.equal(count, 1);
	});

	test('a traced transport is full and drained when the original is', async () => {
		const { traced, far, nearSide } = createTraced();
		far.pause();
		assert.equal(traced.write([new Uint8Array(100_000)]), false);
		far.resume();
		await turn();
		assert.deepEqual(nearSide.events, ['drain']);
	});

	test('a traced transport is destroyed with its error, and reports nothing afterwards', async () => {
		const { traced, events, nearSide } = createTraced();
		const error = new Error('enough');
		traced.write([PREFACE]);
		traced.destroy(error);
		await turn();
		assert.equal(nearSide.error, error);
		traced.write([ping()]);
		assert.deepEqual(told(events), ['sent preface']);
	});

	test('a direction that cannot be read is not reported any further, and the transport continues', async () => {
		const { traced, far, events, nearSide, farSide } = createTraced();
		traced.write([PREFACE, writer.write({ type: FrameType.SETTINGS })]);
		far.write([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.padEnd(60))]);
		await turn();
		far.write([ping()]);
		traced.write([ping()]);
		await turn();
		assert.deepEqual(told(events), ['sent preface', 'sent 4/0', 'received fault', 'sent 6/0']);
		assert.equal(nearSide.byteCount, 60 + 17);
		assert.equal(farSide.byteCount, 24 + 9 + 17);
	});

	test('received frames may have the SETTINGS_MAX_FRAME_SIZE that was sent', async () => {
		for (const [announced, type] of [
			[16_384, 'fault'],
			[20_000, 'frame'],
		] as const) {
			const { traced, far, events } = createTraced();
			const settings = writer.write({ type: FrameType.SETTINGS, settings: [[Setting.MAX_FRAME_SIZE, announced]] });
			traced.write([PREFACE, settings]);
			far.write([writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(20_000) })]);
			await turn();
			assert.equal(events.at(-1)?.type, type);
		}
	});

	test('events stay in order when a listener sends something', async () => {
		const { traced, far, events, farSide } = createTraced((event) => {
			if (event.direction === 'received' && event.type === 'frame' && event.frame.flags === 0) {
				traced.write([ping(true)]);
			}
		});
		traced.write([PREFACE]);
		far.write([Buffer.concat([ping(), ping()])]);
		await turn();
		await turn();
		assert.deepEqual(told(events), ['sent preface', 'received 6/0', 'received 6/0', 'sent 6/1', 'sent 6/1']);
		assert.equal(farSide.byteCount, 24 + 34);
	});
});
