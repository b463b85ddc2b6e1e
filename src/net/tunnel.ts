// CONNECT: makes a proxy pass on octets both ways (RFC 9110 §9.3.6). The pipe to the proxy stands already.

import { ProxyError, type ProxyResponse } from '../base/errors.ts';
import { visible } from '../base/escape.ts';
import { describeEndpoint } from '../runtime/endpoint.ts';
import type { HTTP1Platform, TransportDuplex } from '../runtime/http1.ts';
import type { Transport } from '../runtime/transport.ts';
import type { ProxyEndpoint } from './proxy.ts';

type ClientRequest = InstanceType<HTTP1Platform['http']['ClientRequest']>;
type IncomingMessage = InstanceType<HTTP1Platform['http']['IncomingMessage']>;

/**
 * Gives the pipe to the target, with all octets behind the proxy's answer. Rejects with ProxyError or `signal.reason`, and
 * the pipe is then dropped.
 */
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
		// What was agreed with the proxy is not the origin's.
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

/** Resolves with what came behind the head of the answer. */
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
		// First: the fields may be what cannot be sent, and the stream is then destroyed under the request.
		request.on('error', (error: Error) => reject(tunnelFailure(reasonOf(error), target, proxy, null, error)));
		setFields(request, authority, proxy);
		request.on('connect', (message, _socket, head) => {
			const response = responseOf(message);
			if (response.status >= 200 && response.status < 300) resolve(head);
			else reject(tunnelFailure(`${response.status} ${visible(response.reason)}`.trimEnd(), target, proxy, response));
		});
		request.end();
	});
}

function setFields(request: ClientRequest, authority: string, proxy: ProxyEndpoint): void {
	// Without this node:http adds `Connection: close`, which a proxy may take for the tunnel.
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
	if (error.code?.startsWith('HPE_')) return 'the proxy does not answer in HTTP/1.1';
	return error.code === 'ECONNRESET' ? 'the proxy closed the connection' : error.message;
}
