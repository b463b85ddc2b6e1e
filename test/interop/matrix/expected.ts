// What servers do not support. Every cell of the matrix that no entry names must succeed. An entry is a property of the
// server that other clients see too, never a fault of ours; `shows` is how the cell must fail.

import type { ServerName } from '../../support/servers.ts';
import type { TransportName } from './transports.ts';

export interface Refusal {
	/** All servers when absent; the same holds for transports and exchanges. */
	readonly server?: ServerName;
	readonly transports?: readonly TransportName[];
	readonly exchanges?: readonly string[];
	readonly reason: string;
	/** What the error's message must match. */
	readonly shows: RegExp;
}

const TWO: readonly TransportName[] = ['tls-h2', 'h2c-prior', 'h2c-upgrade'];
const ONE: readonly TransportName[] = ['tls-http/1.1', 'plain-http/1.1'];

const OF_UNKNOWN_LENGTH = ['POST ReadableStream', 'POST Node Readable', 'POST async iterable', 'request trailers'];

/** The first entry that names a cell applies to it. */
export const refusals: readonly Refusal[] = [
	{
		server: 'nghttpd',
		transports: ['tls-http/1.1'],
		reason: 'speaks HTTP/2 only: it closes a connection of curl --http1.1',
		shows: /closed before the response began/,
	},
	{
		server: 'nghttpd',
		transports: ['h2c-upgrade', 'plain-http/1.1'],
		reason: 'speaks HTTP/2 only: curl gets SETTINGS as an answer to HTTP/1.1',
		shows: /began with a SETTINGS frame|closed before the response began/,
	},
	{
		server: 'nginx',
		transports: ['h2c-upgrade'],
		reason: 'does not support the upgrade to h2c: curl --http2 gets HTTP/1.1',
		shows: /came by HTTP\/1\.1/,
	},
	{
		server: 'haproxy',
		transports: ['h2c-upgrade'],
		reason: 'leaves the upgrade to its origin, which does not support it: curl --http2 gets HTTP/1.1',
		shows: /came by HTTP\/1\.1/,
	},
	{ transports: ONE, exchanges: ['push'], reason: 'HTTP/1.1 has no push', shows: /other pushes|no pushes/ },
	{
		server: 'nghttpd',
		exchanges: ['103 Early Hints'],
		reason: 'sends no informational responses of its own: nghttp sees one status',
		shows: /1xx responses \[\]/,
	},
	{
		server: 'nghttpd',
		exchanges: ['204 No Content'],
		reason: 'serves files only: nghttp gets 404',
		shows: /status 404/,
	},
	{
		server: 'nghttpd',
		exchanges: ['request trailers'],
		reason: 'echoes content without the trailers behind it: nghttp gets none',
		shows: /JSON/,
	},
	{
		server: 'nghttpd',
		exchanges: ['gzip'],
		reason: 'supports no content codings: nghttp gets the file as it is',
		shows: /other content codings/,
	},
	{
		server: 'h2o',
		exchanges: ['103 Early Hints'],
		reason: 'turns a 103 of its origin into a push: nghttp gets one status',
		shows: /1xx responses \[\]/,
	},
	{
		server: 'h2o',
		exchanges: ['response trailers'],
		reason: 'drops trailers of its origin: nghttp gets none',
		shows: /other trailers/,
	},
	{
		server: 'h2o',
		exchanges: ['request trailers'],
		reason: 'drops trailers of requests: nghttp gets {} from the origin',
		shows: /other trailers/,
	},
	{
		server: 'h2o',
		transports: TWO,
		exchanges: ['100 Continue'],
		reason: 'sends no 100 on HTTP/2: curl gets 200 at once',
		shows: /1xx responses \[\]/,
	},
	{
		server: 'nginx',
		transports: TWO,
		exchanges: ['103 Early Hints'],
		reason: 'treats a 103 of its origin as the final response: curl gets DATA after it and resets the stream',
		shows: /DATA arrived before the response/,
	},
	{
		server: 'nginx',
		transports: TWO,
		exchanges: ['request trailers'],
		reason: 'refuses trailers of requests: nghttp gets GOAWAY with PROTOCOL_ERROR',
		shows: /PROTOCOL_ERROR|ConnectionResetError/,
	},
	{
		server: 'nginx',
		transports: ONE,
		exchanges: ['request trailers'],
		reason: 'drops trailers of requests: the origin gets none from node:http either',
		shows: /other trailers/,
	},
	{
		server: 'nginx',
		transports: TWO,
		exchanges: ['100 Continue'],
		reason: 'sends no 100 on HTTP/2: curl gets 200 at once',
		shows: /1xx responses \[\]/,
	},
	{
		server: 'apache',
		exchanges: ['request trailers'],
		reason: 'drops trailers of requests: nghttp gets {} from the origin',
		shows: /other trailers/,
	},
	{
		server: 'apache',
		transports: ONE,
		exchanges: ['response trailers'],
		reason: 'drops trailers of its origin on HTTP/1.1: the last chunk ends the response',
		shows: /other trailers/,
	},
	{
		server: 'caddy',
		exchanges: ['request trailers'],
		reason: 'forwards a request without its trailers: nghttp gets {} from the origin',
		shows: /other trailers/,
	},
	{
		server: 'haproxy',
		exchanges: ['push'],
		reason: 'does not push: nghttp gets no PUSH_PROMISE for a Link',
		shows: /other pushes/,
	},
	{
		server: 'lighttpd',
		transports: TWO,
		exchanges: OF_UNKNOWN_LENGTH,
		reason: 'requires a content-length for a POST on HTTP/2: nghttp --no-content-length gets 411',
		shows: /status 411/,
	},
	{
		server: 'lighttpd',
		exchanges: ['request trailers'],
		reason: 'drops trailers of requests: the origin gets none from node:http either',
		shows: /other trailers/,
	},
	{
		server: 'lighttpd',
		transports: TWO,
		exchanges: ['103 Early Hints'],
		reason: 'sends the names of a 103 of its origin in upper case: nghttp refuses Link',
		shows: /field name has a forbidden byte/,
	},
	{
		server: 'lighttpd',
		exchanges: ['response trailers'],
		reason: 'sends trailers of its origin in the head, with a stray CR: nghttp refuses the field',
		shows: /field value has a forbidden byte|invalid HTTP\/1\.1 response/,
	},
	{
		server: 'lighttpd',
		exchanges: ['push'],
		reason: 'does not push: nghttp gets no PUSH_PROMISE for a Link',
		shows: /other pushes/,
	},
];

/** Null when the cell must succeed. */
export function refusalOf(server: ServerName, transport: TransportName, exchange: string): Refusal | null {
	const names = (refusal: Refusal): boolean =>
		(refusal.server ?? server) === server &&
		(refusal.transports?.includes(transport) ?? true) &&
		(refusal.exchanges?.includes(exchange) ?? true);
	return refusals.find(names) ?? null;
}
