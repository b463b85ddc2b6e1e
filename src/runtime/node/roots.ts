// All CAs known to this machine: those bundled with Node, those of the system's file, those that
// tls.setDefaultCACertificates has set, and those of NODE_EXTRA_CA_CERTS, which Node ignores as soon as `ca` is set. Called by tls.ts for `tls.roots: 'all'`.

import type * as TLS from 'node:tls';
import type { TLSOptions } from '../transport.ts';
import { env, permitted } from './permissions.ts';

/** Where systems keep their file of CAs. */
const SYSTEM_FILES: readonly string[] = [
	'/etc/ssl/certs/ca-certificates.crt',
	'/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
	'/etc/pki/tls/certs/ca-bundle.crt',
	'/etc/ssl/ca-bundle.pem',
	'/etc/ssl/cert.pem',
	'/usr/local/etc/ssl/cert.pem',
];

/** The options of `tls.createSecureContext`. */
const CONTEXT_OPTIONS: readonly string[] = [
	...['ca', 'cert', 'key', 'passphrase', 'pfx', 'crl', 'minVersion', 'maxVersion', 'secureProtocol', 'secureOptions'],
	...['ciphers', 'honorCipherOrder', 'sigalgs', 'ecdhCurve', 'dhparam', 'clientCertEngine', 'privateKeyEngine'],
	...['privateKeyIdentifier', 'sessionIdContext', 'sessionTimeout', 'ticketKeys', 'allowPartialTrustChain'],
];

/** A context takes 40 ms and 632 KiB (measured with 2 x 144 CAs), so dials with the same options share one. */
const MAX_CONTEXTS = 8;

let roots: string | null = null;
const contexts: { key: TLSOptions; context: TLS.SecureContext }[] = [];

const NO_CAS: string[] = [];

type Platform = typeof TLS & {
	/** Since Node 22.15. Returns the same array until the defaults change. */
	getCACertificates?: (type: 'default') => string[];
};

/** A context that trusts all known CAs and those of `options.ca`. */
export function contextWithAllRoots(options: TLSOptions): TLS.SecureContext {
	const wanted = Object.fromEntries(Object.entries(options).filter(([name]) => CONTEXT_OPTIONS.includes(name)));
	const tls: Platform = process.getBuiltinModule('node:tls');
	// A context keeps the defaults of its time.
	const { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION, DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE } = tls;
	const defaultCAs = permitted(() => tls.getCACertificates?.('default')) ?? NO_CAS;
	const defaults = { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION, DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE, defaultCAs };
	const key = { ...wanted, ...defaults };
	const cached = contexts.find((each) => sameOptions(each.key, key));
	if (cached !== undefined) return cached.context;

	roots ??= readRoots();
	const bundled = new Set(bundledRoots());
	const others = defaultCAs.filter((each) => !bundled.has(each));
	const { ca = [] } = wanted as TLSOptions;
	const context = tls.createSecureContext({
		...wanted,
		ca: [roots, ...others, ...(Array.isArray(ca) ? ca : [ca])] as TLS.SecureContextOptions['ca'],
	});
	contexts.unshift({ key, context });
	contexts.splice(MAX_CONTEXTS);
	return context;
}

function sameOptions(some: TLSOptions, others: TLSOptions): boolean {
	const names = Object.keys(some);
	return names.length === Object.keys(others).length && names.every((name) => Object.is(some[name], others[name]));
}

/** Copied, because Deno asks for its permission only when an element is read. */
function bundledRoots(): readonly string[] {
	return permitted(() => [...process.getBuiltinModule('node:tls').rootCertificates]) ?? NO_CAS;
}

/** In PEM format, of what may be read. Throws if SSL_CERT_FILE names a file that cannot be read. */
function readRoots(): string {
	const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
	const exists = (file: string): boolean => permitted(() => existsSync(file)) ?? false;
	const named = env('SSL_CERT_FILE');
	const extra = env('NODE_EXTRA_CA_CERTS');
	const system = named ? named : SYSTEM_FILES.find(exists);
	// Node itself warns of a missing file in NODE_EXTRA_CA_CERTS.
	const files = [system, extra && exists(extra) ? extra : undefined].filter((file) => file !== undefined);
	return [...bundledRoots(), ...[...new Set(files)].map((file) => readFileSync(file, 'utf8'))].join('\n');
}
