// The columns of the matrix: how a connection reaches a server. The exchanges are the same code for all.

import { HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../../src/index.ts';
import type { RunningServer } from '../../support/servers.ts';

export type Connection = HTTPConnection | HTTP20Connection | HTTP11Connection;

export type TransportName = 'tls-h2' | 'tls-http/1.1' | 'h2c-prior' | 'h2c-upgrade' | 'plain-http/1.1';

export interface Transport {
	readonly name: TransportName;
	/** The version that the connection and its responses must report. */
	readonly version: 'HTTP/2' | 'HTTP/1.1';
	/** Every exchange needs a connection of its own. */
	readonly fresh: boolean;
	/** What must happen on a connection before its exchange. */
	prepare?(connection: Connection): Promise<void>;
	connect(server: RunningServer): Connection;
}

export const transports: readonly Transport[] = [
	{
		name: 'tls-h2',
		version: 'HTTP/2',
		fresh: false,
		connect: (server) => new HTTPConnection(secure(server), { tls: trust(server), enablePush: true }),
	},
	{
		name: 'tls-http/1.1',
		version: 'HTTP/1.1',
		fresh: false,
		connect: (server) => new HTTPConnection(secure(server), { tls: trust(server), alpnProtocols: ['http/1.1'] }),
	},
	{
		name: 'h2c-prior',
		version: 'HTTP/2',
		fresh: false,
		connect: ({ clear }) => new HTTP20Connection(`http://127.0.0.1:${clear.port}`, { enablePush: true }),
	},
	{
		name: 'h2c-upgrade',
		version: 'HTTP/2',
		fresh: true,
		// Only a request without effects carries the offer.
		prepare: async (connection) => {
			await (await connection.roundTrip('GET', '/hello')).bytes();
		},
		connect: ({ plain }) => new HTTPConnection(`http://127.0.0.1:${plain.port}`, { enablePush: true, h2c: 'upgrade' }),
	},
	{
		name: 'plain-http/1.1',
		version: 'HTTP/1.1',
		fresh: false,
		connect: ({ plain }) => new HTTP11Connection(`http://127.0.0.1:${plain.port}`),
	},
];

function secure({ tls }: RunningServer): string {
	return `https://localhost:${tls.port}`;
}

function trust({ certificates }: RunningServer): { ca: string } {
	return { ca: certificates.ca };
}
