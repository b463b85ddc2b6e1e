// Redirects: RFC 9110 §15.4, as the Fetch Standard has it. Pure.

import { HTTPHeaderMap } from '../index.ts';
import { ResponseError } from './errors.ts';
import type { PreparedRequest } from './request.ts';
import { type Target, targetOf } from './target.ts';
import { decodeOctets } from './terminal.ts';

/** As many as browsers follow. */
export const MOST_REDIRECTS = 20;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Fields that speak of the content, which a request that became GET has no more. */
const OF_CONTENT = [
	'content-encoding',
	'content-language',
	'content-length',
	'content-location',
	'content-type',
	'expect',
	'transfer-encoding',
];

/** Fields for the eyes of one origin, and those that name it. */
const OF_ORIGIN = ['authorization', 'cookie', 'proxy-authorization', 'host', ':authority'];

/** Null when the response is not one to follow. Throws ResponseError for one that leads nowhere. */
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
		for (const name of OF_CONTENT) headers.delete(name);
	}
	if (target.origin !== request.origin) {
		next.trusted = false;
		for (const name of OF_ORIGIN) headers.delete(name);
	}
	if (next.once) throw new ResponseError(`cannot send standard input again to ${target.origin}${target.path}`);
	return next;
}

function becomesGet(method: string, status: number): boolean {
	if (status === 303) return method !== 'GET' && method !== 'HEAD';
	return (status === 301 || status === 302) && method === 'POST';
}

function resolve({ origin, path }: Target, location: string): Target {
	let url: URL;
	try {
		url = new URL(decodeOctets(location), `${origin}${path}`);
	} catch {
		throw new ResponseError(`cannot follow the redirect to ${JSON.stringify(location)}: it is not a URL`);
	}
	if (url.protocol === 'http:' || url.protocol === 'https:') return targetOf(url);
	throw new ResponseError(`cannot follow the redirect to ${url.href}: it is neither http nor https`);
}
