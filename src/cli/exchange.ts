// Sends one command's requests: the first one and those that redirects lead to, over one connection per origin.

import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, HTTPConnection, type HTTPResponse, type TLSOptions } from '../index.ts';
import type { RequestCommand, TLSArguments } from './arguments.ts';
import { FileError, ResponseError } from './errors.ts';
import { followRedirect, MAX_REDIRECTS } from './follow.ts';
import type { Report } from './report.ts';
import type { PreparedRequest } from './request.ts';

export class Exchange {
	readonly #command: RequestCommand;
	readonly #report: Report;
	readonly #signal: AbortSignal;
	#conn: HTTPConnection | null = null;
	/** The origin that `#conn` was created for, and whether it was trusted. */
	#madeFor = '';

	constructor(command: RequestCommand, report: Report, signal: AbortSignal) {
		this.#command = command;
		this.#report = report;
		this.#signal = signal;
	}

	/** Resolves with the final response, after redirects if the command follows them. Its body is unread. */
	async run(first: PreparedRequest): Promise<HTTPResponse> {
		let request = first;
		for (let redirects = 0; ; redirects++) {
			const response = await this.#send(request);
			const { status, headers } = response;
			const next = this.#command.follow ? followRedirect(request, status, headers) : null;
			if (next === null) return response;
			await response.close();
			if (redirects === MAX_REDIRECTS) throw new ResponseError(`more than ${MAX_REDIRECTS} redirects`);
			request = next;
		}
	}

	/** Closes the connection. The unread rest of a response is discarded. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.#close();
	}

	async #close(): Promise<void> {
		await this.#conn?.close();
		this.#conn = null;
	}

	async #send(request: PreparedRequest): Promise<HTTPResponse> {
		const conn = await this.#connectionFor(request);
		const { method, path, headers, body } = request;
		if (this.#report.showsRequestHeads) {
			await this.#untilAborted(conn.connect());
			this.#report.requestHead(request, conn.version ?? '');
		}
		const response = await conn.roundTrip(method, path, {
			headers,
			body,
			signal: this.#signal,
			decodeContent: this.#command.outputFile === null,
			...(this.#report.showsHeads
				? {
						onInformational: (status, fields) =>
							this.#report.responseHead({ status, reason: '', version: conn.version ?? '', headers: fields }),
					}
				: {}),
		});
		const { status, reason, version, rawHeaders } = response;
		this.#report.responseHead({ status, reason, version, headers: rawHeaders });
		return response;
	}

	async #connectionFor({ origin, trusted }: PreparedRequest): Promise<HTTPConnection> {
		const purpose = `${trusted} ${origin}`;
		if (this.#conn !== null && this.#madeFor === purpose) return this.#conn;
		await this.#close();
		const options = await connectionOptions(this.#command, this.#report, trusted);
		this.#conn = new HTTPConnection(origin, options);
		this.#madeFor = purpose;
		return this.#conn;
	}

	#untilAborted(connecting: Promise<void>): Promise<void> {
		const signal = this.#signal;
		return new Promise((resolve, reject) => {
			const abort = () => reject(signal.reason);
			if (signal.aborted) abort();
			signal.addEventListener('abort', abort, { once: true });
			connecting.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
		});
	}
}

/** `trusted`: the server may get the client certificate. Throws FileError. */
export async function connectionOptions(
	{ tls, protocol, h2c, proxy, timeout }: Pick<RequestCommand, 'tls' | 'protocol' | 'h2c' | 'proxy' | 'timeout'>,
	{ logger, onFrame }: Pick<Report, 'logger' | 'onFrame'>,
	trusted: boolean,
): Promise<ConnectionOptions> {
	return {
		tls: await tlsOptions(tls, trusted),
		proxy: proxy ?? 'env',
		...(protocol === null ? {} : { forceProtocol: protocol }),
		...(h2c === null ? {} : { h2c }),
		...(timeout === null ? {} : { timeout: { connect: timeout, headers: timeout, body: timeout } }),
		...(logger === undefined ? {} : { logger }),
		...(onFrame === undefined ? {} : { onFrame }),
	};
}

async function tlsOptions(
	{ insecure, caFile, certFile, keyFile, passphrase }: TLSArguments,
	trusted: boolean,
): Promise<TLSOptions> {
	const options: TLSOptions = {};
	if (insecure) options.rejectUnauthorized = false;
	if (caFile !== null) options.ca = await readPEM(caFile, 'certificate');
	if (certFile === null || !trusted) return options;
	options.cert = await readPEM(certFile, 'certificate');
	options.key = await readPEM(
		keyFile ?? certFile,
		'private key',
		keyFile === null ? '; use --key FILE to name another file' : '',
	);
	if (passphrase !== null) options.passphrase = passphrase;
	return options;
}

/** Checks that the file contains a certificate or key. Without a certificate, it would be an empty list of trusted CAs. */
async function readPEM(file: string, what: 'certificate' | 'private key', advice = ''): Promise<string> {
	try {
		const text = await readFile(file, 'latin1');
		if (new RegExp(`^-----BEGIN (?:[A-Z0-9]+ )*${what.toUpperCase()}-----`, 'm').test(text)) return text;
		throw new Error(`it has no ${what} in PEM format${advice}`);
	} catch (error) {
		throw new FileError('read', file, error as Error);
	}
}
