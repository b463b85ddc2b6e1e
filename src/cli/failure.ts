// Describes a failed request to the user: one line, with command-line options that may help.

import { escapeControls } from '../base/escape.ts';
import {
	ContentDecodingError,
	HyperError,
	InvalidResponseError,
	NegotiationError,
	ProxyError,
	TimeoutError,
	TLSError,
	type TLSFailure,
} from '../index.ts';
import type { RequestCommand } from './arguments.ts';

/** Error messages end with advice on API options, after a semicolon and a backtick. The command line replaces it. */
const API_ADVICE = /; `.*$/s;

export function describeFailure(error: unknown, command: RequestCommand): string {
	if (!(error instanceof HyperError)) return oneLine(error instanceof Error ? error.message : String(error));
	const message = error.message.replace(API_ADVICE, '');
	const advice = adviseOn(error, command);
	return oneLine(advice === null ? message : `${message}; ${advice}`);
}

function adviseOn(error: HyperError, { protocol, h2c, outputFile, proxy }: RequestCommand): string | null {
	if (error instanceof NegotiationError) {
		if (h2c === 'prior-knowledge') return 'omit --h2c to use HTTP/1.1';
		return protocol === 'h2' ? 'omit --h2 to negotiate the version' : 'use --h2 for HTTP/2 without negotiation';
	}
	if (error instanceof TLSError) return error.failure === null ? null : TLS_ADVICE[error.failure];
	if (error instanceof ProxyError) return adviseOnProxy(error, proxy === null);
	if (error instanceof TimeoutError) return adviseOnTimeout(error, outputFile);
	if (error instanceof InvalidResponseError)
		return protocol === null ? 'use --h2 for HTTP/2 without negotiation' : null;
	if (error instanceof ContentDecodingError) return 'add Accept-Encoding:identity to get an unencoded body';
	return null;
}

const TLS_ADVICE: Readonly<Record<TLSFailure, string>> = {
	plaintext: 'use http:// to connect without TLS',
	untrusted: 'use --cacert FILE to trust another CA, or --insecure to accept any certificate',
	unverified: 'use --insecure to accept any certificate',
	'client-certificate': 'provide one with --cert FILE and --key FILE',
	passphrase: 'check --pass PHRASE',
};

function adviseOnProxy({ cause, response }: ProxyError, isFromEnvironment: boolean): string | null {
	if (response?.status === 407) return 'use --proxy http://USER:PASSWORD@HOST:PORT to give credentials';
	if (cause instanceof TLSError && cause.failure === 'untrusted') {
		return 'set NODE_EXTRA_CA_CERTS=FILE in the environment to trust another CA for the proxy';
	}
	return isFromEnvironment
		? "the proxy is set in the environment; use NO_PROXY='*' to connect directly or --proxy URL to use another"
		: null;
}

function adviseOnTimeout({ phase }: TimeoutError, outputFile: string | null): string {
	const wait = 'use --timeout SECONDS to wait longer';
	return phase === 'body' && outputFile !== null ? `${wait} or --continue to resume` : wait;
}

/** Some messages quote the server, so control characters are escaped. */
function oneLine(text: string): string {
	return escapeControls(
		text
			.split('\n')
			.map((line) => line.trim())
			.join(' ')
			.trim(),
	);
}
