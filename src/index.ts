// The public names of the package.

/// <reference lib="esnext.disposable" preserve="true" />

export * from './base/errors.ts';
export type { Limits } from './base/limits.ts';
export { version } from './base/version.ts';
export type { BodyItem, RequestBodyInit } from './body/request-body.ts';
export type { ConnectionOptions, KeepAliveOptions, TimeoutOptions } from './connection/options.ts';
export type { RequestHandle } from './connection/request-handle.ts';
export type {
	ConnectionMessage,
	DiagnosticsOptions,
	ErrorMessage,
	Logger,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
} from './diagnostics/diagnostics.ts';
export { type FieldFlags, type FieldLine, type HeaderFields, HTTPHeaderMap } from './fields/header-map.ts';
export { HTTPConnection } from './http/connection.ts';
export { HTTP11Connection } from './http11/connection.ts';
export { HTTP11Response } from './http11/response.ts';
export { type CloseOptions, HTTP20Connection } from './http20/connection.ts';
export type { HTTP20ConnectionOptions } from './http20/options.ts';
export { HTTP20Push, type PushOptions } from './http20/push.ts';
export { HTTP20Response } from './http20/response.ts';
export type { Priority, RequestOptions } from './message/request.ts';
export { HTTPResponse, type InformationalResponse, type ReadOptions, type Timings } from './message/response.ts';
export type { ProxyOptions } from './net/proxy.ts';
export type { TLSOptions } from './runtime/transport.ts';
export type { ByteStreams } from './runtime/web/streams.ts';
export { BaseFlowControlManager, type FlowControlFactory, FlowControlManager } from './session/flow-control.ts';
export type { Settings } from './session/settings.ts';
export type { FrameEvent } from './trace/frame-event.ts';
