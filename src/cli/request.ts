// Builds the first request of a command from its arguments and default fields. Pure.

import { HTTPHeaderMap, type RequestBodyInit, version } from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import type { CommandBody } from './content.ts';
import type { PartialFile } from './resume.ts';
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

/** `part`: what the output file has of the resource; null: request all of it. A file is saved as the server has it. */
export function buildRequest(
	{ method, origin, path, headers: typed, withheld, outputFile }: RequestCommand,
	{ body, type, once }: CommandBody,
	part: Pick<PartialFile, 'length' | 'validator'> | null,
): PreparedRequest {
	const headers = new HTTPHeaderMap(typed);
	const addDefault = (name: string, value: string) => {
		if (!headers.has(name) && !withheld.has(name)) headers.append(name, value);
	};
	if (type !== null) addDefault('content-type', type);
	const length = lengthOf(body);
	if (length !== null) addDefault('content-length', String(length));
	addDefault('accept', type === 'application/json' ? 'application/json, */*;q=0.5' : '*/*');
	// A range of an encoded body could not be appended to the file.
	if (part !== null) headers.set('accept-encoding', 'identity');
	else addDefault('accept-encoding', outputFile === null ? CODINGS : 'identity');
	addDefault('user-agent', `hyper/${version}`);
	if (part !== null && part.length > 0) {
		headers.set('range', `bytes=${part.length}-`);
		if (part.validator !== null) addDefault('if-range', part.validator);
	}
	return { method, origin, path, headers, body, once, trusted: true };
}

function lengthOf(body: RequestBodyInit | null): number | null {
	if (typeof body === 'string') return Buffer.byteLength(body);
	return body instanceof Blob ? body.size : null;
}
