// All CAs that this machine knows: those that Node brings along, those of the platform's file, and those of
// NODE_EXTRA_CA_CERTS, which Node itself leaves out as soon as any CA is named.

import type * as TLS from 'node:tls';
import type { TLSOptions } from '../transport.ts';

/** Where systems keep the file. */
const PLATFORM_FILES: readonly string[] = [
	'/etc/ssl/certs/ca-certificates.crt',
	'/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
	'/etc/pki/tls/certs/ca-bundle.crt',
	'/etc/ssl/ca-bundle.pem',
	'/etc/ssl/cert.pem',
	'/usr/local/etc/ssl/cert.pem',
];

/** The options of `tls.createSecureContext`. */
const OF_CONTEXT: readonly string[] = [
	...['ca', 'cert', 'key', 'passphrase', 'pfx', 'crl', 'minVersion', 'maxVersion', 'secureProtocol', 'secureOptions'],
	...['ciphers', 'honorCipherOrder', 'sigalgs', 'ecdhCurve', 'dhparam', 'clientCertEngine', 'privateKeyEngine'],
	...['privateKeyIdentifier', 'sessionIdContext', 'sessionTimeout', 'ticketKeys', 'allowPartialTrustChain'],
];

/** A context takes 40 ms and 632 KiB (measured with 2 x 144 CAs), so that dials with the same options share one. */
const MAX_CONTEXTS = 8;

let roots: string | null = null;
const contexts: { options: TLSOptions; context: TLS.SecureContext }[] = [];

/** A context that trusts all of them, and those of `ca` too. */
export function contextWithAllRoots(options: TLSOptions): TLS.SecureContext {
	const wanted = Object.fromEntries(Object.entries(options).filter(([name]) => OF_CONTEXT.includes(name)));
	const made = contexts.find((each) => sameOptions(each.options, wanted));
	if (made !== undefined) return made.context;

	roots ??= readRoots();
	const { ca = [] } = wanted as TLSOptions;
	const context = process.getBuiltinModule('node:tls').createSecureContext({
		...wanted,
		ca: [roots, ...(Array.isArray(ca) ? ca : [ca])] as TLS.SecureContextOptions['ca'],
	});
	contexts.unshift({ options: wanted, context });
	contexts.splice(MAX_CONTEXTS);
	return context;
}

function sameOptions(some: TLSOptions, others: TLSOptions): boolean {
	const names = Object.keys(some);
	return names.length === Object.keys(others).length && names.every((name) => Object.is(some[name], others[name]));
}

/** PEM. Throws when SSL_CERT_FILE names a file that cannot be read. */
function readRoots(): string {
	const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
	const { SSL_CERT_FILE: named, NODE_EXTRA_CA_CERTS: extra } = process.env;
	const platform = named ? named : PLATFORM_FILES.find((file) => existsSync(file));
	// Node has warned of a file of NODE_EXTRA_CA_CERTS that is not there.
	const files = [platform, extra && existsSync(extra) ? extra : undefined].filter((file) => file !== undefined);
	const bundled = process.getBuiltinModule('node:tls').rootCertificates;
	return [...bundled, ...[...new Set(files)].map((file) => readFileSync(file, 'utf8'))].join('\n');
}
