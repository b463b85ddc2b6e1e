// Which proxy stands between us and an origin, from the option of a connection or from the environment.

import { type FieldLine, type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { TLSOptions } from '../runtime/transport.ts';
import type { Origin } from './origin.ts';

export interface ProxyOptions {
	/** `http://user:password@host:port`; with `https` the proxy itself is spoken to over TLS. */
	url: string;
	/** Sent to the proxy, never to the origin. */
	headers?: HeaderFields;
	/** For TLS with the proxy; the origin has its own. */
	tls?: TLSOptions;
}

/** A proxy, ready to be dialled. */
export interface ProxyEndpoint {
	readonly host: string;
	readonly port: number;
	readonly secure: boolean;
	readonly tls: TLSOptions;
	/** What every request to the proxy carries, credentials included. */
	readonly fields: readonly FieldLine[];
}

/** TypeError for what is no URL of an HTTP proxy. No message repeats the URL, which may hold a password. */
export function parseProxy(option: string | ProxyOptions): ProxyEndpoint {
	const { url: text, headers, tls = {} } = typeof option === 'string' ? { url: option } : option;
	const url = parseURL(text);
	const secure = url.protocol === 'https:';
	if (!secure && url.protocol !== 'http:') {
		throw new TypeError(`Cannot use a proxy by ${url.protocol}//: it must be http:// or https://`);
	}
	const map = new HTTPHeaderMap(headers);
	const fields = [...map.raw()];
	if (!map.has('proxy-authorization') && (url.username !== '' || url.password !== '')) {
		fields.unshift(['Proxy-Authorization', basicCredentials(url), { neverIndex: true }]);
	}
	return {
		host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
		port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
		secure,
		tls,
		fields,
	};
}

/** Null when the environment wants no proxy for the origin. */
export async function proxyFromEnvironment(
	{ scheme, authority }: Origin,
	runtime: Pick<Runtime, 'proxyFor' | 'env'>,
): Promise<ProxyEndpoint | null> {
	const url = await runtime.proxyFor(`${scheme}://${authority}`);
	if (url === '') return null;
	// Without a scheme it is a plain HTTP proxy, whatever the scheme of the origin: so curl has it, and Go.
	const names = [`${scheme}_proxy`, `${scheme}_proxy`.toUpperCase(), 'all_proxy', 'ALL_PROXY'];
	const written = names.map((name) => runtime.env(name)).find((value) => value) ?? url;
	return parseProxy(written.includes('://') ? url : `http://${written}`);
}

function parseURL(text: string): URL {
	if (typeof text !== 'string') throw new TypeError(`The URL of a proxy must be a string, not ${typeof text}`);
	// The error of the URL parser holds the text.
	if (!text.includes('://') || !URL.canParse(text)) {
		throw new TypeError('Cannot parse the URL of the proxy: expected http://user:password@host:port');
	}
	return new URL(text);
}

/** RFC 7617 §2, with UTF-8 (§2.1). */
function basicCredentials({ username, password }: URL): string {
	const octets = new TextEncoder().encode(`${decode(username)}:${decode(password)}`);
	return `Basic ${btoa(String.fromCharCode(...octets))}`;
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		throw new TypeError('Cannot parse the URL of the proxy: user name or password have a broken percent-encoding');
	}
}
