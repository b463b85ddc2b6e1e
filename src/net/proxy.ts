// Parses the proxy of a connection, from its option or the environment. Called by Connector.

import { anything, nested, type OptionCheck, optionSet, string } from '../base/options.ts';
import { type FieldLine, type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { TLSOptions } from '../runtime/transport.ts';
import { isListed } from './no-proxy.ts';
import { isZone, type Origin } from './origin.ts';
import { tlsOption } from './tls-options.ts';

export interface ProxyOptions {
	/** `http://user:password@host:port`; `https` means TLS to the proxy itself. */
	url: string;
	/** Sent to the proxy, never to the origin. */
	headers?: HeaderFields;
	/** For TLS to the proxy; TLS to the origin has its own options. */
	tls?: TLSOptions;
}

const WRITE_URL = "write url: 'http://user:password@host:port'";

const proxyObject = nested(
	optionSet(
		'proxy',
		{ url: string, headers: anything, tls: tlsOption },
		Object.fromEntries(
			['uri', 'href', 'host', 'hostname', 'port', 'protocol', 'auth', 'username', 'user', 'password', 'token'].map(
				(name) => [name, WRITE_URL],
			),
		),
	),
);

/** The check of the option `proxy`; the URL is checked when it is parsed. */
export const proxyOption: OptionCheck = (value, name) => {
	if (typeof value !== 'string') proxyObject(value, name);
};

/** A parsed proxy. */
export interface ProxyEndpoint {
	readonly host: string;
	readonly port: number;
	readonly secure: boolean;
	readonly tls: TLSOptions;
	/** Fields that every request to the proxy carries, including credentials. */
	readonly fields: readonly FieldLine[];
}

/** TypeError unless it is the URL of an HTTP proxy. No message repeats the URL, which may contain a password. */
export function parseProxy(option: string | ProxyOptions): ProxyEndpoint {
	const { url: text, headers, tls = {} } = typeof option === 'string' ? { url: option } : option;
	const { url, zone } = parseURL(text);
	const secure = url.protocol === 'https:';
	if (!secure && url.protocol !== 'http:') {
		throw new TypeError(`Cannot use a proxy with the scheme ${url.protocol}//: it must be http:// or https://`);
	}
	const map = new HTTPHeaderMap(headers);
	const fields = [...map.raw()];
	if (!map.has('proxy-authorization') && (url.username !== '' || url.password !== '')) {
		fields.unshift(['Proxy-Authorization', basicCredentials(url), { neverIndex: true }]);
	}
	const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
	return {
		host: zone === '' ? host : `${host}%${zone}`,
		port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
		secure,
		tls,
		fields,
	};
}

/**
 * Null if the environment names no proxy for the origin, or NO_PROXY lists it. As in curl, lower-case names take precedence.
 */
export function proxyFromEnvironment(origin: Origin, { env }: Pick<Runtime, 'env'>): ProxyEndpoint | null {
	const noProxy = env('no_proxy') || env('NO_PROXY') || '';
	if (isListed(origin, noProxy)) return null;
	const value = schemeProxy(origin.scheme, env) || env('all_proxy') || env('ALL_PROXY');
	if (!value) return null;
	// As in curl and Go, a value without a scheme is a plain HTTP proxy, whatever the scheme of the origin.
	return parseProxy(value.includes('://') ? value : `http://${value}`);
}

function schemeProxy(scheme: Origin['scheme'], env: Runtime['env']): string | undefined {
	if (scheme === 'https') return env('https_proxy') || env('HTTPS_PROXY');
	// A CGI program receives the request field `Proxy` as HTTP_PROXY, so any client could set it (https://httpoxy.org).
	const isCGI = env('REQUEST_METHOD') !== undefined;
	if (!isCGI) return env('http_proxy') || env('HTTP_PROXY');
	// Windows ignores the case of variable names, so http_proxy would also find HTTP_PROXY.
	const ignoresCase = env('Request_Method') !== undefined;
	return ignoresCase ? undefined : env('http_proxy');
}

/** User information, and an address with a zone, as in the host of a connection: `[fe80::1%25eth0]` or `[fe80::1%eth0]`. */
const ZONED = /^([^/?#]*\/\/(?:[^/?#]*@)?\[[^\]%]*)%(?:25)?([^\]]*)(\].*)$/s;

function parseURL(text: string): { url: URL; zone: string } {
	if (typeof text !== 'string') throw new TypeError(`The URL of a proxy must be a string, not ${typeof text}`);
	// The URL parser knows no zones.
	const [, before = text, zone = '', after = ''] = ZONED.exec(text) ?? [];
	const bare = before + after;
	// Not the URL parser's own error, which contains the text. The parser accepts port 0, which cannot be connected to.
	const url = bare.includes('://') && URL.canParse(bare) ? new URL(bare) : null;
	if (url === null || url.port === '0' || (bare !== text && !isZone(zone))) {
		throw new TypeError('Cannot parse the URL of the proxy: expected http://user:password@host:port');
	}
	return { url, zone };
}

/** RFC 7617 §2, in UTF-8 (§2.1). */
function basicCredentials({ username, password }: URL): string {
	const bytes = new TextEncoder().encode(`${decode(username)}:${decode(password)}`);
	return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		throw new TypeError('Cannot parse the URL of the proxy: user name or password has an invalid percent-encoding');
	}
}
