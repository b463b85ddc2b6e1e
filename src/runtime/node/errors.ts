// Turns errors of node:net and node:tls into our classes, with messages that say what failed and what to do.

import { ConnectError, HyperError, NegotiationError, TLSError, type TLSFailure } from '../../base/errors.ts';
import { describeEndpoint } from '../endpoint.ts';
import type { DialOptions } from '../transport.ts';

type SystemError = Error & { code?: string };

const CONNECT_REASONS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EADDRNOTAVAIL: 'this machine does not have the local address',
	EAI_AGAIN: 'the name server does not answer',
	ECONNREFUSED: 'connection refused',
	ECONNRESET: 'connection reset by the peer',
	EHOSTUNREACH: 'host unreachable',
	ENETUNREACH: 'network unreachable',
	ENOENT: 'no such socket',
	ENOTFOUND: 'host name not found',
	ENOTSOCK: 'not a socket',
	ETIMEDOUT: 'no answer',
};

/** For an error before the connection is open. An AggregateError has an error for each of `addresses`. */
export function connectFailure(error: Error, options: DialOptions, addresses: readonly string[] = []): ConnectError {
	const message = `Cannot connect to ${describeEndpoint(options)}: ${connectReason(error, options, addresses)}`;
	return new ConnectError(message, { cause: causeOf(error) });
}

/** `no answer (192.0.2.1), connection refused (::1, 127.0.0.1)`; without addresses if none was looked up. */
function connectReason(error: Error, { host, socketPath }: DialOptions, addresses: readonly string[]): string {
	if (!(error instanceof AggregateError)) return systemReason(error);
	const byReason = new Map<string, string[]>();
	for (const [i, each] of error.errors.entries()) {
		const reason = systemReason(each);
		byReason.set(reason, [...(byReason.get(reason) ?? []), addresses[i] as string]);
	}
	const isGiven = socketPath !== undefined || addresses.every((address) => address === host);
	return [...byReason].map(([reason, those]) => (isGiven ? reason : `${reason} (${those.join(', ')})`)).join(', ');
}

function systemReason(error: SystemError): string {
	return CONNECT_REASONS[error.code ?? ''] ?? error.message;
}

