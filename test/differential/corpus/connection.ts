// SETTINGS, windows and GOAWAY (RFC 9113 §6.5, §6.8, §6.9).

import * as FrameType from '../../../assembly/shared/frame-type.ts';
import * as Setting from '../../../assembly/shared/setting.ts';
import type { Row, Server } from '../case.ts';

const OK = { ':status': '200' };
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x61);
const LARGEST_WINDOW = 0x7fffffff;

/** Settings, then a complete response. */
function setting(name: string, ...entries: [identifier: number, value: number][]): Row {
	return {
		name,
		send(s) {
			s.peer.settings(entries);
			answer(s, 1);
		},
	};
}

function answer({ peer }: Server, streamId: number): void {
	peer.headers(streamId, OK);
	peer.data(streamId, 'content', { endStream: true });
}

const three = ['GET', 'GET', 'GET'] as const;

// biome-ignore format: a table
export const connectionRows: readonly Row[] = [
	setting('§6.5.2: SETTINGS_HEADER_TABLE_SIZE is 0', [Setting.HEADER_TABLE_SIZE, 0]),
	setting('§6.5.2: SETTINGS_HEADER_TABLE_SIZE is 2^32-1', [Setting.HEADER_TABLE_SIZE, 0xffffffff]),
	setting('§6.5.2: SETTINGS_ENABLE_PUSH is 0', [Setting.ENABLE_PUSH, 0]),
	setting('§6.5.2: SETTINGS_MAX_CONCURRENT_STREAMS is 0', [Setting.MAX_CONCURRENT_STREAMS, 0]),
	setting('§6.5.2: SETTINGS_MAX_CONCURRENT_STREAMS is 2^32-1', [Setting.MAX_CONCURRENT_STREAMS, 0xffffffff]),
	setting('§6.5.2: SETTINGS_INITIAL_WINDOW_SIZE is 0', [Setting.INITIAL_WINDOW_SIZE, 0]),
	setting('§6.5.2: SETTINGS_INITIAL_WINDOW_SIZE is 2^31-1', [Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW]),
	setting('§6.5.2: SETTINGS_INITIAL_WINDOW_SIZE is 2^32-1', [Setting.INITIAL_WINDOW_SIZE, 0xffffffff]),
	setting('§6.5.2: SETTINGS_MAX_FRAME_SIZE is 16,384', [Setting.MAX_FRAME_SIZE, 16384]),
	setting('§6.5.2: SETTINGS_MAX_FRAME_SIZE is 2^24-1', [Setting.MAX_FRAME_SIZE, 0xffffff]),
	setting('§6.5.2: SETTINGS_MAX_HEADER_LIST_SIZE is 0', [Setting.MAX_HEADER_LIST_SIZE, 0]),
	setting('§6.5.2: unknown settings', [0, 1], [7, 1], [0x99, 5], [0xffff, 0xffffffff]),
	setting('§6.5.3: the same setting twice, with an invalid first value', [Setting.MAX_FRAME_SIZE, 1], [Setting.MAX_FRAME_SIZE, 16384]),
	setting('§6.5.3: the same setting twice, with a valid last value', [Setting.INITIAL_WINDOW_SIZE, 1], [Setting.INITIAL_WINDOW_SIZE, 65535]),
	setting('RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL is 1', [Setting.ENABLE_CONNECT_PROTOCOL, 1]),
	setting('RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL is 0', [Setting.ENABLE_CONNECT_PROTOCOL, 0]),
	setting('RFC 9218 §2.1: SETTINGS_NO_RFC7540_PRIORITIES is 1', [9, 1]),
	setting('RFC 9218 §2.1: SETTINGS_NO_RFC7540_PRIORITIES is 2', [9, 2]),
	setting('§6.5: SETTINGS have 32 entries', ...Array.from({ length: 32 }, () => [0x99, 1] as [number, number])),
	{ name: '§6.5.3: SETTINGS are acknowledged twice', send: (s) => { s.peer.settingsAck(); answer(s, 1); } },
	{ name: '§6.5: the last byte of SETTINGS is missing', send: (s) => s.peer.frame(FrameType.SETTINGS, 0, 0, bytes(11)) },
	{ name: '§6.5: SETTINGS arrive within the content', after: 'response', send: (s) => { s.peer.data(1, 'a'); s.peer.settings({ maxConcurrentStreams: 7 }); s.peer.data(1, 'b', { endStream: true }); } },

	{ name: '§6.8: GOAWAY includes all requests', requests: three, send: (s) => { s.peer.goaway(5); for (const id of [1, 3, 5]) answer(s, id); } },
	{ name: '§6.8: GOAWAY excludes a request', requests: three, send: (s) => { s.peer.goaway(3); answer(s, 1); answer(s, 3); } },
	{ name: '§6.8: GOAWAY excludes all requests', requests: three, send: (s) => s.peer.goaway(0) },
	{ name: '§6.8: GOAWAY with 2^31-1 precedes another', requests: three, send: (s) => { s.peer.goaway(LARGEST_WINDOW); s.peer.goaway(3); answer(s, 1); answer(s, 3); } },
	{ name: '§6.8: GOAWAY is repeated', requests: three, send: (s) => { s.peer.goaway(5); s.peer.goaway(5); for (const id of [1, 3, 5]) answer(s, id); } },
	{ name: '§6.8: GOAWAY has an error, and responses follow', requests: three, send: (s) => { s.peer.goaway(3, 2); answer(s, 1); answer(s, 3); } },
	{ name: '§6.8: GOAWAY has debug data', send: (s) => { s.peer.goaway(1, 0, 'maintenance'); answer(s, 1); } },
	{ name: '§6.8: GOAWAY has an even last stream id', send: (s) => { s.peer.goaway(2); answer(s, 1); } },
	{ name: '§6.8: GOAWAY is followed by frames of an excluded request', requests: three, send: (s) => { s.peer.goaway(1); answer(s, 3); answer(s, 1); } },
	{ name: '§6.8: GOAWAY with ENHANCE_YOUR_CALM excludes all requests', requests: three, send: (s) => s.peer.goaway(0, 11, 'too_many_pings') },
	{ name: '§6.8: GOAWAY within the content', after: 'response', send: (s) => { s.peer.data(1, 'a'); s.peer.goaway(1); s.peer.data(1, 'b', { endStream: true }); } },
	{ name: '§6.8: SETTINGS and PING after GOAWAY', send: (s) => { s.peer.goaway(1); s.peer.settings(); s.peer.ping(); answer(s, 1); } },

	{ name: '§6.9: WINDOW_UPDATE after END_STREAM of the request', send: (s) => { s.peer.windowUpdate(1, 1); answer(s, 1); } },
	{ name: '§6.9: WINDOW_UPDATE on a stream that has ended', after: 'ended', send: (s) => s.peer.windowUpdate(1, 1) },
	{ name: '§6.9: WINDOW_UPDATE has three bytes', send: (s) => s.peer.frame(FrameType.WINDOW_UPDATE, 0, 0, bytes(3)) },
	{ name: '§6.9.1: the window of the connection is 2^31-1', send: (s) => { s.peer.windowUpdate(0, LARGEST_WINDOW - 65535); answer(s, 1); } },
	{ name: '§6.9.1: the window of a stream is 2^31-1', after: 'upload', send: (s) => { s.peer.windowUpdate(1, LARGEST_WINDOW - 65535); answer(s, 1); } },
	{ name: '§6.9.1: the window of a half-closed stream exceeds 2^31-1', send: (s) => s.peer.windowUpdate(1, LARGEST_WINDOW) },
	{ name: '§6.9.2: the window of a stream becomes negative, then 2^31-1', after: 'upload', send: (s) => { s.peer.settings({ initialWindowSize: 0 }); s.peer.windowUpdate(1, LARGEST_WINDOW); answer(s, 1); } },
	{ name: '§6.9.1: DATA fill the window of the stream', after: 'response', window: 100, send: (s) => s.peer.data(1, bytes(100), { endStream: true }) },
	{ name: '§6.9.1: padding fills the window of the stream', after: 'response', window: 100, send: (s) => s.peer.data(1, bytes(10), { padding: 89, endStream: true }) },
	{ name: '§6.9.1: padding exceeds the window of the stream', after: 'response', window: 100, send: (s) => s.peer.data(1, bytes(10), { padding: 90, endStream: true }) },
	{ name: '§6.9.1: DATA exceed the window of the stream by one byte', after: 'response', window: 100, send: (s) => s.peer.data(1, bytes(101), { endStream: true }) },
	{ name: '§6.9.1: DATA without bytes when the window is full', after: 'response', window: 100, send: (s) => { s.peer.data(1, bytes(100)); s.peer.data(1, '', { endStream: true }); } },
	{ name: '§6.9.1: DATA have 65,535 bytes', after: 'response', send: (s) => { for (let i = 0; i < 3; i++) s.peer.data(1, bytes(16384)); s.peer.data(1, bytes(16383), { endStream: true }); } },
];
