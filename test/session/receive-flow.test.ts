import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Codec } from '../../src/codec/codec.ts';
import {
	BaseFlowControlManager,
	type FlowControlFactory,
	FlowControlManager,
	ReceiveFlow,
} from '../../src/session/flow-control.ts';
import { StreamRecord, type StreamState } from '../../src/session/stream.ts';
import { record } from '../support/frame-record.ts';
import { windowOf } from '../support/session-core.ts';

/** No manager of these tests throws. */
function rethrow(_stream: StreamRecord, cause: unknown): never {
	throw cause;
}

/** Returns consumed bytes at once. */
class EveryFrame extends BaseFlowControlManager {
	readonly arrivals: [bytes: number, now: number][] = [];

	increaseWindowSize(frameSize: number): number {
		return frameSize;
	}

	blocked(): number {
		return 0;
	}

	override onArrival(bytes: number, now: number): void {
		this.arrivals.push([bytes, now]);
	}
}

function createFlow(connectionWindow = 65_535, buffer = 1_000_000) {
	const codec = new Codec();
	const managers: EveryFrame[] = [];
	const factory = (size: number) => {
		const manager = new EveryFrame(size);
		managers.push(manager);
		return manager;
	};
	const flow = new ReceiveFlow(codec.output, factory, connectionWindow, buffer, rethrow);
	/** Window updates since the last call, as `id:increment`. */
	const updates = () => {
		const { lines } = record(codec.output.take());
		return lines.map((line) => line.replace(/^WINDOW_UPDATE (\d+) (\d+)$/, '$1:$2'));
	};
	const stream = (state: StreamState = 'open') => {
		const made = new StreamRecord(1, 'GET', windowOf(0), windowOf(1000));
		made.state = state;
		return made;
	};
	return { flow, managers, updates, stream };
}

test('a connection window above 65,535 is announced by WINDOW_UPDATE, a smaller one cannot be', () => {
	assert.deepEqual(createFlow(100_000).updates(), ['0:34465']);
	for (const size of [65_535, 1000, 0]) {
		const { updates, managers } = createFlow(size);
		assert.deepEqual(updates(), []);
		assert.equal(managers[0]?.windowSize, 65_535);
	}
});

test('a stream whose content is complete gets no window, although END_STREAM is still to come', () => {
	const { output } = new Codec();
	const flow = new ReceiveFlow(output, FlowControlManager, 65_535, 1_000_000, rethrow);
	for (const [contentLength, updates] of [
		[1000, []],
		[2000, ['WINDOW_UPDATE 1 1000']],
		[-1, ['WINDOW_UPDATE 1 1000']],
	] as const) {
		const stream = new StreamRecord(1, 'GET', windowOf(0), windowOf(0));
		stream.state = 'open';
		stream.contentLength = contentLength;
		stream.contentReceived = 1000;
		flow.arrive(1000, 1);
		flow.consume(stream, 1000, 1000);
		assert.deepEqual(record(output.take()).lines, updates, `content-length ${contentLength}`);
	}
});

test("arrive refuses more bytes than the connection's window", () => {
	const { flow, managers, updates } = createFlow(65_535, 0);
	assert.equal(flow.arrive(65_535, 1), true);
	assert.equal(flow.arrive(1, 2), false);
	assert.equal(flow.arrive(0, 3), true);
	assert.deepEqual(managers[0]?.arrivals, [
		[65_535, 1],
		[0, 3],
	]);
	assert.deepEqual(updates(), []);
});

test("the connection's window is returned on arrival until too much is unread", () => {
	const { flow, updates } = createFlow(65_535, 10_000);
	flow.arrive(8000, 0);
	assert.deepEqual(updates(), ['0:8000']);
	flow.arrive(8000, 0);
	assert.deepEqual(updates(), ['0:2000'], 'what is over the buffer is withheld');
	flow.arrive(500, 0);
	assert.deepEqual(updates(), []);
	flow.consumeWithoutStream(3000);
	assert.deepEqual(updates(), ['0:3000'], 'what is read makes room for what was withheld');
	flow.consumeWithoutStream(13_500);
	assert.deepEqual(updates(), ['0:3500'], 'in the end every byte was returned once');
	flow.arrive(10_000, 0);
	assert.deepEqual(updates(), ['0:10000']);
});

