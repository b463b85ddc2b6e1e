// RFC 9113 §5.1, figure 2, written down a second time: what each state allows a client, and the next state.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextState, type StreamInput, StreamRecord, type StreamState } from '../../src/session/stream.ts';
import { windowOf } from '../support/session-core.ts';

const states: readonly StreamState[] = [
	...(['idle', 'reserved (remote)', 'open', 'half-closed (local)', 'half-closed (remote)', 'closed'] as const),
];
const inputs: readonly StreamInput[] = [
	...(['send HEADERS', 'send DATA', 'send END_STREAM'] as const),
	...(['receive PUSH_PROMISE', 'receive HEADERS', 'receive DATA', 'receive END_STREAM', 'RST_STREAM'] as const),
];

const allowed: readonly (readonly [state: StreamState, input: StreamInput, next: StreamState])[] = [
	['idle', 'send HEADERS', 'open'],
	['idle', 'receive PUSH_PROMISE', 'reserved (remote)'],
	['reserved (remote)', 'receive HEADERS', 'half-closed (local)'],
	['reserved (remote)', 'RST_STREAM', 'closed'],
	['open', 'send HEADERS', 'open'],
	['open', 'send DATA', 'open'],
	['open', 'send END_STREAM', 'half-closed (local)'],
	['open', 'receive HEADERS', 'open'],
	['open', 'receive DATA', 'open'],
	['open', 'receive END_STREAM', 'half-closed (remote)'],
	['open', 'RST_STREAM', 'closed'],
	['half-closed (local)', 'receive HEADERS', 'half-closed (local)'],
	['half-closed (local)', 'receive DATA', 'half-closed (local)'],
	['half-closed (local)', 'receive END_STREAM', 'closed'],
	['half-closed (local)', 'RST_STREAM', 'closed'],
	['half-closed (remote)', 'send HEADERS', 'half-closed (remote)'],
	['half-closed (remote)', 'send DATA', 'half-closed (remote)'],
	['half-closed (remote)', 'send END_STREAM', 'closed'],
	['half-closed (remote)', 'RST_STREAM', 'closed'],
	['closed', 'RST_STREAM', 'closed'],
];

test('nextState has every transition of RFC 9113 and no other', () => {
	const transitions = states.flatMap((state) =>
		inputs.flatMap((input) => {
			const next = nextState(state, input);
			return next === undefined ? [] : [[state, input, next] as const];
		}),
	);
	const sorted = (rows: typeof allowed) => rows.map((row) => row.join(', ')).sort();
	assert.deepEqual(sorted(transitions), sorted(allowed));
});

test('a stream begins idle, awaiting the head of its response', () => {
	const stream = new StreamRecord(1, 'GET', windowOf(5), windowOf(7));
	assert.deepEqual([stream.state, stream.phase], ['idle', 'awaiting head']);
	assert.deepEqual([stream.sendWindow.available, stream.receiveWindow.available], [5, 7]);
});

test('the compiler tells the states of a stream from the phases of its response', () => {
	const stream = new StreamRecord(1, 'GET', windowOf(0), windowOf(0));
	// @ts-expect-error This is the test: `open` is a state, so a phase must not take it.
	stream.phase = 'open';
	// @ts-expect-error This is the test: `complete` is a phase, so a state must not take it.
	stream.state = 'complete';
});
