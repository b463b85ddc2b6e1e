// hyper-wasm/testing: a byte pipe in memory and a scripted HTTP/2 peer, for tests of code that uses this package.

/// <reference lib="esnext.disposable" preserve="true" />

export type { TransportPairOptions } from './runtime/memory.ts';
export type { ByteStreams } from './runtime/web/streams.ts';
export { createTransportPair } from './testing/byte-streams.ts';
export {
	type BlockOptions,
	type DataOptions,
	FrameSender,
	type HeadersOptions,
	type PeerFields,
} from './testing/frame-sender.ts';
export type { FrameShape } from './testing/match.ts';
export { ScriptedPeer, type ScriptedPeerOptions } from './testing/peer.ts';
export type { DecodedHeadersFrame, PeerFrame, PeerFrameName, PeerFrameOf, UnknownFrame } from './testing/peer-frame.ts';
export type { MockRequest, MockResponse, RequestHandler } from './testing/responder.ts';
