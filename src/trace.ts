// hyper-wasm/trace: the frames of connections as events, and their format as text.

export type { Frame } from './frames/frame.ts';
export type { DecodedField } from './hpack/hpack.ts';
export { type FormatOptions, formatFrame, formatFrameLine } from './trace/format.ts';
export type { FaultTraced, FrameEvent, FrameTraced, PrefaceTraced } from './trace/frame-event.ts';
export { traceFrames } from './trace/listeners.ts';
