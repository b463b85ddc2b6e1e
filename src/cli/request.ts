// Builds the first request of a command from its arguments and default fields. Pure.

import { HTTPHeaderMap, type RequestBodyInit, version } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import type { CommandBody } from './content.ts';
import type { Target } from './target.ts';

export interface PreparedRequest extends Target {
	method: string;
	headers: HTTPHeaderMap;
	body: RequestBodyInit | null;
	/** The body can be read only once, so it cannot be sent again. */
	once: boolean;
	/** The origin is the one that was typed, so it may get the client certificate. */
	trusted: boolean;
}

const CODINGS = 'gzip, deflate, br, zstd';

/** `resumeAt`: how many bytes of the resource the output file has; null: request all of it, in any content coding. */
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
	// A range of an encoded body could not be appended to the decoded file.
	else headers.set('accept-encoding', 'identity');
	addDefault('user-agent', `hyper/${version}`);
	if (resumeAt !== null && resumeAt > 0) headers.set('range', `bytes=${resumeAt}-`);
	return { method, origin, path, headers, body, once, trusted: true };
}

function lengthOf(body: RequestBodyInit | null): number | null {
	if (typeof body === 'string') return Buffer.byteLength(body);
	return body instanceof Blob ? body.size : null;
}
