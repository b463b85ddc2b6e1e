// Every frame in every state of a stream that a client can see (RFC 9113 §5.1).

import * as ErrorCode from '../../../assembly/shared/error-code.ts';
import type { Prelude, Row, Server } from '../case.ts';

const PROMISE = { ':method': 'GET', ':scheme': 'http', ':authority': '127.0.0.1', ':path': '/pushed' };
const OK = { ':status': '200' };

/** A state, how the stream comes to it, and its id. */
type State = [name: string, after: Prelude, streamId: number, begin?: (s: Server) => void];

const states: readonly State[] = [
	['idle', 'request', 5],
	['reserved (remote)', 'request', 2, (s) => s.peer.pushPromise(1, 2, PROMISE)],
	['open', 'upload', 1],
	['open, with a response', 'upload', 1, (s) => s.peer.headers(1, OK)],
	['half-closed (local)', 'request', 1],
	['half-closed (local), with a response', 'response', 1],
	['half-closed (remote)', 'answered upload', 1],
	['closed by both sides', 'ended', 1],
	['closed by RST_STREAM of the server', 'reset', 1],
	['closed by RST_STREAM of the client', 'cancelled', 1],
];

const frames: readonly [name: string, send: (s: Server, streamId: number) => void][] = [
	['DATA', (s, id) => s.peer.data(id, 'content')],
	['HEADERS of a response', (s, id) => s.peer.headers(id, OK)],
	['HEADERS of trailers', (s, id) => s.peer.headers(id, { trailer: '1' }, { endStream: true })],
	['PRIORITY', (s, id) => s.peer.priority(id)],
	['RST_STREAM', (s, id) => s.peer.rstStream(id, ErrorCode.INTERNAL_ERROR)],
	['PUSH_PROMISE', (s, id) => s.peer.pushPromise(id, 4, PROMISE)],
	['WINDOW_UPDATE', (s, id) => s.peer.windowUpdate(id, 100)],
	['CONTINUATION', (s, id) => s.peer.continuation(id, OK)],
	['an unknown frame', (s, id) => s.peer.frame(0xbe, 0xff, id, 'extension')],
];

export const stateRows: readonly Row[] = states.flatMap(([state, after, streamId, begin]) =>
	frames.map(([frame, send]) => ({
		name: `§5.1: ${frame} on a stream that is ${state}`,
		after,
		push: state === 'reserved (remote)' || frame === 'PUSH_PROMISE',
		send(s) {
			begin?.(s);
			send(s, streamId);
		},
	})),
);
