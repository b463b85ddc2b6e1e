// Opens the byte pipe to an origin: which socket, TLS or not, and for how long to wait. No HTTP.

import { TimeoutError } from './errors.ts';
import { describeEndpoint } from './runtime/endpoint.ts';
import type { DialOptions, Runtime, TLSOptions, Transport } from './runtime/runtime.ts';

export interface DialTarget {
	host: string;
	port: number;
	/** TLS or plaintext. */
	secure: boolean;
	/** Used when `secure`. */
	tls?: TLSOptions;
	/** Offered when `secure`, the preferred one first. */
	alpnProtocols?: readonly string[];
	/** A Unix socket to connect to; `host` is then only the name to verify. */
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** Milliseconds for name lookup, connection and TLS handshake together; 0 or none: no limit. */
	timeout?: number;
	signal?: AbortSignal;
}

/** Longer delays overflow a timer, which then fires at once. */
const MAX_TIMEOUT = 0x7fffffff;

/** Rejects with ConnectError, TLSError, NegotiationError, TimeoutError (phase `connect`) or `signal.reason`. */
export async function dial(target: DialTarget, runtime: Runtime): Promise<Transport> {
	const { timeout = 0, signal } = target;
	if (!(timeout >= 0 && timeout <= MAX_TIMEOUT)) {
		throw new RangeError(`timeout is ${timeout}, must be from 0 to ${MAX_TIMEOUT} milliseconds`);
	}
	signal?.throwIfAborted();

	const canceller = new AbortController();
	const onAbort = (): void => canceller.abort(signal?.reason);
	signal?.addEventListener('abort', onAbort, { once: true });
	const timer = timeout === 0 ? undefined : setTimeout(() => canceller.abort(timedOut(target, timeout)), timeout);
	try {
		const transport = await runtime.dial(dialOptions(target, canceller.signal));
		if (!canceller.signal.aborted) return transport;
		transport.destroy();
		throw canceller.signal.reason;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', onAbort);
	}
}

function dialOptions(target: DialTarget, signal: AbortSignal): DialOptions {
	const { host, port, socketPath, localAddress, lookup, family } = target;
	return {
		host,
		port,
		tls: target.secure ? (target.tls ?? {}) : null,
		alpnProtocols: target.secure ? (target.alpnProtocols ?? []) : [],
		...(socketPath === undefined ? {} : { socketPath }),
		...(localAddress === undefined ? {} : { localAddress }),
		...(lookup === undefined ? {} : { lookup }),
		...(family === undefined ? {} : { family }),
		signal,
	};
}

function timedOut(target: DialTarget, timeout: number): TimeoutError {
	return new TimeoutError(
		'connect',
		`Cannot connect to ${describeEndpoint(target)}: no connection within ${timeout} ms`,
	);
}
