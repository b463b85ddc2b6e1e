// Promised requests and their responses (RFC 9113 §6.6, §8.4).

import * as FrameType from '../../../assembly/shared/frame-type.ts';
import type { PeerFields } from '../../../src/testing/frame-sender.ts';
import type { Row, Server } from '../case.ts';

const PROMISE = { ':method': 'GET', ':scheme': 'http', ':authority': '127.0.0.1', ':path': '/pushed' };
const OK = { ':status': '200' };
const END_HEADERS = 4;
const PADDED = 8;

function push(name: string, send: (s: Server) => void): Row {
	return { name, push: true, send };
}

function promise(name: string, fields: PeerFields): Row {
	return push(name, (s) => s.peer.pushPromise(1, 2, fields));
}

// biome-ignore format: a table
export const pushRows: readonly Row[] = [
	push('§8.4: a promise and its response', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.headers(1, OK, { endStream: true }); s.peer.headers(2, OK); s.peer.data(2, 'pushed', { endStream: true }); }),
	push('§8.4: a promised response without content', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.headers(2, OK, { endStream: true }); }),
	push('§8.4: a promised response has an interim response and trailers', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.headers(2, { ':status': '103' }); s.peer.headers(2, OK); s.peer.data(2, 'x'); s.peer.headers(2, { t: '1' }, { endStream: true }); }),
	push('§8.4: two promises, whose responses come in reverse order', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.pushPromise(1, 4, PROMISE); s.peer.headers(4, OK, { endStream: true }); s.peer.headers(2, OK, { endStream: true }); }),
	push('§8.4: the server resets a promise', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.rstStream(2, 8); }),
	push('§8.4: PRIORITY on a reserved stream', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.priority(2); s.peer.headers(2, OK, { endStream: true }); }),
	push('§6.6: a promise is padded', (s) => { s.peer.pushPromise(1, 2, PROMISE, { padding: 9 }); s.peer.headers(2, OK, { endStream: true }); }),
	push('§6.6: a promise in two frames', (s) => { s.peer.pushPromise(1, 2, PROMISE, { endHeaders: false }); s.peer.continuation(1, { accept: '*/*' }); s.peer.headers(2, OK, { endStream: true }); }),
	push('§6.6: the padding of a promise is too long', (s) => s.peer.frame(FrameType.PUSH_PROMISE, END_HEADERS | PADDED, 1, Uint8Array.of(9, 0, 0, 0, 2, 0x82))),
	push('§6.6: a promise is continued on the promised stream', (s) => { s.peer.pushPromise(1, 2, PROMISE, { endHeaders: false }); s.peer.continuation(2, {}); }),
	push('§6.6: a promise skips ids', (s) => { s.peer.pushPromise(1, 200, PROMISE); s.peer.headers(200, OK, { endStream: true }); }),
	push('§5.1.1: HEADERS on a stream that a promise has skipped', (s) => { s.peer.pushPromise(1, 4, PROMISE); s.peer.headers(2, OK, { endStream: true }); }),
	push('§6.6: a promise is repeated', (s) => { s.peer.pushPromise(1, 2, PROMISE); s.peer.pushPromise(1, 2, PROMISE); }),
	push('§5.1.1: HEADERS on an even stream that was not promised', (s) => s.peer.headers(2, OK)),
	promise('§8.4: a promised HEAD', { ...PROMISE, ':method': 'HEAD' }),
	promise('§8.4: a promised OPTIONS', { ...PROMISE, ':method': 'OPTIONS' }),
	promise('§8.4: a promised CONNECT', { ':method': 'CONNECT', ':authority': '127.0.0.1' }),
	promise('§8.4.1: a promise without :method', [[':scheme', 'http'], [':authority', '127.0.0.1'], [':path', '/']]),
	promise('§8.4.1: a promise without :path', [[':method', 'GET'], [':scheme', 'http'], [':authority', '127.0.0.1']]),
	promise('§8.4.1: a promise has an empty :path', { ...PROMISE, ':path': '' }),
	promise('§8.4.1: a promise has :status', { ...PROMISE, ':status': '200' }),
	promise('§8.4.1: a promise has :path twice', [...Object.entries(PROMISE), [':path', '/']]),
	promise('§8.4.1: a promise has a pseudo-header field after a field', [['a', '1'], ...Object.entries(PROMISE)]),
	promise('§8.2.2: a promise has connection', { ...PROMISE, connection: 'close' }),
	promise('§8.2.1: a name in a promise has an upper-case letter', { ...PROMISE, Accept: '*/*' }),
	promise('§8.4.1: a promise with an authority that no URI can have', { ...PROMISE, ':authority': 'a|b' }),
	promise('§8.4: a promise with the authority of another server', { ...PROMISE, ':authority': 'example.com' }),
	{ name: '§6.6: a promise on a stream that the client has reset', after: 'cancelled', push: true, send: (s) => s.peer.pushPromise(1, 2, PROMISE) },
];
