// The arguments of the command line as one value. Pure: no files, no output, no exit.

import { parseArgs } from 'node:util';
import { HTTPHeaderMap } from '../index.ts';

export const HELP = `Usage: hyper [OPTION ...] [METHOD] URL [NAME:VALUE ...]

Sends one request over HTTP/2 and writes the response's body to standard output.

  METHOD       GET when it is left out
  URL          https:// when it has no scheme
  NAME:VALUE   a header field of the request

Options:
      --h2           speak HTTP/2 without asking: over http:// with prior
                     knowledge, over https:// whatever ALPN says
      --cacert FILE  trust the CA certificates of this PEM file, and no others
      --insecure     accept any certificate
  -o, --output FILE  write the body to FILE; - is standard output
      --help         show this text
      --version      show the version

Exit status: 0 after any response, 2 for arguments that cannot be understood,
1 for every other failure.`;

export interface RequestCommand {
	kind: 'request';
	method: string;
	/** Scheme, host and port, as a connection takes them. */
	origin: string;
	/** Path and query. */
	path: string;
	headers: HTTPHeaderMap;
	/** HTTP/2 without asking: prior knowledge in plaintext, no matter the ALPN over TLS. */
	h2: boolean;
	caFile: string | null;
	insecure: boolean;
	/** null: standard output. */
	outputFile: string | null;
}

export type Command = { kind: 'help' } | { kind: 'version' } | RequestCommand;

/** Arguments that cannot be understood; the message is for the person who typed them. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** `args` without the program itself. Throws UsageError. */
export function parseArguments(args: readonly string[]): Command {
	const { values, positionals } = parseOptions(args);
	if (values.help) return { kind: 'help' };
	if (values.version) return { kind: 'version' };
	const { method, url, items } = sortPositionals(positionals);
	const { origin, path, secure } = parseTarget(url);
	const h2 = values.h2 ?? false;
	if (!secure && !h2) {
		throw new UsageError(
			`${url} needs --h2, which speaks HTTP/2 with prior knowledge: HTTP/1.1 and the upgrade from it to h2c are not there yet`,
		);
	}
	return {
		kind: 'request',
		method,
		origin,
		path,
		headers: parseItems(items),
		h2,
		caFile: values.cacert ?? null,
		insecure: values.insecure ?? false,
		outputFile: values.output === undefined || values.output === '-' ? null : values.output,
	};
}

const OPTIONS = {
	h2: { type: 'boolean' },
	cacert: { type: 'string' },
	insecure: { type: 'boolean' },
	output: { type: 'string', short: 'o' },
	help: { type: 'boolean', short: 'h' },
	version: { type: 'boolean' },
} as const;

function parseOptions(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		// The platform's second sentence is advice for other programs.
		throw new UsageError(error.message.split(/\.\s/, 1)[0]);
	}
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

function sortPositionals(positionals: readonly string[]): { method: string; url: string; items: readonly string[] } {
	const [first] = positionals;
	if (first === undefined) throw new UsageError('there is no URL');
	const method = readMethod(first);
	if (method === null) return { method: 'GET', url: first, items: positionals.slice(1) };
	const [, url, ...items] = positionals;
	if (url === undefined) throw new UsageError(`there is no URL after ${first}`);
	return { method, url, items };
}

/** What is known as a method in any case, or is written in capitals; null for what must be a URL. */
function readMethod(text: string): string | null {
	const upper = text.toUpperCase();
	if (upper === 'CONNECT') throw new UsageError('CONNECT opens a tunnel, which is not a request with a response');
	if (METHODS.has(upper)) return upper;
	return /^[A-Z][A-Z0-9_-]*$/.test(text) ? text : null;
}

function parseTarget(text: string): { origin: string; path: string; secure: boolean } {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
	if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
		throw new UsageError(`${text}: the scheme must be http or https, not ${scheme}`);
	}
	let url: URL;
	try {
		url = new URL(scheme === undefined ? `https://${text}` : text);
	} catch {
		throw new UsageError(`${text} is not a URL`);
	}
	if (url.username !== '' || url.password !== '') {
		throw new UsageError(`${url.host} has user information before it: give an authorization field instead`);
	}
	if (url.port === '0') throw new UsageError(`${text}: port 0 is not one to connect to`);
	return { origin: url.origin, path: `${url.pathname}${url.search}`, secure: url.protocol === 'https:' };
}

/** A token (RFC 9110 §5.6.2) and a colon that is not the beginning of `:=`, which is another kind of item. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(?!=)(.*)$/s;

function parseItems(items: readonly string[]): HTTPHeaderMap {
	const headers = new HTTPHeaderMap();
	for (const item of items) {
		const [, name, value] = FIELD.exec(item) ?? [];
		if (name === undefined || value === undefined) {
			throw new UsageError(
				`${JSON.stringify(item)} is not an item: only header fields, Name:value, are understood yet`,
			);
		}
		try {
			headers.append(name, octets(value.trim()));
		} catch (error) {
			if (error instanceof TypeError) throw new UsageError(error.message);
			throw error;
		}
	}
	return headers;
}

/** A field value is octets, one char each: those that were typed, which are UTF-8. */
function octets(text: string): string {
	return Buffer.from(text, 'utf8').toString('latin1');
}
