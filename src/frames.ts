// hyper-wasm/frames: HTTP/2 framing (RFC 9113 §4, §6) as a library. It reads and writes frames, and describes bytes in text.

/// <reference lib="esnext.disposable" preserve="true" />

export * as ErrorCode from '../assembly/shared/error-code.ts';
export * as FrameFlag from '../assembly/shared/frame-flag.ts';
export * as FrameType from '../assembly/shared/frame-type.ts';
export * as Setting from '../assembly/shared/setting.ts';
export { ProtocolError } from './base/errors.ts';
export { type ExplainOptions, explain } from './frames/explain.ts';
export type {
	ContinuationFrame,
	DataFrame,
	ExtensionFrame,
	ExtensionType,
	Frame,
	FramePriority,
	GoawayFrame,
	HeadersFrame,
	PingFrame,
	PriorityFrame,
	PushPromiseFrame,
	RstStreamFrame,
	SettingsFrame,
	WindowUpdateFrame,
	WritableFrame,
} from './frames/frame.ts';
export { FrameReader, type FrameReaderOptions } from './frames/frame-reader.ts';
export { FrameWriter } from './frames/frame-writer.ts';
