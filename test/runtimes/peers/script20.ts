// Servers that follow a script on HTTP/2: the first segment of the first request's path names it. Each connection has its own
// run; what several connections share is in `records`.

import { createServer, type Socket } from 'node:net';
import { Delivery } from '../../../src/runtime/delivery.ts';
import { SocketTransport } from '../../../src/runtime/node/socket-transport.ts';
import { toByteStreams } from '../../../src/testing/byte-streams.ts';
import { type DecodedHeadersFrame, ScriptedPeer } from '../../../src/testing.ts';
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
