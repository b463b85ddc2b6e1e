// What a server may do wrong, one row for each case: the frames it sends, and the error that RFC 9113 names for them.
// test/scenarios/violations.test.ts tests the error, and test/differential what other clients do.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import type { FrameSender } from '../../src/testing/frame-sender.ts';
import { frameBytes } from './frame-bytes.ts';
import type { ScriptOptions } from './session-script.ts';

/** The server's side of a script. */
export interface ServerSide {
	/** Sends frames. */
	readonly peer: FrameSender;
	/** Sends bytes. */
	feed(bytes: Uint8Array): void;
}

export interface Violation {
	/** The section, and what the server does. */
	name: string;
	/** What happened before: no SETTINGS were sent (`none`), or a request waits on stream 1 (`request`), its response has begun
	 * (`response`), has ended (`ended`), was reset by the server (`reset`) or cancelled by us (`cancelled`). */
	after:
		| 'none'
		| 'idle'
		| 'request'
		| 'upload'
		| 'response'
		| 'ended'
		| 'answered upload'
		| 'reset'
		| 'cancelled'
		| 'unacknowledged';
	send: (s: ServerSide) => void;
	/** Whether the error is the connection's or that of the stream with this id. */
	scope: 'connection' | number;
	errorCode: number;
	options?: ScriptOptions;
}

const push: ScriptOptions = { settings: { enablePush: true } };
const promise = { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/pushed' };
const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, COMPRESSION_ERROR, ENHANCE_YOUR_CALM } =
	ErrorCode;
const bytes = (length: number) => new Uint8Array(length);

