// The first request of a command: what was typed, and what is sent with it by default. Pure.

import { HTTPHeaderMap, type RequestBodyInit, version } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import type { CommandBody } from './content.ts';
import type { Target } from './target.ts';

export interface PreparedRequest extends Target {
	method: string;
	headers: HTTPHeaderMap;
	body: RequestBodyInit | null;
	/** The body can be read once only. */
	once: boolean;
	/** The origin is the one that was typed, which may see the client certificate. */
	trusted: boolean;
}

const CODINGS = 'gzip, deflate, br, zstd';

/** `resumeAt`: the octets of the resource that are there already; null for a request of the whole, in any coding. */
export function buildRequest(
	{ method, origin, path, headers: typed, withheld }: RequestCommand,
	{ body, type, once }: CommandBody,
	resumeAt: number | null,
): PreparedRequest {
	const headers = new HTTPHeaderMap(typed);
	const addDefault = (name: string, value: string) => {
		if (!headers.has(name) && !withheld.has(name)) headers.append(name, value);
	};
	if (type !== null) addDefault('content-type', type);
	const length = lengthOf(body);
	if (length !== null) addDefault('content-length', String(length));
	addDefault('accept', type === 'application/json' ? 'application/json, */*;q=0.5' : '*/*');
	if (resumeAt === null) addDefault('accept-encoding', CODINGS);
	// Of a coded body, the rest is no rest of the file.
	else headers.set('accept-encoding', 'identity');
	addDefault('user-agent', `hyper/${version}`);
	if (resumeAt !== null && resumeAt > 0) headers.set('range', `bytes=${resumeAt}-`);
	return { method, origin, path, headers, body, once, trusted: true };
}

function lengthOf(body: RequestBodyInit | null): number | null {
	if (typeof body === 'string') return Buffer.byteLength(body);
	return body instanceof Blob ? body.size : null;
}
