// The listeners for the frames of all connections of this process. In its own file, so that connections can look here
// without loading the tracer.

import { runtime } from '#runtime';
import { guard } from '../base/guard.ts';
import type { FrameEvent } from './frame-event.ts';

type FrameListener = (event: FrameEvent) => void;

const listeners = new Set<FrameListener>();

/**
 * Calls the listener for every frame of every HTTP/2 connection that this process opens from now on, in the order in
 * which frames are sent and received. Returns a function that stops this. A listener that throws causes a warning and is
 * not called again.
 *
 * @example
 * const stop = traceFrames((event) => console.error(formatFrameLine(event)));
 */
export function traceFrames(listener: FrameListener): () => void {
	if (typeof listener !== 'function') throw new TypeError(`A listener must be a function, not ${typeof listener}`);
	const guarded = guard(listener, 'A listener of traceFrames', runtime);
	const entry: FrameListener = (event) => {
		if (listeners.has(entry)) guarded(event);
	};
	listeners.add(entry);
	return () => {
		listeners.delete(entry);
	};
}

/** The current listeners. One that is stopped later gets no more events. */
export function frameListeners(): FrameListener[] {
	return [...listeners];
}
