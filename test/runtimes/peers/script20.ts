// Servers that follow a script on HTTP/2: the first segment of the first request's path names it. Each connection has its own
// run; what several connections share is in `records`.

import { createServer, type Socket } from 'node:net';
import { ErrorCode } from '../../../src/frames.ts';
import { Delivery } from '../../../src/runtime/delivery.ts';
import { SocketTransport } from '../../../src/runtime/node/socket-transport.ts';
import { toByteStreams } from '../../../src/testing/byte-streams.ts';
import { type DecodedHeadersFrame, type PeerFrame, ScriptedPeer } from '../../../src/testing.ts';
import { listen } from '../../support/loopback.ts';
import { records } from './records.ts';

interface Run {
	readonly peer: ScriptedPeer;
	readonly streamId: number;
	readonly head: DecodedHeadersFrame;
	/** From the path's `?key=`. */
	readonly key: string;
}

const OK = { ':status': '200' };

const SCRIPTS: Readonly<Record<string, (run: Run) => Promise<unknown> | unknown>> = {
	/** The first connection sends GOAWAY before it has processed anything; the second answers. */
	goaway({ peer, streamId, key }) {
		if (records.has(key)) return answerAll(peer, streamId, 'from the second connection');
		records.note(key, 'GOAWAY sent');
		peer.send.goaway(0, 0);
		peer.close();
	},

	/** GOAWAY while the response is arriving, which goes on. */
	async 'goaway-within'({ peer, streamId, key }) {
		if (records.has(key)) return answerAll(peer, streamId, 'from the second connection');
		records.note(key, 'GOAWAY sent');
		peer.send.headers(streamId, OK);
		peer.send.data(streamId, 'before, ');
		peer.send.goaway(streamId, 0);
		await peer.roundTrip();
		peer.send.data(streamId, 'behind', { endStream: true });
	},

	/** The first DATA comes with the head, in one packet, and the rest once both have been read. */
	async 'first-data'({ peer, streamId }) {
		peer.send.headers(streamId, OK);
		peer.send.data(streamId, 'first ');
		await peer.roundTrip();
		peer.send.data(streamId, 'second', { endStream: true });
	},

	/** Refuses the first request of a connection, and answers what is sent again. */
	refuse({ peer, streamId }) {
		peer.send.rstStream(streamId, ErrorCode.REFUSED_STREAM);
		peer.respondWith(() => ({ body: 'after a refusal' }));
	},

	reset({ peer, streamId }) {
		peer.send.headers(streamId, OK);
		peer.send.data(streamId, 'half');
		peer.send.rstStream(streamId, ErrorCode.INTERNAL_ERROR);
	},

	cut({ peer, streamId }) {
		peer.send.headers(streamId, OK);
		peer.send.data(streamId, 'half');
		peer.close();
	},

	async 'data-on-stream-0'({ peer, key }) {
		peer.send.data(0, 'wrong');
		const { errorCode } = await peer.receive('GOAWAY');
		records.note(key, String(errorCode));
	},

	'bad-field-block'({ peer, streamId }) {
		peer.send.headers(streamId, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
	},

	/** Less content than its length says. */
	short({ peer, streamId }) {
		peer.send.headers(streamId, { ...OK, 'content-length': '10' });
		peer.send.data(streamId, 'short', { endStream: true });
	},

	/** Padding, frames of an unknown type, and a field block in three frames. */
	async odd({ peer, streamId }) {
		const block = peer.send.block({ ...OK, 'x-name': 'value' });
		peer.send.headers(streamId, block.subarray(0, 1), { endHeaders: false, padding: 7 });
		peer.send.continuation(streamId, block.subarray(1, 2), { endHeaders: false });
		peer.send.continuation(streamId, block.subarray(2));
		peer.send.frame(0xee, 0xff, streamId, Uint8Array.of(1, 2, 3));
		peer.send.data(streamId, 'padded', { padding: 255 });
		peer.send.data(streamId, '', { endStream: true });
	},

	/** A 1xx response more often than anything needs. */
	hints({ peer, streamId }) {
		for (let i = 0; i < 20; i++) peer.send.headers(streamId, { ':status': '103' });
	},

	/** The answer comes while content is on its way, and the rest is not wanted (RFC 9113 §8.1). */
	async 'answer-early'({ peer, streamId }) {
		await peer.receive('DATA');
		peer.send.headers(streamId, { ':status': '403' }, { endStream: true });
		peer.send.rstStream(streamId, ErrorCode.NO_ERROR);
	},

	/** Notes that content arrives, and why it ends. */
	async 'await-reset'({ peer, key }) {
		await peer.receive('DATA');
		records.note(`${key} arrived`, 'yes');
		const { errorCode } = await peer.receive('RST_STREAM');
		records.note(key, String(errorCode));
	},

	/** Pushes, whatever SETTINGS_ENABLE_PUSH says. */
	push({ peer, streamId }) {
		const promise = { ':method': 'GET', ':scheme': 'http', ':authority': 'localhost', ':path': '/' };
		peer.send.pushPromise(streamId, 2, promise);
	},

	/** Notes how much of the content arrives before there is window for the rest, and gives it when it may go on. */
	async 'small-window'({ peer, streamId, key }) {
		let length = 0;
		let ended = false;
		while (length < 65_535) length += (await peer.receive('DATA')).length;
		await peer.roundTrip();
		await peer.roundTrip();
		const more = peer.frames.filter(({ type }) => type === 'DATA').reduce((sum, frame) => sum + frame.length, 0);
		records.note(key, String(more));
		await records.seen(`${key} go on`);
		peer.send.windowUpdate(0, 1_000_000);
		peer.send.windowUpdate(streamId, 1_000_000);
		while (!ended) {
			const frame = await peer.receive('DATA');
			length += frame.length;
			ended = frame.endStream;
		}
		peer.send.headers(streamId, OK);
		peer.send.data(streamId, String(length), { endStream: true });
	},

	/** Sends all that the client's window allows, notes whether it gets more unasked, and goes on with what it gets. */
	async flood({ peer, streamId, key }) {
		peer.send.headers(streamId, OK);
		const window = peer.remoteSettings.initialWindowSize;
		for (let sent = 0; sent < window; sent += 10_000) {
			peer.send.data(streamId, new Uint8Array(Math.min(10_000, window - sent)));
		}
		await peer.roundTrip();
		await peer.roundTrip();
		const isUpdate = (frame: PeerFrame): boolean => frame.type === 'WINDOW_UPDATE' && frame.streamId === streamId;
		records.note(key, peer.frames.some(isUpdate) ? 'window for unread content' : 'no window');
		while ((await peer.receive('WINDOW_UPDATE')).streamId !== streamId);
		peer.send.data(streamId, 'the end', { endStream: true });
	},

	/** Belongs to another connection, the first time. */
	misdirected({ peer, streamId, key }) {
		if (records.has(key)) return answerAll(peer, streamId, 'from the second connection');
		records.note(key, 'misdirected');
		peer.send.headers(streamId, { ':status': '421' }, { endStream: true });
	},
};

function answerAll(peer: ScriptedPeer, streamId: number, text: string): void {
	peer.send.headers(streamId, OK);
	peer.send.data(streamId, text, { endStream: true });
	peer.respondWith(() => ({ body: text }));
}

/** Returns the port. */
export function startScripts20(): Promise<number> {
	return listen(createServer({ allowHalfOpen: true }, (socket) => void serve(socket).catch(() => socket.destroy())));
}

async function serve(socket: Socket): Promise<void> {
	const peer = peerOn(socket);
	peer.send.settings({});
	const head = await peer.receive('HEADERS');
	const path = head.fields.find(([name]) => name === ':path')?.[1] ?? '/';
	const { pathname, searchParams } = new URL(path, 'http://script');
	const name = pathname.split('/')[1] ?? '';
	const script = SCRIPTS[name];
	if (script === undefined) throw new Error(`There is no script ${name}`);
	await script({ peer, head, streamId: head.streamId, key: searchParams.get('key') ?? '' });
}

/** Not by Duplex.toWeb: the streams of Node 20 throw errors that nothing catches when a socket is reset. */
export function peerOn(socket: Socket): ScriptedPeer {
	const delivery = new Delivery(() => socket.resume());
	socket.on('data', (bytes) => {
		if (!delivery.bytes(bytes)) socket.pause();
	});
	socket.on('end', () => delivery.end());
	socket.on('error', () => {});
	socket.on('close', () => delivery.close(socket.errored ?? null));
	const transport = new SocketTransport(socket, delivery, null, { connected: 0, secured: null });
	return new ScriptedPeer({ streams: toByteStreams(transport) });
}
