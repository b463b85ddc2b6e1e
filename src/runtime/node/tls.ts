// Starts TLS with node:tls: certificates, roots, versions, server name, ALPN and session resumption. Called by dial.ts,
// which watches the socket.

import type * as TLS from 'node:tls';
import { describe } from '../../base/options.ts';
import type { DialOptions, TLSOptions } from '../transport.ts';
import { optionsFailure } from './errors.ts';
import { contextWithAllRoots } from './roots.ts';

/** Starts the handshake with `target`, an address or a stream. TypeError or TLSError for invalid options. */
export function connectTLS(options: DialOptions, target: TLS.ConnectionOptions): TLS.TLSSocket {
	const { keylog, servername, roots = 'default', ...rest } = options.tls ?? {};
	rejectObsolete(rest.minVersion);
	if (roots !== 'default' && roots !== 'all') {
		throw new TypeError(`Cannot use tls.roots ${JSON.stringify(roots)}: must be 'default' or 'all'`);
	}
	const { sessions, alpnProtocols } = options;
	const session = sessions?.get();
	const sni = servername ?? nameOf(options.host);
	const tls = process.getBuiltinModule('node:tls');
	// Node does not allow minVersion together with secureProtocol; isObsolete checks the outcome.
	const context: TLSOptions = {
		...(rest.secureProtocol === undefined ? { minVersion: leastVersion(tls) } : {}),
		...given(rest),
	};
	try {
		checkKey(rest);
		const socket = tls.connect({
			...context,
			...(roots === 'all' && rest.secureContext === undefined ? { secureContext: contextWithAllRoots(context) } : {}),
			socket: undefined,
			host: options.host,
			port: options.port,
			...target,
			servername: sni,
			// Without a server name, Node would verify the address that is connected to, with its zone.
			...(sni && !rest.checkServerIdentity
				? {}
				: { checkServerIdentity: identityCheck(sni || options.host, rest, tls) }),
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

/** Checked after the handshake, because minVersion does not apply to a given secureContext. */
export function isObsolete(socket: TLS.TLSSocket): boolean {
	const protocol = socket.getProtocol();
	return protocol === 'TLSv1.1' || protocol === 'TLSv1' || protocol === 'SSLv3';
}

/** Counts the renegotiations of a connection: node:tls limits those that a client asks for, but not those of a server. */
export class Renegotiations {
	#since = 0;
	#count = 0;

	/** False above the limits that node:tls has for clients: 3 in ten minutes. */
	count(): boolean {
		const { CLIENT_RENEG_LIMIT, CLIENT_RENEG_WINDOW } = process.getBuiltinModule('node:tls');
		const now = performance.now();
		if (now - this.#since > CLIENT_RENEG_WINDOW * 1000) {
			this.#since = now;
			this.#count = 0;
		}
		return ++this.#count <= CLIENT_RENEG_LIMIT;
	}
}

/** RFC 9113 §9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 [TLS12] or higher for HTTP/2 over TLS." */
function rejectObsolete(minVersion: TLSOptions['minVersion']): void {
	if (minVersion === undefined || minVersion === 'TLSv1.2' || minVersion === 'TLSv1.3') return;
	throw new TypeError(`Cannot use tls.minVersion ${JSON.stringify(minVersion)}: must be 'TLSv1.2' or 'TLSv1.3'`);
}

/** The platform's own minimum (`--tls-min-v1.3`, `tls.DEFAULT_MIN_VERSION`) if it is stricter than ours. */
function leastVersion({ DEFAULT_MIN_VERSION }: typeof TLS): 'TLSv1.2' | 'TLSv1.3' {
	return DEFAULT_MIN_VERSION === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2';
}

/** RFC 6066 §3: SNI must not have an IP address or a trailing dot. */
function nameOf(host: string): string | undefined {
	return process.getBuiltinModule('node:net').isIP(host) === 0 ? host.replace(/\.$/, '') : undefined;
}

/** Returns an error for whatever the caller's function throws, which would be an uncaught exception, or returns instead of one. */
function identityCheck(
	host: string,
	{ checkServerIdentity }: TLSOptions,
	tls: typeof TLS,
): TLS.ConnectionOptions['checkServerIdentity'] {
	const check = (checkServerIdentity ?? tls.checkServerIdentity) as typeof tls.checkServerIdentity;
	// RFC 4007 §11: a zone has meaning only on this machine.
	const [name] = host.split('%') as [string];
	return (_address, certificate) => {
		try {
			const fault: unknown = check(name, certificate);
			if (!fault) return undefined;
			if (fault instanceof Error) return fault;
			// An async function may reject, too.
			Promise.resolve(fault).catch(() => {});
			return new TypeError(`tls.checkServerIdentity must return an error or undefined, not ${describe(fault)}`);
		} catch (error) {
			return error instanceof Error ? error : new Error(`tls.checkServerIdentity threw ${describe(error)}`);
		}
	};
}

/** The last key that could be decrypted, which takes 10 ms. */
let decrypted: Pick<TLSOptions, 'key' | 'passphrase'> = {};

/** Deno takes a key that it cannot decrypt for none. Throws errors of Node. */
function checkKey({ key, passphrase }: TLSOptions): void {
	if (typeof key !== 'string' && !(key instanceof Uint8Array)) return;
	if (!Buffer.from(key as string).includes('ENCRYPTED')) return;
	if (decrypted.key === key && decrypted.passphrase === passphrase) return;
	if (passphrase === undefined) throw Object.assign(new Error('no passphrase'), { code: 'ERR_MISSING_PASSPHRASE' });
	try {
		process.getBuiltinModule('node:crypto').createPrivateKey({ key: key as string, passphrase });
	} catch (cause) {
		throw Object.assign(new Error('bad decrypt', { cause }), { code: 'ERR_OSSL_BAD_DECRYPT' });
	}
	decrypted = { key, passphrase };
}

/** Removes undefined options, which would override a default. */
function given(options: TLSOptions): TLSOptions {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
