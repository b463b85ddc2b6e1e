// The public names of the package.

/// <reference lib="esnext.disposable" preserve="true" />

export * from './base/errors.ts';
export type { Limits } from './base/limits.ts';
export { type HTTPVersion, version } from './base/version.ts';
export type { BodyItem, RequestBodyInit } from './body/request-body.ts';
export type {
	CloseOptions,
	Connection,
	ConnectionState,
	DispatchControl,
	DispatchRequest,
} from './connection/contract.ts';
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
export { HTTP20Connection, type HTTP20ConnectionOptions } from './http20/connection.ts';
export { HTTP20Push, type PushOptions } from './http20/push.ts';
export type { Priority, RequestOptions } from './message/request.ts';
export {
	HTTP11Response,
	HTTP20Response,
	HTTPResponse,
	type InformationalResponse,
	type ReadOptions,
	type ResponseHead,
	type Timings,
} from './message/response.ts';
export type { ResponseSink } from './message/response-sink.ts';
export type { ProxyOptions } from './net/proxy.ts';
export type { TLSOptions } from './runtime/transport.ts';
export type { ByteStreams } from './runtime/web/streams.ts';
export { BaseFlowControlManager, type FlowControlFactory, FlowControlManager } from './session/flow-control.ts';
export type { Settings } from './session/settings.ts';
export type { FrameEvent } from './trace/frame-event.ts';
