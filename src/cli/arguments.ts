// The arguments of the command line as one value. Pure: no files, no output, no exit.

import { parseArgs } from 'node:util';
import type { HTTPHeaderMap } from '../index.ts';
import { UsageError } from './errors.ts';
import { type Datum, type FileUpload, type Items, parseItems } from './items.ts';
import { OPTIONS } from './options.ts';
import { appendQuery, type Credentials, parseTarget } from './target.ts';

export interface RequestCommand {
	kind: 'request';
	method: string;
	/** Scheme, host and port, as a connection takes them. */
	origin: string;
	/** Path and query. */
	path: string;
	/** With Authorization, when there are credentials. */
	headers: HTTPHeaderMap;
	/** Names, in lower case, of fields that are not to be sent by default either. */
	withheld: ReadonlySet<string>;
	content: ContentArguments;
	/** null: the best that the server speaks. */
	protocol: 'h2' | 'http/1.1' | null;
	tls: TLSArguments;
	/** null: the one that the environment names, if any. */
	proxy: string | null;
	/** Milliseconds, 0 for none; null for the defaults. */
	timeout: number | null;
	follow: boolean;
	checkStatus: boolean;
	/** null: standard output. */
	outputFile: string | null;
	/** Get the rest of what the output file begins with. */
	resume: boolean;
	show: Show;
}

export type ContentArguments =
	| { kind: 'none' }
	| { kind: 'json' | 'form'; data: readonly Datum[] }
	| { kind: 'file'; upload: FileUpload; form: boolean };

export interface TLSArguments {
	insecure: boolean;
	caFile: string | null;
	certFile: string | null;
	keyFile: string | null;
	passphrase: string | null;
}

/** What goes to standard error. */
export interface Show {
	requestHeads: boolean;
	responseHeads: boolean;
	log: boolean;
	frames: boolean;
}

export type Command = { kind: 'help' } | { kind: 'version' } | RequestCommand;

/** `args` without the program itself. Throws UsageError. */
export function parseArguments(args: readonly string[]): Command {
	const { values, positionals } = parseOptions(args);
	if (values.help) return { kind: 'help' };
	if (values.version) return { kind: 'version' };
	const { method, url, rest } = sortPositionals(positionals);
	const { origin, path, credentials } = parseTarget(url);
	const items = parseItems(rest);
	const { headers, withheld } = items;
	authorize(headers, values.auth ?? null, credentials);
	const content = contentOf(items, values.form ?? false);
	const command: RequestCommand = {
		kind: 'request',
		method: method ?? (content.kind === 'none' ? 'GET' : 'POST'),
		origin,
		path: appendQuery(path, items.query),
		headers,
		withheld,
		content,
		protocol: protocolOf(values),
		tls: {
			insecure: values.insecure ?? false,
			caFile: values.cacert ?? null,
			certFile: values.cert ?? null,
			keyFile: values.key ?? null,
			passphrase: values.pass ?? null,
		},
		proxy: values.proxy === undefined ? null : parseProxy(values.proxy),
		timeout: values.timeout === undefined ? null : parseTimeout(values.timeout),
		follow: values.follow ?? false,
		checkStatus: values['check-status'] ?? false,
		outputFile: values.output === undefined || values.output === '-' ? null : values.output,
		resume: values.continue ?? false,
		show: {
			requestHeads: values.verbose ?? false,
			responseHeads: values.verbose ?? values.headers ?? false,
			log: values.debug ?? false,
			frames: values.trace ?? false,
		},
	};
	checkTogether(command);
	return command;
}

function parseOptions(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		// Of the sentences of the platform the first says what is wrong; the last has how to write a value like `-1`.
		const [what, ...advice] = error.message.split(/\.\s/);
		const form = /use ('.*')\.$/.exec(advice.at(-1) ?? '')?.[1];
		const isValue = what?.endsWith('is ambiguous') && form !== undefined;
		throw new UsageError(isValue ? `${what}: a value that begins with a hyphen is written ${form}` : what);
	}
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

