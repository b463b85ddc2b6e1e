// What a person at the command line reads when a request fails: one line, with the options that may help.

import { HyperError, NegotiationError, TLSError } from '../index.ts';
import type { RequestCommand } from './arguments.ts';

/** Errors advise on options of the API after a semicolon and a backtick: no use here. */
const API_ADVICE = /; `.*$/s;

export function describeFailure(error: unknown, command: RequestCommand): string {
	if (error instanceof NegotiationError) return describeNegotiation(error, command);
	if (error instanceof TLSError) return oneLine(`${error.message.replace(API_ADVICE, '')}${adviseOnTLS(error)}`);
	if (error instanceof HyperError) return oneLine(error.message);
	return oneLine(error instanceof Error ? error.message : String(error));
}

function describeNegotiation(error: NegotiationError, { origin, h2 }: RequestCommand): string {
	if (h2) return `${origin} answers in HTTP/1.1, which is not there yet`;
	const gave = error.alpn === null ? 'agreed on no protocol' : `chose ${error.alpn}`;
	return `${origin} ${gave} by ALPN, and HTTP/1.1 is not there yet; --h2 speaks HTTP/2 all the same`;
}

function adviseOnTLS(error: TLSError): string {
	if (error.message.startsWith('Cannot verify the certificate')) {
		return '; --cacert FILE trusts another CA, --insecure accepts any certificate';
	}
	if (error.message.startsWith('Cannot start TLS')) return '; http:// with --h2 connects without TLS';
	return '';
}

function oneLine(text: string): string {
	return text.replace(/\s*\n\s*/g, ' ').trim();
}
