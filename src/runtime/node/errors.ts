// Turns errors of node:net and node:tls into our classes, with messages that say what failed and what to do.

import { ConnectError, HyperError, NegotiationError, TLSError } from '../../base/errors.ts';
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

/** For an error before the connection is open. */
export function connectFailure(error: Error, options: DialOptions): ConnectError {
	return new ConnectError(`Cannot connect to ${describeEndpoint(options)}: ${connectReason(error)}`, { cause: error });
}

function connectReason(error: SystemError): string {
	// After trying several addresses Node throws an AggregateError without a message.
	if (error instanceof AggregateError) {
		const reasons = new Set(error.errors.map((each: SystemError) => connectReason(each)));
		if (reasons.size > 0) return [...reasons].join(', ');
	}
	return CONNECT_REASONS[error.code ?? ''] ?? error.message;
}

/** OpenSSL's codes for an answer to ClientHello that is not a TLS record. */
const NOT_TLS: readonly string[] = [
	'ERR_SSL_WRONG_VERSION_NUMBER',
	'ERR_SSL_PACKET_LENGTH_TOO_LONG',
	'ERR_SSL_UNKNOWN_PROTOCOL',
	'ERR_SSL_UNEXPECTED_MESSAGE',
	'ERR_SSL_BAD_RECORD_TYPE',
	'ERR_SSL_HTTP_REQUEST',
];

/** OpenSSL's codes for a certificate that no trusted CA signed. */
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

/** For an error during the TLS handshake. */
export function handshakeFailure(error: SystemError, options: DialOptions): TLSError | NegotiationError {
	const endpoint = describeEndpoint(options);
	const code = error.code ?? '';
	if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
		const offered = options.alpnProtocols.join(', ');
		return new NegotiationError(`Cannot negotiate a protocol with ${endpoint}: it accepts none of ${offered}`, null, {
			cause: error,
		});
	}
	return new TLSError(handshakeMessage(error, code, endpoint, options), { cause: error });
}

function handshakeMessage(error: SystemError, code: string, endpoint: string, options: DialOptions): string {
	if (NOT_TLS.includes(code)) {
		return `Cannot start TLS with ${endpoint}: the server seems to speak plaintext; \`secure: false\` connects without TLS`;
	}
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
		const name = options.tls?.servername ?? options.host;
		const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname ?? 'no name';
		return `Cannot verify the certificate of ${endpoint}: it is for ${names}, not for ${name}; \`tls: { servername }\` sets the expected name`;
	}
	if (UNVERIFIED.includes(code)) {
		const advice = UNTRUSTED.includes(code) ? '; `tls: { ca }` adds a trusted CA' : '';
		return `Cannot verify the certificate of ${endpoint}: ${error.message}${advice}`;
	}
	return `Cannot complete the TLS handshake with ${endpoint}: ${handshakeReason(error, code)}`;
}

function handshakeReason(error: SystemError, code: string): string {
	if (code === 'ECONNRESET') return 'the peer closed the connection';
	if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') {
		return 'the peer requires a client certificate; `tls: { cert, key }` provides one';
	}
	if (code.endsWith('_ALERT_UNKNOWN_CA')) return 'the peer does not trust the CA of our certificate';
	if (code.endsWith('_ALERT_PROTOCOL_VERSION')) return 'the peer supports no TLS version that we allow';
	return openSSLReason(error);
}

/** Without `reason`, the message has the form `error:0A000126:SSL routines::unexpected eof while reading:...`. */
function openSSLReason(error: Error): string {
	return (error as { reason?: string }).reason ?? error.message;
}

const OPTION_REASONS: Readonly<Record<string, string>> = {
	ERR_MISSING_PASSPHRASE: 'the key is encrypted; `tls: { passphrase }` decrypts it',
	ERR_OSSL_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
	ERR_OSSL_EVP_BAD_DECRYPT: 'the key cannot be decrypted; `tls: { passphrase }` is wrong or missing',
	ERR_OSSL_PEM_NO_START_LINE: 'the certificate is not in PEM format',
	ERR_OSSL_UNSUPPORTED: 'the key is not in PEM format, or of an unsupported kind',
	ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key does not belong to the certificate',
};

/** For an error thrown by `tls.connect`: OpenSSL cannot use a certificate, key or passphrase. A TypeError is returned as is. */
export function optionsFailure(error: unknown, options: DialOptions): unknown {
	if (!(error instanceof Error)) return error;
	const known = OPTION_REASONS[(error as SystemError).code ?? ''];
	if (known === undefined && (error instanceof TypeError || error instanceof RangeError)) return error;
	return new TLSError(`Cannot use the TLS options for ${describeEndpoint(options)}: ${known ?? openSSLReason(error)}`, {
		cause: error,
	});
}

/** For an error of an open connection. In TLS 1.3 the peer may refuse our certificate after we complete the handshake. */
export function sessionFailure(error: SystemError, options: DialOptions): Error {
	if (error instanceof HyperError || !(error.code ?? '').startsWith('ERR_SSL_')) return error;
	return handshakeFailure(error, options);
}
