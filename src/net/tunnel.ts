// CONNECT (RFC 9110 §9.3.6): turns an open transport to a proxy into a tunnel to the target. Called by dial.ts. It reads the
// heads of responses itself: node:http cannot read on after a 1xx to CONNECT, and tools that patch it would see a request of
// their own making.

import { unwatchAbort, watchAbort } from '../base/abort.ts';
import { latin1Bytes, latin1Text } from '../base/bytes.ts';
import { ProxyError, type ProxyResponse } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { checkSentValue } from '../fields/field-line.ts';
import { isToken } from '../fields/grammar.ts';
import { describeEndpoint } from '../runtime/endpoint.ts';
import { ReleasedTransport } from '../runtime/released-transport.ts';
import type { Transport, TransportReceiver } from '../runtime/transport.ts';
import type { ProxyEndpoint } from './proxy.ts';

interface Endpoint {
	host: string;
	port: number;
}

/** For all heads of the proxy's answer together; other clients accept 16 KiB (node:http) to 300 KiB (curl). */
const MAX_ANSWER = 65_536;

/** Resolves with the transport to the target. Rejects with ProxyError or `signal.reason`, and destroys `pipe` then. */
export async function openTunnel(
	pipe: Transport,
	target: Endpoint,
	proxy: ProxyEndpoint,
	signal: AbortSignal,
): Promise<Transport> {
	try {
		signal.throwIfAborted();
		const request = connectRequest(target, proxy);
		return await new Promise((resolve, reject) => {
			const refuse = (refusal: Refusal): void => {
				reject(tunnelFailure(refusal.reason, target, proxy, refusal.response, refusal.cause));
			};
			const watcher = { abort: reject };
			watchAbort(signal, watcher);
			const opening = new Opening(pipe, resolve, refuse, () => unwatchAbort(signal, watcher));
			pipe.start(opening);
			try {
				pipe.write([request]);
			} catch (error) {
				opening.onClose(error as Error);
			}
		});
	} catch (error) {
		pipe.destroy();
		throw error;
	}
}

/** `Cannot open a tunnel to example.com:443 through proxy.test:3128: 407 Proxy Authentication Required` */
export function tunnelFailure(
	reason: string,
	target: Endpoint,
	proxy: ProxyEndpoint,
	response: ProxyResponse | null,
	cause?: unknown,
): ProxyError {
	const message = `Cannot open a tunnel to ${describeEndpoint(target)} through ${describeEndpoint(proxy)}: ${reason}`;
	return new ProxyError(message, response, { cause });
}

function connectRequest({ host, port }: Endpoint, { fields }: ProxyEndpoint): Uint8Array {
	// A zone has a meaning only on this machine (RFC 4007 §11).
	const authority = describeEndpoint({ host: host.replace(/%.*/, ''), port });
	const hasHost = fields.some(([name]) => name.toLowerCase() === 'host');
	const lines = [`CONNECT ${authority} HTTP/1.1`, ...(hasHost ? [] : [`Host: ${authority}`])];
	for (const [name, value] of fields) {
		if (!isToken(name)) throw new TypeError(`Cannot send the field ${JSON.stringify(name)} to a proxy`);
		checkSentValue(name, value);
		lines.push(`${name}: ${value}`);
	}
	return latin1Bytes(`${lines.join('\r\n')}\r\n\r\n`);
}

/** Why there is no tunnel. */
interface Refusal {
	reason: string;
	/** Null unless the proxy has refused. */
	response: ProxyResponse | null;
	cause?: Error;
}

/** Reads the proxy's answer. What follows a 2xx, in the same piece or later, belongs to the tunnel. */
class Opening implements TransportReceiver {
	readonly #pipe: Transport;
	readonly #onTunnel: (tunnel: Transport) => void;
	readonly #onRefusal: (refusal: Refusal) => void;
	readonly #onSettled: () => void;
	#state: 'reading' | 'refused' | ReleasedTransport = 'reading';
	#length = 0;
	/** The line that has not ended; one character per byte. */
	#line = '';
	/** The head that has not ended; null before its status line. */
	#head: { status: number; reason: string; headers: [name: string, value: string][] } | null = null;

