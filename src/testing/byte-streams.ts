// Wraps a transport in a pair of WHATWG streams, which is what the `transport` option of a connection takes.

import { createMemoryTransports, type TransportPairOptions } from '../runtime/memory.ts';
import type { Transport } from '../runtime/transport.ts';
import type { ByteStreams } from '../runtime/web/streams.ts';

/**
 * Creates a byte pipe in memory and returns its two ends: each reads what the other writes. Either end can be the
 * `transport` of a connection.
 *
 * @example
 * const [near, far] = createTransportPair({ chunkSize: 1 });
 * const conn = new HTTP20Connection('localhost', { transport: near });
 */
export function createTransportPair(options: TransportPairOptions = {}): [ByteStreams, ByteStreams] {
	const [first, second] = createMemoryTransports(options, 'h2');
	return [toByteStreams(first), toByteStreams(second)];
}

/** Starts the transport. Cancelling or aborting a stream destroys it. */
export function toByteStreams(transport: Transport): ByteStreams {
	let input: ReadableStreamDefaultController<Uint8Array>;
	let output: WritableStreamDefaultController;
	let readable = true;
	let writable = true;
	let wake: (() => void) | null = null;
	const drained = (): void => {
		wake?.();
		wake = null;
	};
	const streams: ByteStreams = {
		alpn: transport.alpn,
		readable: new ReadableStream<Uint8Array>(
			{
				start: (controller) => {
					input = controller;
				},
				pull: () => transport.resume(),
				cancel: (reason) => {
					readable = false;
					transport.destroy(errorOf(reason));
				},
			},
			{ highWaterMark: 0 },
		),
		writable: new WritableStream<Uint8Array>({
			start: (controller) => {
				output = controller;
			},
			write: (chunk) => {
				if (!transport.write([chunk]) && writable) return new Promise<void>((resolve) => (wake = resolve));
			},
			close: () => {
				writable = false;
				transport.end();
			},
			abort: (reason) => {
				writable = false;
				transport.destroy(errorOf(reason));
			},
		}),
	};
	transport.start({
		onBytes: (bytes) => {
			input.enqueue(bytes.slice());
			if ((input.desiredSize ?? 0) <= 0) transport.pause();
		},
		onDrain: drained,
		onEnd: () => {
			if (readable) input.close();
			readable = false;
		},
		onClose: (error) => {
			if (readable) {
				if (error === null) input.close();
				else input.error(error);
			}
			if (writable) output.error(error ?? new Error('The other end of the pipe is closed'));
			readable = false;
			writable = false;
			drained();
		},
	});
	return streams;
}

/** The error to destroy a transport with. Undefined without a reason: the peer then sees an end, not a reset. */
function errorOf(reason: unknown): Error | undefined {
	if (reason === undefined || reason instanceof Error) return reason;
	return new Error(String(reason));
}
