// What servers do not do: every cell of the matrix that no line names must be a yes. A line is a property of the server,
// seen with other clients too, never a failure of ours; `shows` is how the cell must fail.

import type { ServerName } from '../../support/servers.ts';
import type { TransportName } from './transports.ts';

export interface Refusal {
	/** All, when not given, as for the other two. */
	readonly server?: ServerName;
	readonly transports?: readonly TransportName[];
	readonly exchanges?: readonly string[];
	readonly reason: string;
	/** What the error must say. */
	readonly shows: RegExp;
}

const TWO: readonly TransportName[] = ['tls-h2', 'h2c-prior', 'h2c-upgrade'];
const ONE: readonly TransportName[] = ['tls-http/1.1', 'plain-http/1.1'];

const OF_UNKNOWN_LENGTH = ['POST ReadableStream', 'POST Node Readable', 'POST async iterable', 'request trailers'];

/** Their content is there at once, so that they ask for the Upgrade themselves; others send a request before them. */
const AT_ONCE = ['POST string', 'POST Uint8Array', 'POST URLSearchParams', 'POST 1 MiB'];

/** The first line that names a cell holds for it. */
export const refusals: readonly Refusal[] = [
	{
		server: 'nghttpd',
		transports: ['tls-http/1.1'],
		reason: 'speaks HTTP/2 alone: to curl --http1.1 it closes the connection',
		shows: /closed before there was a response/,
	},
	{
		server: 'nghttpd',
		transports: ['h2c-upgrade', 'plain-http/1.1'],
		reason: 'speaks HTTP/2 alone: curl gets SETTINGS for an answer to HTTP/1.1',
		shows: /greets with a SETTINGS frame|closed before there was a response/,
	},
	{
		server: 'nginx',
		transports: ['h2c-upgrade'],
		reason: 'has no Upgrade to h2c: curl --http2 gets HTTP/1.1',
		shows: /came by HTTP\/1\.1/,
	},
	{
		server: 'haproxy',
		transports: ['h2c-upgrade'],
		reason: 'leaves the Upgrade to its origin, which has none: curl --http2 gets HTTP/1.1',
		shows: /came by HTTP\/1\.1/,
	},
	{
		server: 'apache',
		transports: ['h2c-upgrade'],
		exchanges: AT_ONCE,
		reason: 'declines the Upgrade of a request with content: curl --http2 gets HTTP/1.1',
		shows: /came by HTTP\/1\.1/,
	},
	{
		server: 'lighttpd',
		transports: ['h2c-upgrade'],
		exchanges: AT_ONCE,
		reason: 'declines the Upgrade of a request with content: curl --http2 gets HTTP/1.1',
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
		reason: 'serves files, and has no other way to an answer: nghttp gets 404',
		shows: /status 404/,
	},
	{
		server: 'nghttpd',
		exchanges: ['request trailers'],
		reason: 'gives content back, and drops the trailers behind it: nghttp gets none',
		shows: /JSON/,
	},
	{
		server: 'nghttpd',
		exchanges: ['gzip'],
		reason: 'has no content codings: nghttp gets the file as it is',
		shows: /other content codings/,
	},
	{
		server: 'h2o',
		exchanges: ['103 Early Hints'],
		reason: 'keeps a 103 of its origin to itself, and makes a push of it: nghttp gets one status',
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
		reason: 'takes a 103 of its origin for the final response: curl gets DATA behind it, and resets the stream',
		shows: /DATA came before the response/,
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
		reason: 'passes a request on as it was before its trailers came: nghttp gets {} from the origin',
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
		reason: 'wants a content-length of a POST on HTTP/2: nghttp --no-content-length gets 411',
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
		shows: /field name has an octet/,
	},
	{
		server: 'lighttpd',
		exchanges: ['response trailers'],
		reason: 'puts trailers of its origin into the head, with a stray CR: nghttp refuses the field',
		shows: /field value has an octet|no valid HTTP\/1\.1/,
	},
	{
		server: 'lighttpd',
		exchanges: ['push'],
		reason: 'does not push: nghttp gets no PUSH_PROMISE for a Link',
		shows: /other pushes/,
	},
];

/** Null when the cell must be a yes. */
export function refusalOf(server: ServerName, transport: TransportName, exchange: string): Refusal | null {
	const names = (refusal: Refusal): boolean =>
		(refusal.server ?? server) === server &&
		(refusal.transports?.includes(transport) ?? true) &&
		(refusal.exchanges?.includes(exchange) ?? true);
	return refusals.find(names) ?? null;
}
