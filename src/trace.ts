// hyper-wasm/trace: the frames of connections as events, and as text that people read.

import { addFrameListener, type FrameListener } from './trace/listeners.ts';

export type { Frame } from './frames/frame.ts';
export type { DecodedField } from './hpack.ts';
export { type FormatOptions, formatFrame, formatFrameLine } from './trace/format.ts';
export type { FaultTraced, FrameEvent, FrameTraced, PrefaceTraced } from './trace/frame-event.ts';

/**
 * Calls back with every frame of every HTTP/2 connection that this process opens from now on, in the order in which
 * they are sent and received. Returns how to end it. A listener that throws is told in a warning, and not called again.
 *
 * @example
 * const stop = traceFrames((event) => console.error(formatFrameLine(event)));
 */
export function traceFrames(listener: FrameListener): () => void {
	return addFrameListener(listener);
}
