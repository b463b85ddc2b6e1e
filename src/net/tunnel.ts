// CONNECT (RFC 9110 §9.3.6): turns an open transport to a proxy into a tunnel to the target. Called by dial.ts.

import { ProxyError, type ProxyResponse } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { describeEndpoint } from '../runtime/endpoint.ts';
import type { HTTP1Platform, TransportDuplex } from '../runtime/http1.ts';
import type { Transport } from '../runtime/transport.ts';
import type { ProxyEndpoint } from './proxy.ts';

type ClientRequest = InstanceType<HTTP1Platform['http']['ClientRequest']>;
type IncomingMessage = InstanceType<HTTP1Platform['http']['IncomingMessage']>;

/** Resolves with the transport to the target. Rejects with ProxyError or `signal.reason`, and destroys `pipe` then. */
export async function openTunnel(
	pipe: Transport,
	target: { host: string; port: number },
	proxy: ProxyEndpoint,
	platform: HTTP1Platform,
	signal: AbortSignal,
): Promise<Transport> {
	const stream = platform.toDuplex(pipe);
	try {
		const head = await connect(stream, target, proxy, platform, signal);
		if (head.length > 0) stream.unshift(head);
		const tunnel = await stream.release();
		// The protocol negotiated with the proxy says nothing about the origin.
		(tunnel as { alpn: string | null }).alpn = null;
		return tunnel;
	} catch (error) {
		stream.destroy();
		throw signal.aborted ? signal.reason : error;
	}
}

/** `Cannot open a tunnel to example.com:443 through proxy.test:3128: 407 Proxy Authentication Required` */
export function tunnelFailure(
	reason: string,
	target: { host: string; port: number },
	proxy: ProxyEndpoint,
	response: ProxyResponse | null,
	cause?: unknown,
): ProxyError {
	const message = `Cannot open a tunnel to ${describeEndpoint(target)} through ${describeEndpoint(proxy)}: ${reason}`;
	return new ProxyError(message, response, { cause });
}

/** Resolves with the bytes that followed the head of the proxy's response. */
function connect(
	stream: TransportDuplex,
	target: { host: string; port: number },
	proxy: ProxyEndpoint,
	{ http }: HTTP1Platform,
	signal: AbortSignal,
): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const authority = describeEndpoint(target);
		const request = http.request({
			createConnection: () => stream,
			method: 'CONNECT',
			path: authority,
			setHost: false,
			signal,
		});
		// Before setFields: if that throws, the stream is destroyed and the request emits an error.
		request.on('error', (error: Error) => reject(tunnelFailure(reasonOf(error), target, proxy, null, error)));
		setFields(request, authority, proxy);
		request.on('connect', (message, _socket, head) => {
			const response = responseOf(message);
			if (response.status >= 200 && response.status < 300) resolve(head);
			else
				reject(tunnelFailure(`${response.status} ${escapeText(response.reason)}`.trimEnd(), target, proxy, response));
		});
		request.end();
	});
}

function setFields(request: ClientRequest, authority: string, proxy: ProxyEndpoint): void {
	// Otherwise node:http adds `Connection: close`, which a proxy may apply to the tunnel.
	request.removeHeader('Connection');
	const { fields } = proxy;
	if (!fields.some(([name]) => name.toLowerCase() === 'host')) request.setHeader('Host', authority);
	for (const [name, value] of fields) request.appendHeader(name, value);
}

function responseOf({ statusCode = 0, statusMessage = '', rawHeaders }: IncomingMessage): ProxyResponse {
	const headers: [string, string][] = [];
	for (let i = 0; i < rawHeaders.length; i += 2) headers.push([rawHeaders[i] as string, rawHeaders[i + 1] as string]);
	return { status: statusCode, reason: statusMessage, headers };
}

function reasonOf(error: Error & { code?: string }): string {
	if (error.code?.startsWith('HPE_')) return 'the proxy did not answer in HTTP/1.1';
	return error.code === 'ECONNRESET' ? 'the proxy closed the connection' : error.message;
}
