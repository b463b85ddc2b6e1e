import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { FrameEvent } from '../../src/trace/frame-event.ts';
import { frameListeners, traceFrames } from '../../src/trace/listeners.ts';

const EVENT: FrameEvent = { type: 'preface', connection: 1, direction: 'sent', time: 0 };

test('a listener that was stopped gets no more events, even from an old list of listeners', () => {
	const heard: string[] = [];
	const listen = (): unknown => heard.push('first');
	const stops = [traceFrames(listen), traceFrames(listen), traceFrames(() => heard.push('second'))];
	const held = frameListeners();
	assert.equal(held.length, 3);
	stops[1]?.();
	stops[1]?.();
	assert.equal(frameListeners().length, 2);
	for (const each of held) each(EVENT);
	assert.deepEqual(heard, ['first', 'second']);
	for (const stop of stops) stop();
	assert.deepEqual(frameListeners(), []);
});

test('a listener of traceFrames that throws causes a warning', async () => {
	const stop = traceFrames(() => {
		throw new Error('no');
	});
	const warned = once(process, 'warning');
	for (const each of frameListeners()) each(EVENT);
	const [warning] = (await warned) as [Error];
	assert.match(warning.message, /^A listener of traceFrames threw an error .*: Error: no$/);
	stop();
});

test('a listener that is not a function is a TypeError', () => {
	assert.throws(() => traceFrames('console.log' as never), TypeError);
});
