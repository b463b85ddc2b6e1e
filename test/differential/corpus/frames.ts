// Lengths, flags, padding and order of frames, and frames that a client does not know (RFC 9113 §4, §6).

import * as FrameType from '../../../assembly/shared/frame-type.ts';
import { frameBytes } from '../../support/frame-bytes.ts';
import type { Row } from '../case.ts';

const OK = { ':status': '200' };
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x61);
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;
const RESERVED_BIT = 0x80000000;

// biome-ignore format: a table
export const frameRows: readonly Row[] = [
	{ name: '§3.4: the first SETTINGS are empty', send: (s) => s.peer.headers(1, OK, { endStream: true }) },
	{ name: '§3.4: SETTINGS are never acknowledged', after: 'unacknowledged', send: (s) => s.peer.headers(1, OK, { endStream: true }) },
	{ name: '§3.4: the server speaks HTTP/1.1', after: 'none', requests: ['GET'], send: (s) => s.feed(Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')) },
	{ name: '§3.4: the server sends the preface of a client', after: 'none', requests: ['GET'], send: (s) => s.feed(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')) },
	{ name: '§3.4: GOAWAY arrives before SETTINGS', after: 'none', requests: ['GET'], send: (s) => s.peer.goaway(0, 1) },
	{ name: '§3.4: the server sends nothing', after: 'none', requests: ['GET'], send: () => undefined },

	{ name: '§4.1: flags that DATA do not have are set', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, 0xf6 | END_STREAM, 1, 'x') },
	{ name: '§4.1: flags that HEADERS do not have are set', send: (s) => s.peer.frame(FrameType.HEADERS, 0xd2 | END_STREAM | END_HEADERS, 1, Uint8Array.of(0x88)) },
	{ name: '§4.1: flags that RST_STREAM does not have are set', send: (s) => s.peer.frame(FrameType.RST_STREAM, 0xff, 1, Uint8Array.of(0, 0, 0, 8)) },
	{ name: '§4.1: flags that SETTINGS do not have are set', send: (s) => { s.peer.frame(FrameType.SETTINGS, 0xfe, 0); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§4.1: flags that PING does not have are set', send: (s) => s.peer.frame(FrameType.PING, 0xfe, 0, bytes(8)) },
	{ name: '§4.1: flags that GOAWAY does not have are set', send: (s) => s.peer.frame(FrameType.GOAWAY, 0xff, 0, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0)) },
	{ name: '§4.1: flags that WINDOW_UPDATE does not have are set', send: (s) => s.peer.frame(FrameType.WINDOW_UPDATE, 0xff, 1, Uint8Array.of(0, 0, 0, 1)) },
	{ name: '§4.1: flags that CONTINUATION does not have are set', send: (s) => { s.peer.headers(1, OK, { endHeaders: false, endStream: true }); s.peer.frame(FrameType.CONTINUATION, 0xff, 1); } },
	{ name: '§4.1: flags that PRIORITY does not have are set', send: (s) => s.peer.frame(FrameType.PRIORITY, 0xff, 1, bytes(5)) },
	{ name: '§4.1: the reserved bit of DATA is set', after: 'response', send: (s) => s.feed(frameBytes(FrameType.DATA, END_STREAM, RESERVED_BIT + 1, bytes(3))) },
	{ name: '§4.1: the reserved bit of SETTINGS is set', send: (s) => s.feed(frameBytes(FrameType.SETTINGS, 0, RESERVED_BIT, bytes(0))) },
	{ name: '§6.9: the reserved bit of an increment is set', send: (s) => s.peer.frame(FrameType.WINDOW_UPDATE, 0, 0, Uint8Array.of(0x80, 0, 0, 1)) },
	{ name: '§6.9: an increment is 0 but for its reserved bit', send: (s) => s.peer.frame(FrameType.WINDOW_UPDATE, 0, 0, Uint8Array.of(0x80, 0, 0, 0)) },
	{ name: '§6.8: the reserved bit of a last stream id is set', send: (s) => { s.peer.frame(FrameType.GOAWAY, 0, 0, Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 0)); s.peer.headers(1, OK, { endStream: true }); } },

	{ name: '§4.2: DATA have 16,384 bytes', after: 'response', send: (s) => s.peer.data(1, bytes(16384), { endStream: true }) },
	{ name: '§4.2: DATA have 16,385 bytes', after: 'response', send: (s) => s.feed(frameBytes(FrameType.DATA, END_STREAM, 1, bytes(16385))) },
	{ name: '§4.2: HEADERS have 16,385 bytes', send: (s) => s.feed(frameBytes(FrameType.HEADERS, END_STREAM | END_HEADERS, 1, bytes(16385))) },
	{ name: '§4.2: SETTINGS have 16,386 bytes', send: (s) => s.feed(frameBytes(FrameType.SETTINGS, 0, 0, bytes(16386))) },
	{ name: '§4.2: an unknown frame has 16,384 bytes', send: (s) => s.peer.frame(0xbe, 0, 0, bytes(16384)) },
	{ name: '§4.2: a frame on a closed stream exceeds SETTINGS_MAX_FRAME_SIZE', after: 'ended', send: (s) => s.feed(frameBytes(FrameType.DATA, 0, 1, bytes(16385))) },
	{ name: '§4.2: the largest length', send: (s) => s.feed(frameBytes(FrameType.DATA, 0, 1, bytes(0), 0xffffff)) },
	{ name: '§4.2: the bytes end within the head of a frame', send: (s) => s.feed(Uint8Array.of(0, 0, 4, 8)) },
	{ name: '§4.2: the bytes end within HEADERS', send: (s) => s.feed(frameBytes(FrameType.HEADERS, END_HEADERS, 1, Uint8Array.of(0x88), 2)) },
	{ name: '§4.2: the bytes end within DATA', after: 'response', send: (s) => s.feed(frameBytes(FrameType.DATA, END_STREAM, 1, bytes(3), 9)) },

	{ name: '§5.5: an unknown frame on the connection', send: (s) => { s.peer.frame(0xbe, 0xff, 0, 'x'); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§5.5: an empty unknown frame', send: (s) => s.peer.frame(0xff, 0, 1) },
	{ name: '§5.5: an unknown frame between HEADERS and DATA', after: 'response', send: (s) => { s.peer.frame(0xbe, 0, 1, 'x'); s.peer.data(1, 'y', { endStream: true }); } },
	{ name: 'RFC 7838 §4: ALTSVC of an origin', send: (s) => { s.peer.frame(0x0a, 0, 0, '\0\x10http://127.0.0.1h2=":8000"'); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: 'RFC 7838 §4: ALTSVC of a stream', send: (s) => s.peer.frame(0x0a, 0, 1, '\0\0h2=":8000"') },
	{ name: 'RFC 7838 §4: ALTSVC of stream 0 without an origin', send: (s) => s.peer.frame(0x0a, 0, 0, '\0\0h2=":8000"') },
	{ name: 'RFC 7838 §4: ALTSVC of a stream with an origin', send: (s) => s.peer.frame(0x0a, 0, 1, '\0\x01ah2=":8000"') },
	{ name: 'RFC 7838 §4: ALTSVC has one byte', send: (s) => s.peer.frame(0x0a, 0, 0, '\0') },
	{ name: 'RFC 7838 §4: the origin of ALTSVC is longer than the frame', send: (s) => s.peer.frame(0x0a, 0, 0, '\0\xffa') },
	{ name: 'RFC 8336 §2: ORIGIN', send: (s) => s.peer.frame(0x0c, 0, 0, '\0\x12https://example.com') },
	{ name: 'RFC 8336 §2: ORIGIN is empty', send: (s) => s.peer.frame(0x0c, 0, 0) },
	{ name: 'RFC 8336 §2: ORIGIN on a stream', send: (s) => s.peer.frame(0x0c, 0, 1, '\0\x12https://example.com') },
	{ name: 'RFC 8336 §2: the entry of ORIGIN is longer than the frame', send: (s) => s.peer.frame(0x0c, 0, 0, '\0\xffa') },
	{ name: 'RFC 8336 §2: ORIGIN has flags', send: (s) => s.peer.frame(0x0c, 0xff, 0, '\0\x12https://example.com') },
	{ name: 'RFC 9218 §7.1: PRIORITY_UPDATE of a server', send: (s) => s.peer.frame(0x10, 0, 0, '\0\0\0\x01u=1') },
	{ name: 'RFC 9218 §7.1: PRIORITY_UPDATE on a stream', send: (s) => s.peer.frame(0x10, 0, 1, '\0\0\0\x01u=1') },
	{ name: 'RFC 9218 §7.1: PRIORITY_UPDATE has three bytes', send: (s) => s.peer.frame(0x10, 0, 0, 'abc') },

	{ name: '§6.1: DATA have 255 bytes of padding', after: 'response', send: (s) => s.peer.data(1, 'x', { padding: 255, endStream: true }) },
	{ name: '§6.1: DATA have an empty padding', after: 'response', send: (s) => s.peer.data(1, 'x', { padding: 0, endStream: true }) },
	{ name: '§6.1: DATA are only padding', after: 'response', send: (s) => { s.peer.data(1, '', { padding: 255 }); s.peer.data(1, 'x', { endStream: true }); } },
	{ name: '§6.1: the padding of DATA is one byte too long', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, PADDED, 1, Uint8Array.of(1)) },
	{ name: '§6.1: the padding of DATA is as long as possible', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, PADDED | END_STREAM, 1, Uint8Array.of(3, 0, 0, 0)) },
	{ name: '§6.1: the padding of DATA is not zero', after: 'response', send: (s) => s.peer.frame(FrameType.DATA, PADDED | END_STREAM, 1, Uint8Array.of(2, 0x61, 0xff, 0xff)) },
	{ name: '§6.1: DATA are empty', after: 'response', send: (s) => { s.peer.data(1, ''); s.peer.data(1, 'x'); s.peer.data(1, '', { endStream: true }); } },
	{ name: '§6.1: DATA on a stream that has ended have an invalid padding', after: 'ended', send: (s) => s.peer.frame(FrameType.DATA, PADDED, 1, Uint8Array.of(9)) },
	{ name: '§6.2: HEADERS have 255 bytes of padding', send: (s) => s.peer.headers(1, OK, { padding: 255, endStream: true }) },
	{ name: '§6.2: the padding of HEADERS leaves no field block', send: (s) => s.peer.frame(FrameType.HEADERS, END_HEADERS | PADDED, 1, Uint8Array.of(1, 0)) },
	{ name: '§6.2: padded HEADERS are empty', send: (s) => s.peer.frame(FrameType.HEADERS, END_HEADERS | PADDED, 1) },
	{ name: '§6.2: HEADERS have a priority', send: (s) => s.peer.frame(FrameType.HEADERS, END_STREAM | END_HEADERS | PRIORITY, 1, Uint8Array.of(0, 0, 0, 0, 15, 0x88)) },
	{ name: '§6.2: HEADERS have a priority and padding', send: (s) => s.peer.frame(FrameType.HEADERS, END_STREAM | END_HEADERS | PRIORITY | PADDED, 1, Uint8Array.of(2, 0x80, 0, 0, 0, 15, 0x88, 0, 0)) },
	{ name: '§6.2: the priority of HEADERS depends on its own stream', send: (s) => s.peer.frame(FrameType.HEADERS, END_STREAM | END_HEADERS | PRIORITY, 1, Uint8Array.of(0, 0, 0, 1, 15, 0x88)) },
	{ name: '§6.2: HEADERS are empty', send: (s) => s.peer.frame(FrameType.HEADERS, END_HEADERS, 1) },
	{ name: '§6.2: HEADERS on a stream that has ended have an invalid padding', after: 'ended', send: (s) => s.peer.frame(FrameType.HEADERS, END_HEADERS | PADDED, 1, Uint8Array.of(9, 0x88)) },
	{ name: '§6.3: PRIORITY depends on its own stream', send: (s) => s.peer.priority(1, { dependency: 1 }) },
	{ name: '§6.3: PRIORITY of an idle stream', send: (s) => s.peer.priority(99) },
	{ name: '§6.4: RST_STREAM has five bytes', send: (s) => s.peer.frame(FrameType.RST_STREAM, 0, 1, bytes(5)) },
	{ name: '§7: RST_STREAM has an unknown error code', send: (s) => s.peer.rstStream(1, 0xdeadbeef) },
	{ name: '§8.7: RST_STREAM has REFUSED_STREAM', send: (s) => s.peer.rstStream(1, 7) },
	{ name: '§8.1: RST_STREAM has NO_ERROR after a complete response', after: 'answered upload', send: (s) => s.peer.rstStream(1, 0) },
	{ name: '§8.1: RST_STREAM has an error after a complete response', after: 'answered upload', send: (s) => s.peer.rstStream(1, 2) },
	{ name: '§8.1: RST_STREAM has NO_ERROR before the response', send: (s) => s.peer.rstStream(1, 0) },
	{ name: '§8.1: RST_STREAM has NO_ERROR within the content', after: 'response', send: (s) => { s.peer.data(1, 'part'); s.peer.rstStream(1, 0); } },
	{ name: '§8.1: RST_STREAM has CANCEL within the content', after: 'response', send: (s) => { s.peer.data(1, 'part'); s.peer.rstStream(1, 8); } },

	{ name: '§6.7: PING', send: (s) => { s.peer.ping(bytes(8)); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§6.7: an acknowledgement of a PING that was not sent', send: (s) => s.peer.ping(bytes(8), { ack: true }) },
	{ name: '§6.7: PING has nine bytes', send: (s) => s.peer.frame(FrameType.PING, 0, 0, bytes(9)) },
	{ name: '§6.7: PING is empty', send: (s) => s.peer.frame(FrameType.PING, 0, 0) },

	{ name: '§5.4: RST_STREAM has one byte, and is on stream 0', send: (s) => s.peer.frame(FrameType.RST_STREAM, 0, 0, bytes(1)) },
	{ name: '§5.4: ALTSVC is empty, and arrives before SETTINGS', after: 'none', requests: ['GET'], send: (s) => s.peer.frame(0x0a, 0, 0) },
	{ name: '§5.4: a field block is broken, and interrupted by PING', send: (s) => { s.peer.headers(1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f), { endHeaders: false }); s.peer.ping(); } },

	{ name: '§6.10: a field block in two frames', send: (s) => { s.peer.headers(1, { ':status': '200', a: '1' }, { endHeaders: false, endStream: true }); s.peer.continuation(1, { b: '2' }); } },
	{ name: '§6.10: a field block in five frames', send: (s) => { s.peer.headers(1, OK, { endHeaders: false, endStream: true }); for (const n of '123') s.peer.continuation(1, { [`n${n}`]: n }, { endHeaders: false }); s.peer.continuation(1, {}); } },
	{ name: '§6.10: a field block is split within a field', send: (s) => { s.peer.headers(1, Uint8Array.of(0x88, 0x40, 0x03, 0x61), { endHeaders: false, endStream: true }); s.peer.continuation(1, Uint8Array.of(0x62, 0x63, 0x01, 0x31)); } },
	{ name: '§6.10: a field block begins with empty HEADERS', send: (s) => { s.peer.headers(1, new Uint8Array(0), { endHeaders: false, endStream: true }); s.peer.continuation(1, OK); } },
	{ name: '§6.10: a field block has ten empty CONTINUATION frames', send: (s) => { s.peer.headers(1, OK, { endHeaders: false, endStream: true }); for (let i = 0; i < 10; i++) s.peer.continuation(1, new Uint8Array(0), { endHeaders: false }); s.peer.continuation(1, {}); } },
	{ name: '§6.10: a field block is interrupted by HEADERS', send: (s) => { s.peer.headers(1, OK, { endHeaders: false }); s.peer.headers(1, OK); } },
	{ name: '§6.10: a field block is interrupted by WINDOW_UPDATE of its stream', send: (s) => { s.peer.headers(1, OK, { endHeaders: false }); s.peer.windowUpdate(1, 1); } },
	{ name: '§6.10: a field block is interrupted by the end', send: (s) => s.peer.headers(1, OK, { endHeaders: false }) },
	{ name: '§6.10: END_STREAM on CONTINUATION means nothing', send: (s) => { s.peer.headers(1, OK, { endHeaders: false }); s.peer.frame(FrameType.CONTINUATION, END_HEADERS | END_STREAM, 1); s.peer.data(1, 'x', { endStream: true }); } },
	{ name: '§6.10: CONTINUATION follows DATA', after: 'response', send: (s) => { s.peer.data(1, 'x'); s.peer.continuation(1, {}); } },
	{ name: '§6.10: CONTINUATION on a stream that the client has reset', after: 'cancelled', send: (s) => { s.peer.headers(1, { a: '1' }, { endHeaders: false }); s.peer.continuation(1, { b: '2' }); } },
];
