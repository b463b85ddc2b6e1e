// Errors of node:net and node:tls in our classes, with messages that say what failed and what to do about it.

import { ConnectError, HyperError, NegotiationError, TLSError } from '../../base/errors.ts';
import { describeEndpoint } from '../endpoint.ts';
import type { DialOptions } from '../transport.ts';

type SystemError = Error & { code?: string };

const CONNECT_REASONS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EADDRNOTAVAIL: 'the local address is not one of this machine',
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

/** Before the connection stood. */
export function connectFailure(error: Error, options: DialOptions): ConnectError {
	return new ConnectError(`Cannot connect to ${describeEndpoint(options)}: ${connectReason(error)}`, { cause: error });
}

function connectReason(error: SystemError): string {
	// Several addresses were tried: one AggregateError without a message of its own.
	if (error instanceof AggregateError) {
		const reasons = new Set(error.errors.map((each: SystemError) => connectReason(each)));
		if (reasons.size > 0) return [...reasons].join(', ');
	}
	return CONNECT_REASONS[error.code ?? ''] ?? error.message;
}

/** What OpenSSL says when the answer to a ClientHello is no TLS record. */
const NOT_TLS: readonly string[] = [
	'ERR_SSL_WRONG_VERSION_NUMBER',
	'ERR_SSL_PACKET_LENGTH_TOO_LONG',
	'ERR_SSL_UNKNOWN_PROTOCOL',
	'ERR_SSL_UNEXPECTED_MESSAGE',
	'ERR_SSL_BAD_RECORD_TYPE',
	'ERR_SSL_HTTP_REQUEST',
];

/** OpenSSL's names for a certificate that no trusted CA vouches for. */
const UNTRUSTED: readonly string[] = [
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'CERT_SIGNATURE_FAILURE',
	'CERT_UNTRUSTED',
	'INVALID_CA',
];

const UNVERIFIED: readonly string[] = [
	...UNTRUSTED,
	'CERT_CHAIN_TOO_LONG',
	'CERT_HAS_EXPIRED',
	'CERT_NOT_YET_VALID',
	'CERT_REJECTED',
	'CERT_REVOKED',
	'HOSTNAME_MISMATCH',
	'INVALID_PURPOSE',
];

/** Between the connection and the end of the TLS handshake. */
export function handshakeFailure(error: SystemError, options: DialOptions): TLSError | NegotiationError {
	const endpoint = describeEndpoint(options);
	const code = error.code ?? '';
	if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
		const offered = options.alpnProtocols.join(', ');
		return new NegotiationError(`Cannot agree on a protocol with ${endpoint}: it speaks none of ${offered}`, null, {
			cause: error,
		});
	}
	return new TLSError(handshakeMessage(error, code, endpoint, options), { cause: error });
}

function handshakeMessage(error: SystemError, code: string, endpoint: string, options: DialOptions): string {
	if (NOT_TLS.includes(code)) {
		return `Cannot start TLS with ${endpoint}: the port seems to speak plaintext; \`secure: false\` connects without TLS`;
	}
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
		const name = options.tls?.servername ?? options.host;
		const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname ?? 'no name';
		return `Cannot verify the certificate of ${endpoint}: it is for ${names}, not for ${name}; \`tls: { servername }\` expects another name`;
	}
	if (UNVERIFIED.includes(code)) {
		const advice = UNTRUSTED.includes(code) ? '; `tls: { ca }` trusts another CA' : '';
		return `Cannot verify the certificate of ${endpoint}: ${error.message}${advice}`;
	}
	return `Cannot complete the TLS handshake with ${endpoint}: ${handshakeReason(error, code)}`;
}

function handshakeReason(error: SystemError, code: string): string {
	if (code === 'ECONNRESET') return 'the peer closed the connection';
	if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') {
		return 'the peer wants a client certificate; `tls: { cert, key }` gives one';
	}
	if (code.endsWith('_ALERT_UNKNOWN_CA')) return 'the peer does not trust the CA of our certificate';
	if (code.endsWith('_ALERT_PROTOCOL_VERSION')) return 'the peer speaks no TLS version that we allow';
	return openSSLReason(error);
}

/** `error:0A000126:SSL routines::unexpected eof while reading:...` holds its reason in the fourth part. */
function openSSLReason(error: Error): string {
	return (error as { reason?: string }).reason ?? error.message;
}

const OPTION_REASONS: Readonly<Record<string, string>> = {
	ERR_MISSING_PASSPHRASE: 'the key is encrypted; `tls: { passphrase }` opens it',
	ERR_OSSL_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
	ERR_OSSL_EVP_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
	ERR_OSSL_PEM_NO_START_LINE: 'the certificate is not in PEM',
	ERR_OSSL_UNSUPPORTED: 'the key is not in PEM, or in a form that is not known here',
	ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key is not that of the certificate',
};

/** `tls.connect` threw: a certificate, key or passphrase that OpenSSL cannot use. Misuse of types stays a TypeError. */
export function optionsFailure(error: unknown, options: DialOptions): unknown {
	if (!(error instanceof Error)) return error;
	const known = OPTION_REASONS[(error as SystemError).code ?? ''];
	if (known === undefined && (error instanceof TypeError || error instanceof RangeError)) return error;
	return new TLSError(`Cannot use the TLS options for ${describeEndpoint(options)}: ${known ?? openSSLReason(error)}`, {
		cause: error,
	});
}

/** On an open connection. With TLS 1.3 the peer refuses our certificate only after our side of the handshake. */
export function sessionFailure(error: SystemError, options: DialOptions): Error {
	if (error instanceof HyperError || !(error.code ?? '').startsWith('ERR_SSL_')) return error;
	return handshakeFailure(error, options);
}
