import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { joinBytes } from '../../src/base/bytes.ts';
import { typeName } from '../../src/base/frame-names.ts';
import { Codec } from '../../src/codec/codec.ts';
import { FrameReader } from '../../src/frames/frame-reader.ts';
import { OUTBOX_BYTES, Outbox, SendQueue } from '../../src/session/send-queue.ts';
import { StreamRecord } from '../../src/session/stream.ts';
import { windowOf } from '../support/session-core.ts';

function createQueue(connectionWindow: number) {
	const codec = new Codec();
	const told: string[] = [];
	const connection = windowOf(connectionWindow);
	const queue = new SendQueue(codec.output, connection, {
		onSent: (stream) => told.push(`sent ${stream.id}`),
		onWritable: (stream) => told.push(`writable ${stream.id}`),
	});
	const add = (id: number, length: number, { window = 1_000_000, ended = true } = {}) => {
		const stream = new StreamRecord(id, 'POST', windowOf(window), windowOf(0));
		const outbox = new Outbox();
		outbox.push(new Uint8Array(length));
		if (ended) outbox.next = 'end';
		outbox.full = length >= OUTBOX_BYTES;
		stream.outbox = outbox;
		queue.enqueue(stream);
		return stream;
	};
	/** The frames written, as `id:bytes` with a dot at the end of a stream. */
	const write = (budget = Number.POSITIVE_INFINITY) => {
		queue.write(budget);
		using reader = new FrameReader({ maxFrameSize: 16_777_215 });
		return Array.from(reader.read(joinBytes(codec.output.take())), (frame) => {
			const end = 'endStream' in frame && frame.endStream ? '.' : '';
			return frame.type === FrameType.DATA
				? `${frame.streamId}:${frame.data.length}${end}`
				: `${typeName(frame.type)}${end}`;
		});
	};
	return { codec, queue, connection, told, add, write };
}

test('streams take turns, one frame each, however much content each has', () => {
	const { add, write, told } = createQueue(1_000_000);
	add(1, 40_000);
	add(3, 20_000);
	add(5, 100);
	assert.deepEqual(write(), ['1:16384', '3:16384', '5:100.', '1:16384', '3:3616.', '1:7232.']);
	assert.deepEqual(told, ['sent 5', 'sent 3', 'sent 1']);
});

test('a write budget ends a round, and the next round continues with the same turn', () => {
	const { add, write } = createQueue(1_000_000);
	add(1, 40_000);
	add(3, 40_000);
	assert.deepEqual(write(20_000), ['1:16384', '3:3616']);
	assert.deepEqual(write(16_384), ['1:16384']);
	assert.deepEqual(write(16_384), ['3:16384']);
});

test("only empty ends and trailers are sent when the connection's window is used up", () => {
	const { add, write, connection, queue } = createQueue(0);
	add(1, 10);
	add(3, 0);
	const trailed = add(5, 0, { ended: false });
	const outbox = trailed.outbox as Outbox;
	outbox.next = { fields: ['a', 'b'], neverIndexed: null };
	queue.enqueue(trailed);
	assert.deepEqual(write(), ['3:0.', 'HEADERS.']);
	connection.increase(4);
	assert.deepEqual(write(), ['1:4']);
	connection.increase(100);
	assert.deepEqual(write(), ['1:6.']);
});

test('a stream without window leaves the queue until it gets window', () => {
	const { add, write, queue } = createQueue(1000);
	const stream = add(1, 10, { window: 3 });
	assert.deepEqual(write(), ['1:3']);
	queue.enqueue(stream);
	assert.deepEqual(write(), []);
	stream.sendWindow.increase(20);
	queue.enqueue(stream);
	queue.enqueue(stream);
	assert.deepEqual(write(), ['1:7.']);
});

test('a stream whose window was lowered while it was queued sends no more than that window', () => {
	const { add, write } = createQueue(1000);
	add(1, 10, { window: 5 }).sendWindow.increase(-6);
	assert.deepEqual(write(), []);
});

test('a stream that was reset while it was queued is dropped', () => {
	const { add, write } = createQueue(1000);
	add(1, 10).outbox = null;
	add(3, 5);
	assert.deepEqual(write(), ['3:5.']);
});

test('a full stream becomes writable when half of its outbox is sent', () => {
	const { add, write, told } = createQueue(10_000_000);
	add(1, OUTBOX_BYTES, { ended: false });
	write(OUTBOX_BYTES / 2 - 1);
	assert.deepEqual(told, []);
	write(1);
	assert.deepEqual(told, ['writable 1']);
	write();
	assert.deepEqual(told, ['writable 1']);
});

test('a full stream becomes writable at the end too', () => {
	const { add, write, told, codec } = createQueue(10_000_000);
	codec.output.maxFrameSize = OUTBOX_BYTES;
	add(1, OUTBOX_BYTES);
	write();
	assert.deepEqual(told, ['writable 1', 'sent 1']);
});

test("every one of many streams gets its turn, however small the budget or the connection's window", () => {
	const { add, write, connection } = createQueue(65_536);
	for (let id = 1; id < 80; id += 2) add(id, 1_000_000);
	const served = new Set<string>();
	for (let i = 0; i < 12; i++) {
		for (const frame of write(50_000)) served.add(frame.split(':')[0] as string);
		connection.increase(65_536);
	}
	assert.equal(served.size, 40);
});

test('an outbox returns bytes in order, each time from one chunk', () => {
	const outbox = new Outbox();
	outbox.push(Uint8Array.of(1, 2, 3));
	outbox.push(new Uint8Array(0));
	outbox.push(Uint8Array.of(4, 5));
	assert.equal(outbox.length, 5);
	assert.deepEqual([...outbox.shift(2)], [1, 2]);
	assert.deepEqual([...outbox.shift(2)], [3]);
	assert.equal(outbox.length, 2);
	assert.deepEqual([...outbox.shift(100)], [4, 5]);
	assert.equal(outbox.length, 0);
	assert.deepEqual(outbox.chunks, []);
});

test('an outbox does not copy a whole chunk', () => {
	const outbox = new Outbox();
	const chunk = Uint8Array.of(1, 2, 3);
	outbox.push(chunk);
	assert.equal(outbox.shift(3), chunk);
});

test('thousands of small chunks become few frames with the same bytes', () => {
	const { codec, queue, add } = createQueue(1_000_000);
	const stream = add(1, 0, { ended: false });
	const outbox = stream.outbox as Outbox;
	const sent = Uint8Array.from({ length: 20_000 }, (_, i) => i);
	for (let at = 0; at < sent.length; at++) {
		outbox.push(sent.subarray(at, at + 1));
		// Some of it is sent meanwhile.
		if (at === 7000 || at === 7001) {
			queue.enqueue(stream);
			queue.write(6000);
		}
	}
	outbox.next = 'end';
	queue.enqueue(stream);
	queue.write(1_000_000);
	using reader = new FrameReader();
	const frames = Array.from(reader.read(joinBytes(codec.output.take())), (frame) =>
		frame.type === FrameType.DATA ? frame.data : assert.fail('not DATA'),
	);
	assert.deepEqual(joinBytes(frames), sent);
	assert.ok(frames.length < 60, `${frames.length} frames`);
});

test('large chunks behind many others are not copied together', () => {
	const outbox = new Outbox();
	for (let i = 0; i < 20; i++) outbox.push(new Uint8Array(1));
	const large = new Uint8Array(100_000);
	outbox.push(large);
	assert.equal(outbox.chunks.at(-1), large);
	assert.equal(outbox.length, 100_020);
});