/** The only error itself; of several, like Node, an AggregateError with the code of the first. */
function causeOf(error: Error): Error {
	if (!(error instanceof AggregateError)) return error;
	const [first, ...others] = error.errors as SystemError[];
	return first === undefined || others.length === 0 ? (first ?? error) : Object.assign(error, { code: first.code });
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';
/** The name in BoringSSL, which Bun has, begins with another version. */
const CERTIFICATE_REQUIRED = ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED'];

/** The codes of Node and OpenSSL for what fails in a handshake. */
const HANDSHAKE_FAILURES: ReadonlyMap<string, TLSFailure> = new Map([
	// The answer to ClientHello is not a TLS record.
	['ERR_SSL_WRONG_VERSION_NUMBER', 'plaintext'],
	['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'plaintext'],
	['ERR_SSL_UNKNOWN_PROTOCOL', 'plaintext'],
	['ERR_SSL_UNEXPECTED_MESSAGE', 'plaintext'],
	['ERR_SSL_BAD_RECORD_TYPE', 'plaintext'],
	['ERR_SSL_HTTP_REQUEST', 'plaintext'],
	// No trusted CA signed the certificate.
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
	['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
	['UNABLE_TO_GET_ISSUER_CERT', 'untrusted'],
	['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted'],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
	['CERT_SIGNATURE_FAILURE', 'untrusted'],
	['CERT_UNTRUSTED', 'untrusted'],
	['INVALID_CA', 'untrusted'],
	// The certificate itself is not valid for this use.
	['CERT_CHAIN_TOO_LONG', 'unverified'],
	['CERT_HAS_EXPIRED', 'unverified'],
	['CERT_NOT_YET_VALID', 'unverified'],
	['CERT_REJECTED', 'unverified'],
	['CERT_REVOKED', 'unverified'],
	['HOSTNAME_MISMATCH', 'unverified'],
	['INVALID_PURPOSE', 'unverified'],
	[WRONG_NAME, 'unverified'],
	...CERTIFICATE_REQUIRED.map((code): [string, TLSFailure] => [code, 'client-certificate']),
]);

/** For an error during the TLS handshake. */
export function handshakeFailure(error: SystemError, options: DialOptions): TLSError | NegotiationError {
	const code = error.code ?? '';
	if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
		const endpoint = describeEndpoint(options);
		const offered = options.alpnProtocols.join(', ');
		return new NegotiationError(`Cannot negotiate a protocol with ${endpoint}: it accepts none of ${offered}`, null, {
			cause: error,
		});
	}
	const failure = HANDSHAKE_FAILURES.get(code) ?? null;
	return new TLSError(handshakeMessage(error, code, failure, options), { cause: error, failure });
}

function handshakeMessage(error: SystemError, code: string, failure: TLSFailure | null, options: DialOptions): string {
	const endpoint = describeEndpoint(options);
	switch (failure) {
		case 'plaintext':
			return `Cannot start TLS with ${endpoint}: the server seems to speak plaintext; \`secure: false\` connects without TLS`;
		case 'untrusted':
			return `Cannot verify the certificate of ${endpoint}: ${error.message}; \`tls: { ca }\` adds a trusted CA`;
		case 'unverified':
			return `Cannot verify the certificate of ${endpoint}: ${code === WRONG_NAME ? wrongName(error, options) : error.message}`;
		default:
			return `Cannot complete the TLS handshake with ${endpoint}: ${handshakeReason(error, code)}`;
	}
}

function wrongName(error: Error, options: DialOptions): string {
	const name = options.tls?.servername || options.host;
	const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname ?? 'no name';
	return `it is for ${names}, not for ${name}; \`tls: { servername }\` sets the expected name`;
}

function handshakeReason(error: SystemError, code: string): string {
	if (code === 'ECONNRESET') return 'the peer closed the connection';
	if (CERTIFICATE_REQUIRED.includes(code))
		return 'the peer requires a client certificate; `tls: { cert, key }` provides one';
	if (code.endsWith('_ALERT_UNKNOWN_CA')) return 'the peer does not trust the CA of our certificate';
	if (code.endsWith('_ALERT_PROTOCOL_VERSION')) return 'the peer supports no TLS version that we allow';
	// Up to TLS 1.2 the same alert also means a missing client certificate.
	if (code.endsWith('_ALERT_HANDSHAKE_FAILURE'))
		return 'the peer accepts none of our ciphers, or requires a client certificate';
	return openSSLReason(error);
}

/** Without `reason`, the message has the form `error:0A000126:SSL routines::unexpected eof while reading:...`. */
function openSSLReason(error: Error): string {
	return (error as { reason?: string }).reason ?? error.message;
}

const OPTION_REASONS: Readonly<Record<string, string>> = {
	ERR_OSSL_PEM_NO_START_LINE: 'the certificate is not in PEM format',
	ERR_OSSL_UNSUPPORTED: 'the key is not in PEM format, or of an unsupported kind',
	ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key does not belong to the certificate',
};

const PASSPHRASE_REASONS: Readonly<Record<string, string>> = {
	ERR_MISSING_PASSPHRASE: 'the key is encrypted; `tls: { passphrase }` decrypts it',
	ERR_OSSL_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
	ERR_OSSL_EVP_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
};

/** For an error thrown by `tls.connect`: OpenSSL cannot use a certificate, key or passphrase. A TypeError is returned as is. */
export function optionsFailure(error: unknown, options: DialOptions): unknown {
	if (!(error instanceof Error)) return error;
	const { code = '' } = error as SystemError;
	const passphrase = PASSPHRASE_REASONS[code];
	const known = passphrase ?? OPTION_REASONS[code];
	if (known === undefined && (error instanceof TypeError || error instanceof RangeError)) return error;
	return new TLSError(`Cannot use the TLS options for ${describeEndpoint(options)}: ${known ?? openSSLReason(error)}`, {
		cause: error,
		failure: passphrase === undefined ? null : 'passphrase',
	});
}

/** For an error of an open connection. In TLS 1.3 the peer may refuse our certificate after we complete the handshake. */
export function sessionFailure(error: SystemError, options: DialOptions): Error {
	if (error instanceof HyperError || !(error.code ?? '').startsWith('ERR_SSL_')) return error;
	return handshakeFailure(error, options);
}
