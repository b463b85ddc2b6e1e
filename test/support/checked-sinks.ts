// Checks every request of a test process: the calls of its sink come in order, exactly one of them is the last, and none is
// missing once the request is closed. Imported for its effect by the modules from which scenarios get their connections.

import { writeSync } from 'node:fs';
import { ConnectionBase } from '../../src/connection/connection-base.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { BufferedResponse } from '../../src/message/buffered-response.ts';
import type { ResponseSink } from '../../src/message/response-sink.ts';

type Call = keyof ResponseSink;

/** begun ── onHead ──> answered ── onTrailers ──> trailed ── onEnd ──> over; `onError` leads there from anywhere. */
type State = 'begun' | 'answered' | 'trailed' | 'over';

/** The calls that are allowed in each state, and the state that each leads to. */
const NEXT: Record<State, Partial<Record<Call, State>>> = {
	begun: { onStart: 'begun', onInformational: 'begun', onHead: 'answered', onError: 'over' },
	answered: { onContent: 'answered', onTrailers: 'trailed', onEnd: 'over', onError: 'over' },
	trailed: { onEnd: 'over', onError: 'over' },
	over: {},
};

const CALLS: readonly Call[] = [
	...(['onStart', 'onInformational', 'onHead', 'onContent', 'onTrailers', 'onEnd', 'onError'] as const),
];

/** Sinks without an entry have begun. */
const states = new WeakMap<ResponseSink, State>();
const watched = new WeakSet<ResponseSink>();
/** What was wrong, each with the calls that led there. */
const violations: string[] = [];

function onCall(sink: ResponseSink, call: Call): void {
	const state = states.get(sink) ?? 'begun';
	const next = NEXT[state][call];
	if (next === undefined) violations.push(new Error(`${call} of a sink that is ${state}`).stack as string);
	else if (next !== state) states.set(sink, next);
}

/** The violations so far, which no longer count. */
export function takeViolations(): string[] {
	return violations.splice(0);
}

/** A sink that passes every call on and checks it. */
export function watchSink(sink: ResponseSink): ResponseSink {
	const watching: Record<string, (...given: never[]) => void> = {};
	for (const call of CALLS) {
		watching[call] = (...given) => {
			onCall(watching, call);
			return (sink[call] as ((...given: never[]) => void) | undefined)?.apply(sink, given);
		};
	}
	watched.add(watching);
	return watching;
}

// Promises and body buffers: one prototype.
for (const call of CALLS) {
	const own = BufferedResponse.prototype[call] as (...given: never[]) => void;
	Object.defineProperty(BufferedResponse.prototype, call, {
		configurable: true,
		value(this: BufferedResponse, ...given: never[]) {
			onCall(this, call);
			own.apply(this, given);
		},
	});
}

const { dispatch } = ConnectionBase.prototype;
ConnectionBase.prototype.dispatch = function (request, sink) {
	return dispatch.call(this, request, watchSink(sink));
};

const { close } = PendingRequest.prototype;
PendingRequest.prototype.close = function (reason) {
	close.call(this, reason);
	// A paused sink gets its last call later.
	if (this.state === 'held') return;
	const { sink } = this;
	if (!(sink instanceof BufferedResponse) && !watched.has(sink)) return;
	if (states.get(sink) !== 'over') violations.push(new Error('Closed without a last call of its sink').stack as string);
};

process.on('exit', () => {
	const left = takeViolations();
	if (left.length === 0) return;
	// An `after` hook of a file fails nothing in Node 20.
	process.exitCode = 1;
	writeSync(2, `Calls of response sinks were not as promised:\n${left.slice(0, 10).join('\n')}\n`);
});