	constructor(
		pipe: Transport,
		onTunnel: (tunnel: Transport) => void,
		onRefusal: (refusal: Refusal) => void,
		onSettled: () => void,
	) {
		this.#pipe = pipe;
		this.#onTunnel = onTunnel;
		this.#onRefusal = onRefusal;
		this.#onSettled = onSettled;
	}

	onBytes(bytes: Uint8Array): void {
		let at = 0;
		while (this.#state === 'reading' && at < bytes.length) {
			const lineEnd = bytes.indexOf(LF, at);
			const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
			this.#length += end - at;
			if (this.#length > MAX_ANSWER) {
				this.#refuse(`the proxy answered with more than ${MAX_ANSWER} bytes of fields`);
				return;
			}
			const before = this.#line.length;
			this.#line += latin1Text(bytes.subarray(at, end));
			at = end;
			if (lineEnd >= 0) this.#readLine();
			// Without waiting for the end of a line, which another protocol may not have.
			else if (this.#head === null && before < START.length && !START.startsWith(this.#line.slice(0, START.length))) {
				this.#refuse(NOT_HTTP);
			}
		}
		if (at < bytes.length && typeof this.#state === 'object') this.#state.onBytes(bytes.subarray(at));
	}

	onDrain(): void {
		if (typeof this.#state === 'object') this.#state.onDrain();
	}

	onEnd(): void {
		if (typeof this.#state === 'object') this.#state.onEnd();
		else this.#refuse(CLOSED);
	}

	onClose(error: Error | null): void {
		if (typeof this.#state === 'object') this.#state.onClose(error);
		else this.#refuse(reasonOf(error), null, error ?? undefined);
	}

	/** Of proxies, accepts lines that end without CR, as curl and Go do. */
	#readLine(): void {
		const line = this.#line.replace(/\r?\n$/, '');
		this.#line = '';
		if (this.#head === null) this.#readStatusLine(line);
		else if (line === '') this.#readEnd(this.#head);
		else if (!addField(this.#head.headers, line)) this.#refuse(NOT_HTTP);
	}

	#readStatusLine(line: string): void {
		const [, status, reason = ''] = /^HTTP\/1\.\d ([1-9]\d\d)(?: (.*))?$/s.exec(line) ?? [];
		if (status === undefined) this.#refuse(NOT_HTTP);
		else this.#head = { status: Number(status), reason, headers: [] };
	}

	#readEnd(response: ProxyResponse): void {
		const { status, reason } = response;
		this.#head = null;
		if (status >= 200 && status < 300) {
			this.#onSettled();
			// RFC 9110 §9.3.6: "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a
			// successful response to CONNECT." The protocol negotiated with the proxy says nothing about the origin.
			this.#state = new ReleasedTransport(this.#pipe, null);
			this.#onTunnel(this.#state);
			return;
		}
		// RFC 9110 §15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response [...]."
		// After 101 the connection speaks another protocol.
		if (status > 101 && status < 200) return;
		if (status !== 100) this.#refuse(`${status} ${escapeText(reason)}`.trimEnd(), response);
	}

	#refuse(reason: string, response: ProxyResponse | null = null, cause?: Error): void {
		if (this.#state !== 'reading') return;
		this.#state = 'refused';
		this.#onSettled();
		const withCause = response === null ? { cause: cause ?? new Error(reason) } : {};
		this.#onRefusal({ reason, response, ...withCause });
	}
}

const LF = 0x0a;
const START = 'HTTP/1.';
const NOT_HTTP = 'the proxy did not answer in HTTP/1.1';
const CLOSED = 'the proxy closed the connection';

/** False for a line that is neither a field nor the continuation of one (RFC 9112 §5.2). */
function addField(headers: [name: string, value: string][], line: string): boolean {
	const last = headers.at(-1);
	if (/^[ \t]/.test(line)) {
		if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim();
		return last !== undefined;
	}
	const colon = line.indexOf(':');
	const name = line.slice(0, Math.max(0, colon)).trimEnd();
	if (!isToken(name)) return false;
	headers.push([name, line.slice(colon + 1).trim()]);
	return true;
}

function reasonOf(error: (Error & { code?: string }) | null): string {
	return error === null || error.code === 'ECONNRESET' || error.code === 'EPIPE' ? CLOSED : error.message;
}
