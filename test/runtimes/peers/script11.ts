// Servers that follow a script on HTTP/1.1: the first segment of a request's path names it.

import { FrameType, FrameWriter } from '../../../src/frames.ts';
import { Encoder } from '../../../src/hpack.ts';
import { type RawConnection, RawServer } from '../../support/raw-server.ts';
import { SWITCH } from '../../support/upgrade.ts';
import { mock } from './mock.ts';
import { pattern } from './pattern.ts';
import { records } from './records.ts';

interface Run {
	readonly connection: RawConnection;
	readonly head: string;
	readonly path: string;
	/** From the path's `?key=`. */
	readonly key: string;
}

/** What a script returns that leaves the connection to another protocol. */
const TAKEN = 'taken';

const SCRIPTS: Readonly<Record<string, (run: Run) => Promise<unknown> | unknown>> = {
	/** Refuses the expectation of the first request. */
	async '417'({ connection, head, key }) {
		if (/^expect:/im.test(head)) {
			records.note(key, 'refused');
			connection.answer(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 0']);
			return;
		}
		const [, length = '0'] = /^content-length: (\d+)/im.exec(head) ?? [];
		const content = await connection.readBytes(Number(length));
		connection.answer(['HTTP/1.1 200 OK', `Content-Length: ${length}`], content);
	},

	/** Less content than its length says. */
	cut({ connection }) {
		connection.answer(['HTTP/1.1 200 OK', 'Content-Length: 100'], 'half');
		connection.end();
	},

	/** Ends before any answer. */
	drop({ connection }) {
		connection.end();
	},

	/** The content ends with the connection. */
	'until-close'({ connection }) {
		connection.answer(['HTTP/1.1 200 OK'], 'until the end');
		connection.end();
	},

	/** The connection is not kept, without a word; the answer says which one it was. */
	'close-behind'({ connection }) {
		connection.answer(['HTTP/1.1 200 OK', 'Content-Length: 5'], String(connection.socket.remotePort).padStart(5, '0'));
		connection.end();
	},

	invalid({ connection }) {
		connection.answer(['HTTP/1.1 two hundred OK']);
	},

	/** What RFC 9112 permits and few servers send: a folded field, equal lengths. */
	odd({ connection }) {
		connection.answer(['HTTP/1.1 200 OK', 'X-Name: folded', ' value', 'Content-Length: 3', 'Content-Length: 3'], 'odd');
	},

	/** What browsers accept beyond it. */
	broken({ connection }) {
		connection.write('HTTP/1.1 200 OK\nX-Name : value\nno colon\nContent-Length: 6\n\nbroken');
	},

	chunks({ connection }) {
		connection.answer(
			['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'],
			'6;name=value\r\nfirst \r\n6\r\nsecond\r\n0\r\nX-Trailer: yes\r\n\r\n',
		);
	},

	/** A byte at a time. */
	async slowly({ connection }) {
		await connection.writeSlowly('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nslowly');
	},

	'large-head'({ connection }) {
		connection.answer(['HTTP/1.1 200 OK', `X-Large: ${'x'.repeat(100_000)}`, 'Content-Length: 0']);
	},

	/** A server of HTTP/2 alone. */
	greeting({ connection }) {
		connection.write('\0\0\0\x04\0\0\0\0\0');
	},

	/** Reads no content, and says so early. */
	'answer-early'({ connection }) {
		connection.answer(['HTTP/1.1 403 Forbidden', 'Content-Length: 2', 'Connection: close'], 'no');
	},

	/**
	 * Agrees to HTTP/2. What follows is in the packet of the 101, or, for `?apart`, in others. With `?bytes`, every byte comes
	 * in a packet of its own.
	 */
	async upgrade({ connection, head, path }) {
		if (!/^upgrade: h2c/im.test(head)) return connection.answer(['HTTP/1.1 200 OK', 'Content-Length: 8'], 'HTTP/1.1');
		const frames = new FrameWriter();
		const fragment = new Encoder().encode([[':status', '200']]);
		const behind = [
			frames.write({ type: FrameType.SETTINGS }),
			frames.write({ type: FrameType.HEADERS, streamId: 1, fragment }),
			frames.write({ type: FrameType.DATA, streamId: 1, data: Buffer.from('over HTTP/2'), endStream: true }),
		].map((frame) => Buffer.from(frame).toString('latin1'));
		const all = [`${SWITCH.join('\r\n')}\r\n\r\n`, ...behind];
		if (path.includes('bytes')) await connection.writeSlowly(all.join(''));
		else if (path.includes('apart')) {
			for (const part of all) {
				connection.write(part);
				await new Promise((resolve) => setImmediate(resolve));
			}
		} else connection.write(all.join(''));
		connection.speakHTTP2().respondWith(mock);
		return TAKEN;
	},

	/** Answers the upgrade with more content than a window. */
	async 'upgrade-large'({ connection }) {
		connection.answer(SWITCH);
		const peer = connection.speakHTTP2();
		await peer.handshake();
		peer.send.headers(1, { ':status': '200' });
		for (let at = 0; at < 100_000; at += 10_000) {
			peer.send.data(1, pattern(100_000).subarray(at, at + 10_000), { endStream: at === 90_000 });
		}
		peer.respondWith(mock);
		return TAKEN;
	},
};

/** Returns the port. */
export async function startScripts11(): Promise<number> {
	const server = await RawServer.start();
	void acceptAll(server);
	return server.port;
}

async function acceptAll(server: RawServer): Promise<never> {
	for (;;) {
		const connection = await server.accept();
		serve(connection).catch(() => connection.socket.destroy());
	}
}

async function serve(connection: RawConnection): Promise<void> {
	for (;;) {
		const head = await connection.readHead();
		const [, path = '/'] = head.split(' ');
		const { pathname, searchParams } = new URL(path, 'http://script');
		const name = pathname.split('/')[1] ?? '';
		const script = SCRIPTS[name];
		if (script === undefined) throw new Error(`There is no script ${name}`);
		if ((await script({ connection, head, path, key: searchParams.get('key') ?? '' })) === TAKEN) return;
	}
}
