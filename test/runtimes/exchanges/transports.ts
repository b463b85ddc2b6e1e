// How connections reach servers, and which version they speak there.

import { type ByteStreams, HTTP11Connection, HTTP20Connection, HTTPConnection, NegotiationError } from 'hyper-wasm';
import { createTransportPair, ScriptedPeer } from 'hyper-wasm/testing';
import { mock } from '../peers/mock.ts';
import { pattern } from '../peers/pattern.ts';
import type { Peers } from '../peers/peers.ts';
import {
	type AnyConnection,
	ask,
	type Exchange,
	type Exchanges,
	failure,
	local,
	named,
	needing,
	same,
	sameBytes,
	textOf,
} from './support.ts';

/** A request without and one with content. */
async function works(connection: AnyConnection, version: string): Promise<void> {
	sameBytes(await (await ask(connection, 'GET', '/bytes/1000')).bytes(), pattern(1_000));
	const content = pattern(100_001);
	sameBytes(await (await ask(connection, 'POST', '/echo', { body: content })).bytes(), content);
	same(connection.version, version, 'the version of the connection');
}

function speaks(version: string, connect: (peers: Peers) => AnyConnection): Exchange {
	return async (peers) => {
		await using connection = connect(peers);
		await works(connection, version);
	};
}

/** Ten connections: what depends on timing shows in some of them. */
function upgrades(path: string): Exchange {
	return async ({ script1 }) => {
		for (let i = 0; i < 10; i++) {
			await using connection = new HTTPConnection(local(script1), { h2c: 'upgrade' });
			const first = await ask(connection, 'GET', path);
			same([await first.text(), first.version], ['over HTTP/2', 'HTTP/2'], 'the upgraded response');
			await works(connection, 'HTTP/2');
		}
	};
}

/** A socket of node:net as a pair of streams. */
async function pipeTo(port: number): Promise<ByteStreams> {
	const [{ connect }, { Duplex }] = await Promise.all([import('node:net'), import('node:stream')]);
	const socket = connect(port, '127.0.0.1');
	await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
	return Duplex.toWeb(socket) as unknown as ByteStreams;
}

function overPipe(
	port: (peers: Peers) => number,
	Connection: new (host: string, options: { transport: ByteStreams }) => AnyConnection,
	version: string,
): Exchange {
	return async (peers) => {
		await using connection = new Connection('http://origin.test', { transport: await pipeTo(port(peers)) });
		await works(connection, version);
	};
}