function sortPositionals(positionals: readonly string[]): { method: string | null; url: string; rest: string[] } {
	const [first, second, ...rest] = positionals;
	if (first === undefined) throw new UsageError('there is no URL');
	const method = readMethod(first);
	if (second !== undefined && method !== null) return { method, url: second, rest };
	if (METHODS.has(method ?? '')) throw new UsageError(`there is no URL after ${first}`);
	return { method: null, url: first, rest: positionals.slice(1) };
}

/** What is known as a method in any case, or is written in capitals; null for what must be a URL. */
function readMethod(text: string): string | null {
	const upper = text.toUpperCase();
	if (upper === 'CONNECT') throw new UsageError('CONNECT opens a tunnel, which is not a request with a response');
	if (METHODS.has(upper)) return upper;
	return /^[A-Z][A-Z0-9_-]*$/.test(text) ? text : null;
}

/** --auth wins over a field that was typed, and that over the URL. */
function authorize(headers: HTTPHeaderMap, auth: string | null, fromURL: Credentials): void {
	if (auth !== null && !auth.includes(':')) {
		throw new UsageError('--auth takes USER:PASSWORD; "USER:" has an empty password');
	}
	const credentials = auth ?? (headers.has('authorization') ? null : fromURL);
	if (credentials === null) return;
	const token = Buffer.from(credentials, 'utf8').toString('base64');
	headers.set('authorization', `Basic ${token}`, { neverIndex: true });
}

function contentOf({ data, body, headers, withheld }: Items, form: boolean): ContentArguments {
	if (body !== null) return { kind: 'file', upload: body, form };
	if (data.length === 0) return { kind: 'none' };
	const upload = data.find((datum) => 'upload' in datum);
	if (upload !== undefined) {
		if (!form) {
			throw new UsageError(`${upload.name}@file needs --form; @file alone sends the file as the whole body`);
		}
		if (headers.has('content-type') || withheld.has('content-type')) {
			throw new UsageError('a form with files has a content-type of its own: give none');
		}
	}
	return { kind: form ? 'form' : 'json', data };
}

function protocolOf(values: { h2?: boolean | undefined; 'http1.1'?: boolean | undefined }): 'h2' | 'http/1.1' | null {
	if (values.h2 && values['http1.1']) throw new UsageError('--h2 and --http1.1 exclude each other');
	if (values.h2) return 'h2';
	return values['http1.1'] ? 'http/1.1' : null;
}

/** http:// without a scheme. */
function parseProxy(text: string): string {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
	if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
		throw new UsageError(`--proxy: the scheme must be http or https, not ${scheme}`);
	}
	try {
		return new URL(scheme === undefined ? `http://${text}` : text).href;
	} catch {
		// Not the text: it may have a password.
		throw new UsageError('--proxy takes http(s)://[USER:PASSWORD@]HOST[:PORT], and has something else');
	}
}

function parseTimeout(text: string): number {
	const seconds = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
	if (!(seconds <= MOST_SECONDS)) throw new UsageError(`--timeout takes seconds, up to ${MOST_SECONDS}, not ${text}`);
	return Math.ceil(seconds * 1000);
}

/** 23 days: more milliseconds than 2^31 - 1 overflow the timers of the platform. */
const MOST_SECONDS = 2_000_000;

function checkTogether({ outputFile, resume, tls, method, content }: RequestCommand): void {
	if (resume && outputFile === null) throw new UsageError('--continue needs --output FILE');
	if (resume && (method !== 'GET' || content.kind !== 'none'))
		throw new UsageError('--continue is for GET without data');
	if (tls.keyFile !== null && tls.certFile === null) throw new UsageError('--key needs --cert');
	if (tls.passphrase !== null && tls.certFile === null) throw new UsageError('--pass needs --cert');
}