// biome-ignore format: a table
export const violations: readonly Violation[] = [
	{ name: '§3.4: DATA arrives before SETTINGS', after: 'none', send: (s) => s.peer.data(1, 'x'), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§3.4: an unknown frame arrives before SETTINGS', after: 'none', send: (s) => s.peer.frame(0xbe, 0, 0, 'x'), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§3.4: an acknowledgement arrives before SETTINGS', after: 'none', send: (s) => s.peer.settingsAck(), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§3.4: PING arrives before SETTINGS', after: 'none', send: (s) => s.peer.ping(), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§4.2: a frame exceeds our SETTINGS_MAX_FRAME_SIZE', after: 'response', send: (s) => s.feed(frameBytes(FrameType.DATA, 0, 1, bytes(0), 16385)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§4.2: an unknown frame exceeds our SETTINGS_MAX_FRAME_SIZE', after: 'idle', send: (s) => s.feed(frameBytes(0xbe, 0, 0, bytes(0), 16385)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§4.3: a field block cannot be decoded', after: 'request', send: (s) => s.peer.headers(1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)), scope: 'connection', errorCode: COMPRESSION_ERROR },
	{ name: '§4.3: a field block refers to an index that no table has', after: 'request', send: (s) => s.peer.headers(1, Uint8Array.of(0xbe)), scope: 'connection', errorCode: COMPRESSION_ERROR },
	{ name: '§4.3: a field block ends within a field', after: 'request', send: (s) => s.peer.headers(1, Uint8Array.of(0x88, 0x40, 0x05, 0x61)), scope: 'connection', errorCode: COMPRESSION_ERROR },
	{ name: '§4.3: a table size update exceeds our setting', after: 'request', send: (s) => s.peer.headers(1, Uint8Array.of(0x3f, 0xe2, 0x1f, 0x88)), scope: 'connection', errorCode: COMPRESSION_ERROR },
	{ name: '§4.3: a field block on a closed stream cannot be decoded', after: 'cancelled', send: (s) => s.peer.headers(1, Uint8Array.of(0xbe)), scope: 'connection', errorCode: COMPRESSION_ERROR },
	{ name: '§4.3: a field block is interrupted by a frame of another stream', after: 'request', send: (s) => { s.peer.headers(1, { ':status': '200' }, { endHeaders: false }); s.peer.data(3, 'x'); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§4.3: a field block is interrupted by PING', after: 'request', send: (s) => { s.peer.headers(1, { ':status': '200' }, { endHeaders: false }); s.peer.ping(); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§4.3: a field block is interrupted by an unknown frame', after: 'request', send: (s) => { s.peer.headers(1, { ':status': '200' }, { endHeaders: false }); s.peer.frame(0xbe, 0, 1, 'x'); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§4.3: a field block is continued on another stream', after: 'request', send: (s) => { s.peer.headers(1, { ':status': '200' }, { endHeaders: false }); s.peer.continuation(3, {}); }, scope: 'connection', errorCode: PROTOCOL_ERROR },

	{ name: '§5.1: DATA arrives on an idle stream', after: 'idle', send: (s) => s.peer.data(1, 'x'), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§5.1: HEADERS arrive on an idle stream', after: 'idle', send: (s) => s.peer.headers(1, { ':status': '200' }), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§5.1: HEADERS arrive on a stream that only the server could open', after: 'idle', send: (s) => s.peer.headers(2, { ':status': '200' }), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§5.1: WINDOW_UPDATE arrives on an idle stream', after: 'idle', send: (s) => s.peer.windowUpdate(1, 1), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.4: RST_STREAM arrives on an idle stream', after: 'idle', send: (s) => s.peer.rstStream(1, 8), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§5.1: DATA arrives after END_STREAM, while we still send', after: 'answered upload', send: (s) => s.peer.data(1, 'x'), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.1: HEADERS arrive after END_STREAM, while we still send', after: 'answered upload', send: (s) => s.peer.headers(1, { late: '1' }, { endStream: true }), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.1: DATA arrives on a stream that has ended', after: 'ended', send: (s) => s.peer.data(1, 'x'), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.1: HEADERS arrive on a stream that has ended', after: 'ended', send: (s) => s.peer.headers(1, { ':status': '200' }), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.4.2: frame after frame arrives on a stream that has ended', after: 'ended', send: (s) => { s.peer.data(1, 'xyz'); s.peer.data(1, 'xyz'); s.peer.headers(1, { ':status': '200' }); }, scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.1: DATA arrives after the server has reset the stream', after: 'reset', send: (s) => s.peer.data(1, 'x'), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.1: DATA that can be split arrives after the server has reset the stream', after: 'reset', send: (s) => s.peer.data(1, 'x'.repeat(100)), scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§5.4.2: frame after frame arrives on a stream that the server has reset', after: 'reset', send: (s) => { s.peer.data(1, 'xyz'); s.peer.data(1, 'xyz'); s.peer.headers(1, { ':status': '200' }); }, scope: 1, errorCode: STREAM_CLOSED },
	{ name: '§6.3: PRIORITY has 4 bytes on a stream that has ended', after: 'ended', send: (s) => s.peer.frame(FrameType.PRIORITY, 0, 1, bytes(4)), scope: 1, errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.3: PRIORITY has 4 bytes on a stream that the server has reset', after: 'reset', send: (s) => s.peer.frame(FrameType.PRIORITY, 0, 1, bytes(4)), scope: 1, errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.9: WINDOW_UPDATE has an increment of 0 on a stream that has ended', after: 'ended', send: (s) => s.peer.windowUpdate(1, 0), scope: 1, errorCode: PROTOCOL_ERROR },
	{ name: '§5.1: HEADERS arrive after the server has reset the stream', after: 'reset', send: (s) => s.peer.headers(1, { ':status': '200' }), scope: 1, errorCode: STREAM_CLOSED },

	{ name: '§6.1: DATA arrives on stream 0', after: 'request', send: (s) => s.peer.data(0, 'x'), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.1: the padding of DATA is as long as the frame', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, 8, 1, Uint8Array.of(4, 1, 1, 1)), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.1: padded DATA has no byte for the length of its padding', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, 8, 1), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.2: HEADERS arrive on stream 0', after: 'request', send: (s) => s.peer.headers(0, { ':status': '200' }), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.2: the padding of HEADERS is longer than the frame', after: 'request', send: (s) => s.peer.frame(FrameType.HEADERS, 0xc, 1, Uint8Array.of(9, 0x88)), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.2: HEADERS are too short for their priority', after: 'request', send: (s) => s.peer.frame(FrameType.HEADERS, 0x24, 1, bytes(4)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.3: PRIORITY arrives on stream 0', after: 'request', send: (s) => s.peer.priority(0), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.3: PRIORITY has four bytes', after: 'request', send: (s) => s.peer.frame(FrameType.PRIORITY, 0, 1, bytes(4)), scope: 1, errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.3: PRIORITY of an idle stream has six bytes', after: 'request', send: (s) => s.peer.frame(FrameType.PRIORITY, 0, 99, bytes(6)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.4: RST_STREAM arrives on stream 0', after: 'request', send: (s) => s.peer.rstStream(0, 8), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.4: RST_STREAM has three bytes', after: 'request', send: (s) => s.peer.frame(FrameType.RST_STREAM, 0, 1, bytes(3)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.5: SETTINGS arrive on a stream', after: 'request', send: (s) => s.peer.frame(FrameType.SETTINGS, 0, 1), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.5: SETTINGS have five bytes', after: 'request', send: (s) => s.peer.frame(FrameType.SETTINGS, 0, 0, bytes(5)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.5: an acknowledgement of SETTINGS has content', after: 'request', send: (s) => s.peer.frame(FrameType.SETTINGS, 1, 0, bytes(6)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.5.2: SETTINGS_ENABLE_PUSH is 1', after: 'request', send: (s) => s.peer.settings([[Setting.ENABLE_PUSH, 1]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.5.2: SETTINGS_ENABLE_PUSH is 2', after: 'request', send: (s) => s.peer.settings([[Setting.ENABLE_PUSH, 2]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.5.2: SETTINGS_INITIAL_WINDOW_SIZE is 2^31', after: 'request', send: (s) => s.peer.settings([[Setting.INITIAL_WINDOW_SIZE, 0x80000000]]), scope: 'connection', errorCode: FLOW_CONTROL_ERROR },
	{ name: '§6.5.2: SETTINGS_MAX_FRAME_SIZE is 0', after: 'upload', send: (s) => s.peer.settings([[Setting.MAX_FRAME_SIZE, 0]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.5.2: SETTINGS_MAX_FRAME_SIZE is 16,383', after: 'request', send: (s) => s.peer.settings([[Setting.MAX_FRAME_SIZE, 16383]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.5.2: SETTINGS_MAX_FRAME_SIZE is 2^24', after: 'request', send: (s) => s.peer.settings([[Setting.MAX_FRAME_SIZE, 0x1000000]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: 'RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL is 2', after: 'request', send: (s) => s.peer.settings([[Setting.ENABLE_CONNECT_PROTOCOL, 2]]), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: 'RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL goes back to 0', after: 'request', send: (s) => { s.peer.settings([[8, 1]]); s.peer.settings([[8, 0]]); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: 'SETTINGS have 33 entries', after: 'request', send: (s) => s.peer.settings(Array.from({ length: 33 }, () => [0x99, 1] as const)), scope: 'connection', errorCode: ENHANCE_YOUR_CALM },

	{ name: '§6.6: PUSH_PROMISE arrives although push is off', after: 'request', send: (s) => s.peer.pushPromise(1, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.6: PUSH_PROMISE arrives although push is off, from a server that never acknowledges', after: 'unacknowledged', send: (s) => s.peer.pushPromise(1, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.6: PUSH_PROMISE arrives on stream 0', after: 'request', send: (s) => s.peer.pushPromise(0, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE arrives on an idle stream', after: 'request', send: (s) => s.peer.pushPromise(5, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE arrives on a stream that has ended', after: 'ended', send: (s) => s.peer.pushPromise(1, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE arrives after END_STREAM', after: 'answered upload', send: (s) => s.peer.pushPromise(1, 2, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE promises stream 0', after: 'request', send: (s) => s.peer.pushPromise(1, 0, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE promises an odd stream', after: 'request', send: (s) => s.peer.pushPromise(1, 3, promise), scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§5.1.1: PUSH_PROMISE promises an id below an earlier one', after: 'request', send: (s) => { s.peer.pushPromise(1, 4, promise); s.peer.pushPromise(1, 2, promise); }, scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE arrives on a promised stream', after: 'request', send: (s) => { s.peer.pushPromise(1, 2, promise); s.peer.headers(2, { ':status': '200' }); s.peer.pushPromise(2, 4, promise); }, scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§6.6: PUSH_PROMISE has three bytes', after: 'request', send: (s) => s.peer.frame(FrameType.PUSH_PROMISE, 4, 1, bytes(3)), scope: 'connection', errorCode: FRAME_SIZE_ERROR, options: push },
	{ name: '§8.4: a promised request has an unsafe method', after: 'request', send: (s) => s.peer.pushPromise(1, 2, { ...promise, ':method': 'POST' }), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§8.4: a promised request lacks :authority', after: 'request', send: (s) => s.peer.pushPromise(1, 2, [[':method', 'GET'], [':scheme', 'https'], [':path', '/']]), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§8.4: a promised request has content', after: 'request', send: (s) => s.peer.pushPromise(1, 2, { ...promise, 'content-length': '3' }), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§8.3.1: a promised request has a host that differs from :authority', after: 'request', send: (s) => s.peer.pushPromise(1, 2, { ...promise, host: 'example.com' }), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§8.3.1: a promised request has host twice', after: 'request', send: (s) => s.peer.pushPromise(1, 2, [...Object.entries(promise), ['host', 'localhost'], ['host', 'localhost']]), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§8.3.1: a promised request has the path *', after: 'request', send: (s) => s.peer.pushPromise(1, 2, { ...promise, ':path': '*' }), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: 'RFC 8441 §4: a promised request has :protocol', after: 'request', send: (s) => s.peer.pushPromise(1, 2, { ...promise, ':protocol': 'websocket' }), scope: 2, errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§5.1: DATA arrives on a reserved stream', after: 'request', send: (s) => { s.peer.pushPromise(1, 2, promise); s.peer.data(2, 'x'); }, scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },
	{ name: '§5.1: WINDOW_UPDATE arrives on a reserved stream', after: 'request', send: (s) => { s.peer.pushPromise(1, 2, promise); s.peer.windowUpdate(2, 1); }, scope: 'connection', errorCode: PROTOCOL_ERROR, options: push },

	{ name: '§6.7: PING arrives on a stream', after: 'request', send: (s) => s.peer.frame(FrameType.PING, 0, 1, bytes(8)), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.7: PING has seven bytes', after: 'request', send: (s) => s.peer.frame(FrameType.PING, 0, 0, bytes(7)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.8: GOAWAY arrives on a stream', after: 'request', send: (s) => s.peer.frame(FrameType.GOAWAY, 0, 1, bytes(8)), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.8: GOAWAY has seven bytes', after: 'request', send: (s) => s.peer.frame(FrameType.GOAWAY, 0, 0, bytes(7)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.8: GOAWAY raises the last stream id', after: 'request', send: (s) => { s.peer.goaway(1); s.peer.goaway(3); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.9: WINDOW_UPDATE of the connection is 0', after: 'request', send: (s) => s.peer.windowUpdate(0, 0), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.9: WINDOW_UPDATE of a stream is 0', after: 'request', send: (s) => s.peer.windowUpdate(1, 0), scope: 1, errorCode: PROTOCOL_ERROR },
	{ name: '§6.9: WINDOW_UPDATE of an idle stream is 0', after: 'request', send: (s) => s.peer.windowUpdate(99, 0), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.9: WINDOW_UPDATE has five bytes', after: 'request', send: (s) => s.peer.frame(FrameType.WINDOW_UPDATE, 0, 0, bytes(5)), scope: 'connection', errorCode: FRAME_SIZE_ERROR },
	{ name: '§6.9.1: the window of the connection exceeds 2^31-1', after: 'request', send: (s) => s.peer.windowUpdate(0, 0x7fffffff), scope: 'connection', errorCode: FLOW_CONTROL_ERROR },
	{ name: '§6.9.1: the window of a stream exceeds 2^31-1', after: 'upload', send: (s) => s.peer.windowUpdate(1, 0x7fffffff), scope: 1, errorCode: FLOW_CONTROL_ERROR },
	{ name: '§6.9.2: SETTINGS take the window of a stream above 2^31-1', after: 'upload', send: (s) => { s.peer.windowUpdate(1, 0x7fffffff - 65535); s.peer.settings([[Setting.INITIAL_WINDOW_SIZE, 65536]]); }, scope: 'connection', errorCode: FLOW_CONTROL_ERROR },
	{ name: '§6.9.1: DATA exceeds the window of the stream', after: 'response', send: (s) => { s.peer.data(1, bytes(60)); s.peer.data(1, bytes(41)); }, scope: 1, errorCode: FLOW_CONTROL_ERROR, options: { settings: { initialWindowSize: 100 } } },
	{ name: '§6.9.1: DATA exceeds the window of the connection', after: 'response', send: (s) => { for (let i = 0; i < 5; i++) s.peer.data(1, bytes(16000)); }, scope: 'connection', errorCode: FLOW_CONTROL_ERROR, options: { settings: { initialWindowSize: 1 << 20 }, limits: { connectionBuffer: 0 } } },
	{ name: '§6.10: CONTINUATION follows no field block', after: 'request', send: (s) => s.peer.continuation(1, { ':status': '200' }), scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.10: CONTINUATION follows END_HEADERS', after: 'request', send: (s) => { s.peer.headers(1, { ':status': '200' }); s.peer.continuation(1, { x: '1' }); }, scope: 'connection', errorCode: PROTOCOL_ERROR },
	{ name: '§6.10: CONTINUATION arrives on stream 0', after: 'request', send: (s) => s.peer.continuation(0, {}), scope: 'connection', errorCode: PROTOCOL_ERROR },
];
