// RFC 9113 §5.1, figure 2, written down a second time: what each state allows a client, and the next state.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as State from '../../src/session/stream-state.ts';

const {
	IDLE,
	RESERVED_REMOTE,
	OPEN,
	HALF_CLOSED_LOCAL,
	HALF_CLOSED_REMOTE,
	CLOSED,
	SEND_HEADERS,
	SEND_DATA,
	SEND_END_STREAM,
	RECEIVE_PROMISE,
	RECEIVE_HEADERS,
	RECEIVE_DATA,
	RECEIVE_END_STREAM,
	RESET,
} = State;

const allowed: readonly (readonly [state: number, input: number, next: number])[] = [
	[IDLE, SEND_HEADERS, OPEN],
	[IDLE, RECEIVE_PROMISE, RESERVED_REMOTE],
	[RESERVED_REMOTE, RECEIVE_HEADERS, HALF_CLOSED_LOCAL],
	[RESERVED_REMOTE, RESET, CLOSED],
	[OPEN, SEND_HEADERS, OPEN],
	[OPEN, SEND_DATA, OPEN],
	[OPEN, SEND_END_STREAM, HALF_CLOSED_LOCAL],
	[OPEN, RECEIVE_HEADERS, OPEN],
	[OPEN, RECEIVE_DATA, OPEN],
	[OPEN, RECEIVE_END_STREAM, HALF_CLOSED_REMOTE],
	[OPEN, RESET, CLOSED],
	[HALF_CLOSED_LOCAL, RECEIVE_HEADERS, HALF_CLOSED_LOCAL],
	[HALF_CLOSED_LOCAL, RECEIVE_DATA, HALF_CLOSED_LOCAL],
	[HALF_CLOSED_LOCAL, RECEIVE_END_STREAM, CLOSED],
	[HALF_CLOSED_LOCAL, RESET, CLOSED],
	[HALF_CLOSED_REMOTE, SEND_HEADERS, HALF_CLOSED_REMOTE],
	[HALF_CLOSED_REMOTE, SEND_DATA, HALF_CLOSED_REMOTE],
	[HALF_CLOSED_REMOTE, SEND_END_STREAM, CLOSED],
	[HALF_CLOSED_REMOTE, RESET, CLOSED],
	[CLOSED, RESET, CLOSED],
];

test('nextState has every transition of RFC 9113 and no other', () => {
	const transitions: (readonly [number, number, number])[] = [];
	for (let state = IDLE; state <= CLOSED; state++) {
		for (let input = SEND_HEADERS; input <= RESET; input++) {
			const next = State.nextState(state, input);
			if (next !== State.ILLEGAL) transitions.push([state, input, next]);
		}
	}
	const order = (a: readonly number[], b: readonly number[]) =>
		(a[0] as number) * 8 + (a[1] as number) - (b[0] as number) * 8 - (b[1] as number);
	assert.deepEqual(transitions.sort(order), [...allowed].sort(order));
});

test('stream states have the names that RFC 9113 gives them', () => {
	assert.deepEqual([IDLE, RESERVED_REMOTE, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED].map(State.stateName), [
		'idle',
		'reserved (remote)',
		'open',
		'half-closed (local)',
		'half-closed (remote)',
		'closed',
	]);
});
