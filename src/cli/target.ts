// Splits URLs, typed or of redirects, into what connections and requests take. Pure.

import { UsageError } from './errors.ts';

export interface Target {
	/** Scheme, host and port; an IPv6 address may have a zone, which URLs cannot have. */
	origin: string;
	/** Path and query. */
	path: string;
}

/** `user:password` from the URL, percent-decoded; null if the URL has no credentials. */
export type Credentials = string | null;

/** The scheme defaults to https; `:8080/path` and `:/path` are on localhost. Throws UsageError. */
export function parseTarget(text: string): Target & { credentials: Credentials } {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
	if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
		throw new UsageError(`${text} is not an http or https URL`);
	}
	const [bare, zone] = splitZone(scheme === undefined ? `https://${expand(text)}` : text);
	let url: URL;
	try {
		url = new URL(bare);
	} catch {
		throw new UsageError(`${text} is not a URL`);
	}
	if (url.port === '0') throw new UsageError(`${text}: cannot connect to port 0`);
	const { origin, path } = targetOf(url);
	// RFC 6874 §2
	return { origin: zone === '' ? origin : origin.replace(']', `%25${zone}]`), path, credentials: credentialsOf(url) };
}

/** A URL, and the zone (`eth0`) of the IPv6 address that it was written with: `http://[fe80::1%25eth0]/` or `%eth0`. */
export function splitZone(text: string): [url: string, zone: string] {
	const [, before, zone, after] = /^([^:]*:\/\/[^/?#]*\[[^\]%/?#]*)%(?:25)?([\w.~-]+)(\].*)$/s.exec(text) ?? [];
	return before === undefined || zone === undefined ? [text, ''] : [`${before}${after}`, zone];
}

/** Drops the fragment and credentials. */
export function targetOf({ origin, pathname, search }: URL): Target {
	return { origin, path: `${pathname}${search}` };
}

/** Appends to the query that the path may already have. */
export function appendQuery(path: string, query: string): string {
	if (query === '') return path;
	if (!path.includes('?')) return `${path}?${query}`;
	return /[?&]$/.test(path) ? `${path}${query}` : `${path}&${query}`;
}

function expand(text: string): string {
	if (text.startsWith('://')) return text.slice(3);
	const [, port, rest] = /^:(\d*)([/?#].*)?$/s.exec(text) ?? [];
	if (port === undefined) return text;
	return `localhost${port === '' ? '' : `:${port}`}${rest ?? ''}`;
}

function credentialsOf({ username, password, host }: URL): Credentials {
	if (username === '' && password === '') return null;
	try {
		return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	} catch {
		throw new UsageError(`the user information before ${host} is not percent-encoded UTF-8`);
	}
}