test("a stream's window is returned as its bytes are read, by a manager created then", () => {
	const { flow, managers, updates, stream } = createFlow();
	const [first, second] = [stream(), stream('half-closed (local)')];
	first.contentLength = 300;
	for (const each of [first, second]) {
		flow.arrive(100, 0);
		each.receiveWindow.consume(100);
		assert.equal(each.manager, null);
		updates();
		flow.consume(each, 100, 1000);
		assert.deepEqual(updates(), ['1:100']);
		assert.equal(each.receiveWindow.available, 1000);
	}
	assert.deepEqual(
		managers.map(({ initialWindowSize, documentSize }) => [initialWindowSize, documentSize]),
		[
			[65_535, null],
			[1000, 300],
			[1000, null],
		],
	);
	assert.equal(first.manager, managers[1]);
});

test('a stream that expects no more DATA gets no window, but the connection does', () => {
	for (const state of ['half-closed (remote)', 'closed'] as const) {
		const { flow, updates, stream } = createFlow(65_535, 0);
		flow.arrive(100, 0);
		const ended = stream(state);
		flow.consume(ended, 100, 1000);
		assert.deepEqual(updates(), ['0:100']);
		assert.equal(ended.manager, null);
	}
});

test('an increment that would take a window above 2^31-1 is not sent', () => {
	const { flow, updates, stream } = createFlow();
	const full = stream();
	full.receiveWindow.increase(0x7fffffff - 1000);
	flow.consume(full, 100, 1000);
	assert.deepEqual(updates(), []);
});

/** The calls of the managers' hooks for one arrival and one round trip. `hooksOf` says which hooks the nth manager has. */
function heardWith(hooksOf: (nth: number) => { onArrival?: true; onRoundTrip?: true }) {
	const heard: string[] = [];
	let made = 0;
	const factory: FlowControlFactory = (size) => {
		const nth = made++;
		const manager = new FlowControlManager(size);
		const hooks = hooksOf(nth);
		if (hooks.onArrival) manager.onArrival = (bytes, now) => heard.push(`${nth} arrival ${bytes} ${now}`);
		if (hooks.onRoundTrip) manager.onRoundTrip = (milliseconds) => heard.push(`${nth} round trip ${milliseconds}`);
		return manager;
	};
	const flow = new ReceiveFlow(new Codec().output, factory, 65_535, 1_000_000, rethrow);
	const stream = new StreamRecord(1, 'GET', windowOf(0), windowOf(1000));
	stream.state = 'open';
	flow.arrive(100, 5);
	flow.observe(stream, 100, 5, 1000);
	flow.onRoundTrip(20, [stream]);
	return heard;
}

const CONNECTION = 0;
const STREAM = 1;

test("a stream's manager receives arrivals and round trips when the connection's has no hooks", () => {
	const heard = heardWith((nth) => (nth === STREAM ? { onArrival: true, onRoundTrip: true } : {}));
	assert.deepEqual(heard, ['1 arrival 100 5', '1 round trip 20']);
});

test("the connection's manager receives arrivals and round trips when the stream's has no hooks", () => {
	const heard = heardWith((nth) => (nth === CONNECTION ? { onArrival: true, onRoundTrip: true } : {}));
	assert.deepEqual(heard, ['0 arrival 100 5', '0 round trip 20']);
});

test('a manager with one hook gets only the calls of that hook', () => {
	const arrivals = heardWith((nth) => (nth === STREAM ? { onArrival: true } : { onRoundTrip: true }));
	assert.deepEqual(arrivals, ['1 arrival 100 5', '0 round trip 20']);
	const roundTrips = heardWith((nth) => (nth === STREAM ? { onRoundTrip: true } : { onArrival: true }));
	assert.deepEqual(roundTrips, ['0 arrival 100 5', '1 round trip 20']);
});

test('no manager is created for a stream with the default policy until it needs window', () => {
	const flow = new ReceiveFlow(new Codec().output, FlowControlManager, 65_535, 1_000_000, rethrow);
	assert.equal(flow.observesStreams, false);
});
