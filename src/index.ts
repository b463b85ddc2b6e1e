// The public names of the package.

export type { BodyItem, RequestBodyInit } from './body.ts';
export * from './errors.ts';
export { BaseFlowControlManager, type FlowControlFactory, FlowControlManager } from './flow-control.ts';
export { type FieldFlags, type FieldLine, type HeaderFields, HTTPHeaderMap } from './headers.ts';
export { type CloseOptions, HTTP20Connection } from './http20/connection.ts';
export type { HTTP20ConnectionOptions, TimeoutOptions } from './http20/options.ts';
export type { RequestOptions } from './http20/request.ts';
export { HTTP20Response, type Timings } from './http20/response.ts';
export type { TLSOptions } from './runtime/runtime.ts';
export type { Limits } from './session/abuse.ts';
export type { Settings } from './session/settings.ts';
export { version } from './version.ts';
