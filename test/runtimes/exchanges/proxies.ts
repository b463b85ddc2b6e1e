// Proxies: tunnels by CONNECT, and requests in absolute-form. The peers' proxies want a password, so an answer of the origin
// shows that the request came through them.

import { type ConnectionOptions, HTTP11Connection, HTTP20Connection, HTTPConnection, ProxyError } from 'hyper-wasm';
import type { Peers } from '../peers/peers.ts';
import {
	type AnyConnection,
	type Exchange,
	type Exchanges,
	failure,
	local,
	named,
	needing,
	same,
	textOf,
} from './support.ts';

type Options = Pick<ConnectionOptions, 'proxy'>;

const plainProxy = ({ proxy }: Peers): Options => ({ proxy: `http://user:password@127.0.0.1:${proxy}` });
const secureProxy = ({ proxyTLS, ca }: Peers): Options => ({
	proxy: { url: `https://user:password@localhost:${proxyTLS}`, tls: { ca } },
});

/** To the origin of each kind, with the version that it must speak. */
const ORIGINS: Readonly<Record<string, [version: string, connect: (peers: Peers, options: Options) => AnyConnection]>> =
	{
		'HTTP/1.1': ['HTTP/1.1', ({ http1 }, options) => new HTTP11Connection(local(http1), options)],
		'HTTP/2': ['HTTP/2', ({ http2 }, options) => new HTTP20Connection(local(http2), options)],
		'HTTP/1.1 over TLS': [
			'HTTP/1.1',
			({ tls, ca }, options) => new HTTP11Connection(named(tls), { ...options, tls: { ca } }),
		],
		'HTTP/2 over TLS': [
			'HTTP/2',
			({ tls, ca }, options) => new HTTPConnection(named(tls), { ...options, tls: { ca } }),
		],
	};

function reaches(name: string, proxyOf: (peers: Peers) => Options): Exchanges {
	return Object.fromEntries(
		Object.entries(ORIGINS).map(([origin, [version, connect]]): [string, Exchange] => [
			`${origin} through ${name}`,
			async (peers) => {
				await using connection = connect(peers, proxyOf(peers));
				for (let i = 0; i < 2; i++) same(await textOf(connection, '/early'), 'final', 'the text');
				same(connection.version, version, 'the version');
			},
		]),
	);
}

export const proxies: Exchanges = {
	...reaches('a proxy', plainProxy),
	...reaches('a proxy over TLS', secureProxy),

	async 'a proxy that refuses is a ProxyError with its answer'({ proxy, http2 }) {
		await using connection = new HTTP20Connection(local(http2), { proxy: `http://user:wrong@127.0.0.1:${proxy}` });
		same((await failure(connection.roundTrip('GET', '/'), ProxyError)).response?.status, 407, 'the status');
	},

	async 'the answer of a proxy to an absolute-form is a response'({ proxy, http1 }) {
		await using connection = new HTTP11Connection(local(http1), { proxy: `http://127.0.0.1:${proxy}` });
		same((await connection.roundTrip('GET', '/')).status, 407, 'the status');
	},

	async 'a proxy that does not listen is a ProxyError'({ closed, http2 }) {
		await using connection = new HTTP20Connection(local(http2), { proxy: `http://127.0.0.1:${closed}` });
		same((await failure(connection.roundTrip('GET', '/'), ProxyError)).response, null, 'the answer');
	},

	async 'an origin that the proxy cannot reach is a ProxyError'(peers) {
		await using connection = new HTTP20Connection(local(peers.closed), plainProxy(peers));
		await failure(connection.roundTrip('GET', '/'), ProxyError);
	},

	'a proxy of the environment': needing('environment', async ({ proxy, http2 }) => {
		process.env.HTTP_PROXY = `http://user:password@127.0.0.1:${proxy}`;
		try {
			await using connection = new HTTP20Connection(local(http2), { proxy: 'env' });
			same(await textOf(connection, '/early'), 'final', 'the text');
			process.env.HTTP_PROXY = `http://user:wrong@127.0.0.1:${proxy}`;
			await connection.close();
			await failure(connection.roundTrip('GET', '/'), ProxyError);
		} finally {
			delete process.env.HTTP_PROXY;
		}
	}),

	async 'an environment that may not be read has no proxy'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { proxy: 'env' });
		same(await textOf(connection, '/early'), 'final', 'the text');
	},
};
