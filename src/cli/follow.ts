// Redirects: RFC 9110 §15.4, with the rules of the Fetch Standard. Pure.

import { HTTPHeaderMap } from '../index.ts';
import { ResponseError } from './errors.ts';
import type { PreparedRequest } from './request.ts';
import { splitZone, type Target, targetOf } from './target.ts';
import { decodeBytes } from './terminal.ts';

/** The limit of browsers. */
export const MAX_REDIRECTS = 20;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Fields that describe the content, to be dropped when a request becomes GET. */
const CONTENT_FIELDS = [
	'content-encoding',
	'content-language',
	'content-length',
	'content-location',
	'content-type',
	'expect',
	'transfer-encoding',
];

/** Credentials for one origin, and fields that name it. */
const ORIGIN_FIELDS = ['authorization', 'cookie', 'proxy-authorization', 'host', ':authority'];

/** Returns the next request, or null if the response is not a redirect. Throws ResponseError for an invalid redirect. */
export function followRedirect(
	request: PreparedRequest,
	status: number,
	responseHeaders: HTTPHeaderMap,
): PreparedRequest | null {
	const [location] = responseHeaders.getRaw('location');
	if (!REDIRECTS.has(status) || location === undefined) return null;
	const target = resolve(request, location);
	const headers = new HTTPHeaderMap(request.headers);
	for (const name of [':path', ':scheme', ':method']) headers.delete(name);
	const next: PreparedRequest = { ...request, ...target, headers };
	if (becomesGet(request.method, status)) {
		Object.assign(next, { method: 'GET', body: null, once: false });
		for (const name of CONTENT_FIELDS) headers.delete(name);
	}
	if (target.origin !== request.origin) {
		next.trusted = false;
		for (const name of ORIGIN_FIELDS) headers.delete(name);
	}
	if (next.once)
		throw new ResponseError(
			`cannot follow the redirect to ${target.origin}${target.path}: standard input cannot be sent again`,
		);
	return next;
}

function becomesGet(method: string, status: number): boolean {
	if (status === 303) return method !== 'GET' && method !== 'HEAD';
	return (status === 301 || status === 302) && method === 'POST';
}

function resolve({ origin, path }: Target, location: string): Target {
	const [bareOrigin] = splitZone(origin);
	let url: URL;
	try {
		url = new URL(decodeBytes(location), `${bareOrigin}${path}`);
	} catch {
		throw new ResponseError(`cannot follow the redirect to ${JSON.stringify(location)}: not a URL`);
	}
	// A server does not know the zone in which we reach it.
	if (url.origin === bareOrigin) return { ...targetOf(url), origin };
	if (url.protocol === 'http:' || url.protocol === 'https:') return targetOf(url);
	throw new ResponseError(`cannot follow the redirect to ${url.href}: not an http or https URL`);
}
