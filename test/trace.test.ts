// The public API of hyper-wasm/trace.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameListeners } from '../src/trace/listeners.ts';
import * as trace from '../src/trace.ts';

test('hyper-wasm/trace exports its three names', () => {
	assert.deepEqual(Object.keys(trace).sort(), ['formatFrame', 'formatFrameLine', 'traceFrames']);
});

test('traceFrames calls its listener until it is stopped', () => {
	const events: trace.FrameEvent[] = [];
	const stop = trace.traceFrames((event) => events.push(event));
	for (const listen of frameListeners()) listen({ type: 'preface', connection: 1, direction: 'sent', time: 1 });
	assert.equal(trace.formatFrameLine(events[0] as trace.FrameEvent), '[  0.001] send connection preface');
	stop();
	assert.equal(frameListeners().length, 0);
});
