// Who wants the frames of all connections of this process. A room of its own, so that a connection can ask without
// loading the tracer.

import { runtime } from '#runtime';
import type { FrameEvent } from './frame-event.ts';
import { guard } from './guard.ts';

type FrameListener = (event: FrameEvent) => void;

const listeners = new Set<FrameListener>();

/**
 * Calls back with every frame of every HTTP/2 connection that this process opens from now on, in the order in which
 * they are sent and received. Returns how to end it. A listener that throws is told in a warning, and not called again.
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

/** Those that are there now; one that is ended later hears nothing more. */
export function frameListeners(): FrameListener[] {
	return [...listeners];
}