export const transports: Exchanges = {
	'HTTPConnection chooses HTTP/2 over TLS': async ({ tls, ca }) => {
		await using connection = new HTTPConnection(named(tls), { tls: { ca } });
		same(connection.version, null, 'the version before');
		await connection.connect();
		await works(connection, 'HTTP/2');
	},

	'HTTPConnection speaks HTTP/1.1 over TLS if it offers nothing else': speaks('HTTP/1.1', ({ tls, ca }) => {
		return new HTTPConnection(named(tls), { alpnProtocols: ['http/1.1'], tls: { ca } });
	}),

	'HTTPConnection speaks HTTP/1.1 with a server without ALPN': speaks('HTTP/1.1', ({ tlsWithoutALPN1, ca }) => {
		return new HTTPConnection(named(tlsWithoutALPN1), { tls: { ca } });
	}),

	'HTTP20Connection rejects a server without ALPN': async ({ tlsWithoutALPN1, ca }) => {
		await using connection = new HTTP20Connection(named(tlsWithoutALPN1), { tls: { ca } });
		same((await failure(connection.roundTrip('GET', '/'), NegotiationError)).alpn, null, 'what it chose');
	},

	'HTTP/2 over TLS can be forced without ALPN': speaks('HTTP/2', ({ tlsWithoutALPN2, ca }) => {
		return new HTTPConnection(named(tlsWithoutALPN2), { forceProtocol: 'h2', tls: { ca } });
	}),

	'HTTPConnection speaks HTTP/1.1 in plaintext': speaks('HTTP/1.1', ({ http1 }) => new HTTPConnection(local(http1))),

	'HTTPConnection speaks HTTP/2 with prior knowledge': speaks('HTTP/2', ({ http2 }) => {
		return new HTTPConnection(local(http2), { h2c: 'prior-knowledge' });
	}),

	'HTTP11Connection over TLS': speaks('HTTP/1.1', ({ tls, ca }) => new HTTP11Connection(named(tls), { tls: { ca } })),

	'HTTP20Connection over TLS': speaks('HTTP/2', ({ tls, ca }) => new HTTP20Connection(named(tls), { tls: { ca } })),

	'an upgrade to h2c whose frames come with the 101': upgrades('/upgrade'),
	'an upgrade to h2c whose frames come behind the 101': upgrades('/upgrade?apart'),
	'an upgrade to h2c whose bytes come one at a time': upgrades('/upgrade?bytes'),

	'an upgrade to h2c whose first response is large': async ({ script1 }) => {
		await using connection = new HTTPConnection(local(script1), { h2c: 'upgrade' });
		sameBytes(await (await ask(connection, 'GET', '/upgrade-large')).bytes(), pattern(100_000));
		await works(connection, 'HTTP/2');
	},

	'an upgrade to h2c that the server does not take': speaks('HTTP/1.1', ({ http1 }) => {
		return new HTTPConnection(local(http1), { h2c: 'upgrade' });
	}),

	'requests that wait for an upgrade to h2c': async ({ script1 }) => {
		await using connection = new HTTPConnection(local(script1), { h2c: 'upgrade' });
		const requests = ['/upgrade', '/a', '/b', '/c'].map((path) => textOf(connection, path));
		same(await Promise.all(requests), ['over HTTP/2', 'GET /a', 'GET /b', 'GET /c'], 'the texts');
	},

	'a request with content is not an offer of h2c': async ({ script1 }) => {
		await using connection = new HTTPConnection(local(script1), { h2c: 'upgrade' });
		const first = await ask(connection, 'POST', '/upgrade', { body: new Blob(['']) });
		same([await first.text(), first.version], ['HTTP/1.1', 'HTTP/1.1'], 'the first response');
		same(await textOf(connection, '/upgrade'), 'over HTTP/2', 'the second one');
	},

	'HTTP/1.1 with a server that greets in HTTP/2': async ({ script1 }) => {
		await using connection = new HTTP11Connection(local(script1));
		await failure(connection.roundTrip('GET', '/greeting'), NegotiationError);
	},

	'HTTP/1.1 over a Unix socket': needing(
		'unix socket',
		speaks('HTTP/1.1', ({ unix1 }) => new HTTP11Connection('localhost', { socketPath: unix1, secure: false })),
	),

	'HTTP/2 over a Unix socket': needing(
		'unix socket',
		speaks('HTTP/2', ({ unix2 }) => new HTTP20Connection('localhost', { socketPath: unix2, secure: false })),
	),

	"HTTP/1.1 over the caller's transport": overPipe(({ http1 }) => http1, HTTP11Connection, 'HTTP/1.1'),
	"HTTP/2 over the caller's transport": overPipe(({ http2 }) => http2, HTTP20Connection, 'HTTP/2'),

	'HTTP/2 in memory': async () => {
		const peer = new ScriptedPeer();
		peer.respondWith(mock);
		await using connection = new HTTP20Connection('localhost', { transport: peer.transport });
		await works(connection, 'HTTP/2');
	},

	'HTTP/2 in memory, one byte at a time': async () => {
		const peer = new ScriptedPeer({ chunkSize: 1 });
		peer.respondWith(mock);
		await using connection = new HTTP20Connection('localhost', { transport: peer.transport });
		sameBytes(await (await ask(connection, 'GET', '/bytes/5000')).bytes(), pattern(5_000));
	},

	'the first DATA of a response in memory': async () => {
		const peer = new ScriptedPeer();
		await using connection = new HTTP20Connection('localhost', { transport: peer.transport });
		const text = textOf(connection, '/');
		const { streamId } = await peer.receive('HEADERS');
		peer.send.settings({});
		peer.send.headers(streamId, { ':status': '200' });
		peer.send.data(streamId, 'first ');
		await peer.roundTrip();
		peer.send.data(streamId, 'second', { endStream: true });
		same(await text, 'first second', 'the text');
	},

	'HTTP/1.1 in memory': async () => {
		const [near, far] = createTransportPair({ alpn: 'http/1.1' });
		await using connection = new HTTP11Connection('http://localhost', { transport: near });
		const text = textOf(connection, '/path');
		const reader = far.readable.getReader();
		const readHead = async (): Promise<string> => {
			let head = '';
			while (!head.endsWith('\r\n\r\n')) head += new TextDecoder().decode((await reader.read()).value);
			return head;
		};
		const head = await Promise.race([readHead(), text]);
		same(head.split('\r\n')[0], 'GET /path HTTP/1.1', 'the request line');
		const writer = far.writable.getWriter();
		await writer.write(new TextEncoder().encode('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nmemory'));
		same(await text, 'memory', 'the text');
	},

	'the first DATA of a first response': async ({ script2 }) => {
		await using connection = new HTTP20Connection(local(script2));
		same(await textOf(connection, '/first-data'), 'first second', 'the text');
	},

	'a name with two addresses, of which one works': async ({ http2 }) => {
		const lookup = (_: string, __: object, callback: (error: null, addresses: object[]) => void): void => {
			callback(null, [
				{ address: '::1', family: 6 },
				{ address: '127.0.0.1', family: 4 },
			]);
		};
		await using connection = new HTTP20Connection(`http://two.test:${http2}`, { lookup: lookup as never });
		await works(connection, 'HTTP/2');
	},

	'a local address': async ({ http2 }) => {
		await using connection = new HTTP20Connection(local(http2), { localAddress: '127.0.0.1' });
		await works(connection, 'HTTP/2');
	},

	'a connection that was closed opens again': async ({ tls, ca }) => {
		await using connection = new HTTPConnection(named(tls), { tls: { ca } });
		await works(connection, 'HTTP/2');
		await connection.close();
		await works(connection, 'HTTP/2');
	},
};
