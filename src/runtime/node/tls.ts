// What TLS of Node is asked for: certificates and roots, versions, names, ALPN, sessions to resume. node-dial.ts watches
// the socket.

import type * as TLS from 'node:tls';
import type { DialOptions, TLSOptions } from '../transport.ts';
import { optionsFailure } from './errors.ts';
import { contextWithAllRoots } from './roots.ts';

/** Begins the handshake. `target` says where, or over which stream. TypeError or TLSError for options that cannot be. */
export function connectTLS(options: DialOptions, target: TLS.ConnectionOptions): TLS.TLSSocket {
	const { keylog, servername, roots = 'default', ...rest } = options.tls ?? {};
	rejectObsolete(rest.minVersion);
	if (roots !== 'default' && roots !== 'all') {
		throw new TypeError(`Cannot use tls.roots ${JSON.stringify(roots)}: must be 'default' or 'all'`);
	}
	const { sessions, alpnProtocols } = options;
	const session = sessions?.get();
	// Node refuses minVersion beside secureProtocol; isObsolete looks at the outcome.
	const context: TLSOptions = {
		...(rest.secureProtocol === undefined ? { minVersion: 'TLSv1.2' } : {}),
		...given(rest),
	};
	try {
		const socket = process.getBuiltinModule('node:tls').connect({
			...context,
			...(roots === 'all' && rest.secureContext === undefined ? { secureContext: contextWithAllRoots(context) } : {}),
			socket: undefined,
			host: options.host,
			port: options.port,
			...target,
			servername: servername ?? nameOf(options.host),
			...(alpnProtocols.length > 0 ? { ALPNProtocols: [...alpnProtocols] } : {}),
			...(session === undefined ? {} : { session: Buffer.from(session) }),
		} as TLS.ConnectionOptions);
		if (typeof keylog === 'function') socket.on('keylog', keylog);
		if (sessions !== undefined) socket.on('session', (fresh) => sessions.set(fresh));
		return socket;
	} catch (error) {
		throw optionsFailure(error, options);
	}
}

/** A ready secureContext may allow what `minVersion` cannot forbid. */
export function isObsolete(socket: TLS.TLSSocket): boolean {
	const protocol = socket.getProtocol();
	return protocol === 'TLSv1.1' || protocol === 'TLSv1' || protocol === 'SSLv3';
}

/** RFC 9113 §9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 [TLS12] or higher for HTTP/2 over TLS." */
function rejectObsolete(minVersion: TLSOptions['minVersion']): void {
	if (minVersion === undefined || minVersion === 'TLSv1.2' || minVersion === 'TLSv1.3') return;
	throw new TypeError(`Cannot use tls.minVersion ${JSON.stringify(minVersion)}: must be 'TLSv1.2' or 'TLSv1.3'`);
}

/** RFC 6066 §3: neither an IP literal nor a trailing dot belongs in SNI. */
function nameOf(host: string): string | undefined {
	return process.getBuiltinModule('node:net').isIP(host) === 0 ? host.replace(/\.$/, '') : undefined;
}

/** What is undefined was not given: it must not hide a default. */
function given(options: TLSOptions): TLSOptions {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
