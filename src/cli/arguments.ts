// Parses the arguments of the command line into one value. Pure: no files, no output, no exit.

import { parseArgs } from 'node:util';
import { nearestName } from '../base/options.ts';
import type { HTTPHeaderMap } from '../index.ts';
import { UsageError } from './errors.ts';
import { type Datum, type FileUpload, type Items, parseItems } from './items.ts';
import { FOREIGN_OPTIONS, OPTIONS } from './options.ts';
import { appendQuery, type Credentials, parseTarget, splitZone } from './target.ts';

export interface RequestCommand {
	kind: 'request';
	method: string;
	/** Scheme, host and port. */
	origin: string;
	/** Path and query. */
	path: string;
	/** Includes Authorization if there are credentials. */
	headers: HTTPHeaderMap;
	/** Lower-case names of default fields that are not sent. */
	withheld: ReadonlySet<string>;
	content: ContentArguments;
	/** null: the best version that the server supports. */
	protocol: 'h2' | 'http/1.1' | null;
	/** null: HTTP/1.1 over plaintext, unless `protocol` says otherwise. */
	h2c: 'upgrade' | 'prior-knowledge' | null;
	tls: TLSArguments;
	/** null: the proxy of the environment, if any. */
	proxy: string | null;
	/** In milliseconds; 0: no limit, null: the defaults. */
	timeout: number | null;
	follow: boolean;
	checkStatus: boolean;
	/** null: standard output. */
	outputFile: string | null;
	/** Request only what follows the bytes already in the output file. */
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

/** What to write to standard error. */
export interface Show {
	requestHeads: boolean;
	responseHeads: boolean;
	log: boolean;
	frames: boolean;
}

export type Command = { kind: 'help' } | { kind: 'version' } | RequestCommand;

/** `args` excludes the program. Throws UsageError. */
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
		h2c: values.h2c === undefined ? null : parseH2C(values.h2c),
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
	checkCombinations(command);
	return command;
}

function parseOptions(args: readonly string[]) {
	try {
		return parseArgs({ args: withOfferByDefault(args), options: OPTIONS, allowPositionals: true });
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		const unknown = /^Unknown option '(--?)([^']*)'/.exec(error.message);
		if (unknown !== null) throw new UsageError(unknownOption(`${unknown[1]}${unknown[2]}`, unknown[2] ?? ''));
		// The first sentence of Node's message says what is wrong, the last one how to write a value such as `-1`.
		const [what, ...advice] = error.message.split(/\.\s/);
		const form = /use ('.*')\.$/.exec(advice.at(-1) ?? '')?.[1];
		const isValue = what?.endsWith('is ambiguous') && form !== undefined;
		throw new UsageError(isValue ? `${what}: write a value that begins with a hyphen as ${form}` : what);
	}
}

/** Writes `--h2c` without one of its values as `--h2c=upgrade`: what follows is the URL. */
function withOfferByDefault(args: readonly string[]): string[] {
	const end = args.includes('--') ? args.indexOf('--') : args.length;
	return args.map((arg, i) => {
		const isAlone = arg === '--h2c' && i < end && !H2C.includes(args[i + 1] ?? '');
		return isAlone ? '--h2c=upgrade' : arg;
	});
}

const H2C: readonly string[] = ['upgrade', 'prior-knowledge'];

/** Names what the option is called here, if it has a name here. */
function unknownOption(option: string, name: string): string {
	const unknown = `Unknown option '${option}'`;
	const nearest = FOREIGN.has(name) ? name : nearestName(name, [...Object.keys(OPTIONS), ...FOREIGN.keys()]);
	if (nearest === null) return `${unknown}: --help shows all`;
	return `${unknown}: ${FOREIGN.get(nearest) ?? `did you mean --${nearest}?`}`;
}

const FOREIGN: ReadonlyMap<string, string> = new Map(Object.entries(FOREIGN_OPTIONS));

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

function sortPositionals(positionals: readonly string[]): { method: string | null; url: string; rest: string[] } {
	const [first, second, ...rest] = positionals;
	if (first === undefined) throw new UsageError('no URL given');
	const method = readMethod(first);
	if (second !== undefined && method !== null) return { method, url: second, rest };
	if (METHODS.has(method ?? '')) throw new UsageError(`no URL given after ${first}`);
	return { method: null, url: first, rest: positionals.slice(1) };
}

/** Known methods in any case, other methods in capitals only; null if the text must be a URL. */
function readMethod(text: string): string | null {
	const upper = text.toUpperCase();
	if (upper === 'CONNECT')
		throw new UsageError('CONNECT is not supported: it opens a tunnel instead of requesting a resource');
	if (METHODS.has(upper)) return upper;
	return /^[A-Z][A-Z0-9_-]*$/.test(text) ? text : null;
}

/** --auth takes precedence over an Authorization item, which takes precedence over the URL. */
function authorize(headers: HTTPHeaderMap, auth: string | null, fromURL: Credentials): void {
	if (auth !== null && !auth.includes(':')) {
		throw new UsageError('--auth takes USER:PASSWORD; use "USER:" for an empty password');
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
			throw new UsageError(`${upload.name}@file needs --form; @file sends the file as the whole body`);
		}
		if (headers.has('content-type') || withheld.has('content-type')) {
			throw new UsageError('a form with files sets its own content-type: remove the content-type item');
		}
	}
	return { kind: form ? 'form' : 'json', data };
}

function protocolOf(values: { h2?: boolean | undefined; 'http1.1'?: boolean | undefined }): 'h2' | 'http/1.1' | null {
	if (values.h2 && values['http1.1']) throw new UsageError('--h2 and --http1.1 cannot be combined');
	if (values.h2) return 'h2';
	return values['http1.1'] ? 'http/1.1' : null;
}

function parseH2C(text: string): 'upgrade' | 'prior-knowledge' {
	if (text === 'upgrade' || text === 'prior-knowledge') return text;
	throw new UsageError(`--h2c takes upgrade or prior-knowledge, not ${text}`);
}

/** The scheme defaults to http. */
function parseProxy(text: string): string {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
	if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
		throw new UsageError(`--proxy takes an http or https URL, not ${scheme}`);
	}
	const url = scheme === undefined ? `http://${text}` : text;
	const [bare, zone] = splitZone(url);
	try {
		const { href } = new URL(bare);
		return zone === '' ? href : url;
	} catch {
		// Does not quote the text, which may contain a password.
		throw new UsageError('--proxy takes http(s)://[USER:PASSWORD@]HOST[:PORT]; the given URL is invalid');
	}
}

function parseTimeout(text: string): number {
	const seconds = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
	if (!(seconds <= MAX_SECONDS)) throw new UsageError(`--timeout takes at most ${MAX_SECONDS} seconds, not ${text}`);
	return Math.ceil(seconds * 1000);
}

/** 23 days: the platform's timers overflow above 2^31 - 1 milliseconds. */
const MAX_SECONDS = 2_000_000;

function checkCombinations({ outputFile, resume, tls, method, content, protocol, h2c }: RequestCommand): void {
	if (h2c !== null && protocol !== null)
		throw new UsageError(`--h2c and --${protocol === 'h2' ? 'h2' : 'http1.1'} cannot be combined`);
	if (resume && outputFile === null) throw new UsageError('--continue needs --output FILE');
	if (resume && (method !== 'GET' || content.kind !== 'none'))
		throw new UsageError('--continue needs a GET request without data');
	if (tls.keyFile !== null && tls.certFile === null) throw new UsageError('--key needs --cert');
	if (tls.passphrase !== null && tls.certFile === null) throw new UsageError('--pass needs --cert');
}
