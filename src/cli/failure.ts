// What a person at the command line reads when a request fails: one line, with the options that may help.

import {
	ContentDecodingError,
	HyperError,
	InvalidResponseError,
	NegotiationError,
	ProxyError,
	TimeoutError,
	TLSError,
} from '../index.ts';
import type { RequestCommand } from './arguments.ts';
import { escapeControls } from './terminal.ts';

/** Errors advise on options of the API after a semicolon and a backtick: no use here. */
const API_ADVICE = /; `.*$/s;

export function describeFailure(error: unknown, command: RequestCommand): string {
	if (!(error instanceof HyperError)) return oneLine(error instanceof Error ? error.message : String(error));
	const message = error.message.replace(API_ADVICE, '');
	const advice = adviseOn(error, command);
	return oneLine(advice === null ? message : `${message}; ${advice}`);
}

function adviseOn(error: HyperError, { protocol, outputFile, proxy }: RequestCommand): string | null {
	if (error instanceof NegotiationError) {
		return protocol === 'h2' ? 'without --h2 the server decides' : '--h2 speaks HTTP/2 without asking';
	}
	if (error instanceof TLSError) return adviseOnTLS(error);
	if (error instanceof ProxyError) return adviseOnProxy(error, proxy === null);
	if (error instanceof TimeoutError) return adviseOnTimeout(error, outputFile);
	if (error instanceof InvalidResponseError) return protocol === null ? '--h2 speaks HTTP/2 without asking' : null;
	if (error instanceof ContentDecodingError) return 'Accept-Encoding:identity asks for no coding';
	return null;
}

function adviseOnTLS({ message }: TLSError): string | null {
	for (const [begun, advice] of TLS_ADVICE) if (message.includes(begun)) return advice;
	return null;
}

/** By what is in the message, advice on options of the API among it. */
const TLS_ADVICE: readonly (readonly [part: string, advice: string])[] = [
	['; `tls: { ca }`', '--cacert FILE trusts another CA, --insecure accepts any certificate'],
	['Cannot verify the certificate', '--insecure accepts any certificate'],
	['Cannot start TLS', 'http:// connects without TLS'],
	['; `tls: { cert, key }`', '--cert FILE and --key FILE give one'],
	['; `tls: { passphrase }`', '--pass PHRASE is wrong or missing'],
];

function adviseOnProxy({ cause, response }: ProxyError, isOfEnvironment: boolean): string | null {
	if (response?.status === 407) return '--proxy http://USER:PASSWORD@HOST:PORT gives credentials';
	if (cause instanceof TLSError && cause.message.includes('; `tls: { ca }`')) {
		return 'NODE_EXTRA_CA_CERTS=FILE in the environment trusts another CA for a proxy';
	}
	return isOfEnvironment
		? "the environment names this proxy: NO_PROXY='*' goes without, --proxy URL names another"
		: null;
}

function adviseOnTimeout({ phase }: TimeoutError, outputFile: string | null): string {
	const wait = '--timeout SECONDS sets how long to wait';
	return phase === 'body' && outputFile !== null ? `${wait}, --continue gets the rest` : wait;
}

/** Servers have a say in some messages: they must not write to the terminal. */
function oneLine(text: string): string {
	return escapeControls(
		text
			.split('\n')
			.map((line) => line.trim())
			.join(' ')
			.trim(),
	);
}
