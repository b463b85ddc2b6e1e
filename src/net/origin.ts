// Parses the `host` argument of a connection into an origin (RFC 6454 §4, RFC 9110 §4.3). Leaf.

import { integer, type OptionCheck } from '../base/options.ts';

const MAX_PORT = 65_535;

/** The check of the option `port`. Port 0 cannot be connected to. */
export const portOption: OptionCheck = integer(1, MAX_PORT);

export interface Origin {
	/** In the form that sockets take: lower case, punycode for internationalised names, IPv6 without brackets, with its zone. */
	readonly host: string;
	readonly port: number;
	readonly secure: boolean;
	readonly scheme: 'http' | 'https';
	/** The value of `:authority`: IPv6 in brackets and without a zone, and the port unless it is the scheme's default. */
	readonly authority: string;
}

interface OriginOptions {
	port?: number;
	secure?: boolean;
}

/**
 * Accepts `name`, `name:port`, `[v6]`, `[v6]:port`, `v6`, or an origin (`https://name:port`). A zone of a link-local
 * address (`fe80::1%eth0`) follows `%25`, as RFC 6874 asks, or `%`, as people write it. Without a scheme or
 * `secure`, port 80 means plaintext and any other port TLS. TypeError for malformed text or text that contradicts the
 * options.
 *
 * @example
 * parseHost('example.com').authority;              // 'example.com', on port 443 with TLS
 * parseHost('http://[::1]:8080').authority;        // '[::1]:8080'
 * parseHost('example.com', { secure: false }).port // 80
 */
export function parseHost(host: string, options: OriginOptions = {}): Origin {
	if (typeof host !== 'string') throw new TypeError(`Host must be a string, not ${typeof host}`);
	const scheme = takeScheme(host);
	const [name, writtenPort] = splitAuthority(host, scheme === null ? host : host.slice(scheme.length + 3));
	const port = agree(host, 'port', writtenPort, options.port);
	const secure = agree(host, 'secure', scheme === null ? undefined : scheme === 'https', options.secure) ?? port !== 80;
	const [bare, zone] = splitZone(host, name);
	return makeOrigin(canonicalName(host, bare), zone, port ?? (secure ? 443 : 80), secure);
}

/** Null without a scheme. */
function takeScheme(host: string): 'http' | 'https' | null {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(host)?.[1]?.toLowerCase();
	if (scheme === undefined) return null;
	if (scheme !== 'http' && scheme !== 'https') throw malformed(host, `scheme must be http or https, not ${scheme}`);
	return scheme;
}

/** The parts of a URL that a host must not have, and characters that a URL parser would drop or turn into a slash. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, fault: string])[] = [
	[/[\s\p{Cc}]/u, 'it has white space or control characters'],
	[/[/\\]/, 'it has a path, which belongs in the request'],
	[/\?/, 'it has a query, which belongs in the request'],
	[/#/, 'it has a fragment'],
	[/@/, 'it has user information, which belongs in an authorization field'],
];

function splitAuthority(host: string, authority: string): [name: string, port: number | undefined] {
	if (authority === '') throw malformed(host, 'it is empty');
	for (const [pattern, fault] of FORBIDDEN) {
		if (pattern.test(authority)) throw malformed(host, fault);
	}
	if (authority.startsWith('[')) {
		const end = authority.indexOf(']');
		if (end < 0) throw malformed(host, 'the bracket is not closed');
		const rest = authority.slice(end + 1);
		if (rest !== '' && !rest.startsWith(':')) throw malformed(host, `"${rest}" follows the closing bracket`);
		return [authority.slice(0, end + 1), rest === '' ? undefined : readPort(host, rest.slice(1))];
	}
	const colon = authority.indexOf(':');
	if (colon < 0) return [authority, undefined];
	if (authority.includes(':', colon + 1)) {
		if (authority !== host) throw malformed(host, 'an IPv6 address in a URL needs brackets');
		return [`[${authority}]`, undefined];
	}
	if (colon === 0) throw malformed(host, 'there is no name before the port');
	return [authority.slice(0, colon), readPort(host, authority.slice(colon + 1))];
}

function readPort(host: string, digits: string): number {
	const port = Number(digits);
	if (!/^\d{1,5}$/.test(digits) || port < 1 || port > MAX_PORT) throw malformed(host, `"${digits}" is not a port`);
	return port;
}

function agree<T>(host: string, option: string, written: T | undefined, given: T | undefined): T | undefined {
	if (written !== undefined && given !== undefined && written !== given) {
		throw new TypeError(`Host ${JSON.stringify(host)} contradicts the option ${option}: ${String(given)}`);
	}
	return written ?? given;
}

/** The zone has no `%`, and is empty for all but IPv6 addresses. */
function splitZone(host: string, name: string): [name: string, zone: string] {
	const [, address, zone] = /^\[([^%]*)%(?:25)?(.*)\]$/.exec(name) ?? [];
	if (address === undefined || zone === undefined) return [name, ''];
	if (!isZone(zone)) throw malformed(host, `${JSON.stringify(zone)} is not the zone of an address`);
	return [`[${address}]`, zone];
}

/** Whether the text can be the zone of an address, without its `%`. */
export function isZone(text: string): boolean {
	return /^[\w.~-]+$/.test(text);
}

function canonicalName(host: string, name: string): string {
	try {
		return new URL(`https://${name}`).hostname;
	} catch (cause) {
		throw malformed(host, name.startsWith('[') ? 'it is not an IPv6 address' : 'it is not a host name', cause);
	}
}

function makeOrigin(name: string, zone: string, port: number, secure: boolean): Origin {
	const host = name.startsWith('[') ? name.slice(1, -1) : name;
	return {
		// RFC 6874 §4: "An HTTP client [...] MUST remove any ZoneID attached to an outgoing URI", so the authority has none.
		host: zone === '' ? host : `${host}%${zone}`,
		port,
		secure,
		scheme: secure ? 'https' : 'http',
		authority: port === (secure ? 443 : 80) ? name : `${name}:${port}`,
	};
}

function malformed(host: string, fault: string, cause?: unknown): TypeError {
	// User information may contain a password.
	const shown = host.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1...@');
	return new TypeError(`Cannot parse host ${JSON.stringify(shown)}: ${fault}`, cause === undefined ? {} : { cause });
}
