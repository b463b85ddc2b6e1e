// Fakes for unit tests of src/http20: they record their calls and return what the test sets.

import type { HyperError } from '../../src/base/errors.ts';
import { type ConnectionDiagnostics, Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import type { FlatFields } from '../../src/fields/flat-fields.ts';
import type { HTTP20Response } from '../../src/http20/response.ts';
import { type Carrier, Stream } from '../../src/http20/stream.ts';
import { createRequest, type OutgoingRequest, type RequestOptions } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { runtime as nodeRuntime } from '../../src/runtime/node/node.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Transport, TransportReceiver } from '../../src/runtime/transport.ts';
import type { DataEvent, PushEvent, ResponseEvent, TrailersEvent } from '../../src/session/events.ts';

/** Records the calls of its streams. As in the real one, a reset closes the stream. */
export class FakeCarrier implements Carrier {
	/** Each call as its name, stream id and arguments. */
	readonly calls: string[] = [];
	/** The result of `sendData`. */
	room = true;
	resetError: HyperError | null = null;

	consume(stream: Stream, length: number): void {
		this.calls.push(`consume ${stream.id} ${length}`);
	}

	reset(stream: Stream, errorCode: number, error: HyperError): void {
		this.calls.push(`reset ${stream.id} ${errorCode}`);
		this.resetError = error;
		stream.close(error);
	}

	sendData(stream: Stream, bytes: Uint8Array, endStream: boolean): boolean {
		this.calls.push(`data ${stream.id} ${Buffer.from(bytes).toString()}${endStream ? '.' : ''}`);
		return this.room;
	}

	sendTrailers(stream: Stream, section: FlatFields): void {
		this.calls.push(`trailers ${stream.id} ${section.fields.join('=')}`);
	}

	handOut(_response: HTTP20Response, stream: Stream): void {
		this.calls.push(`hand out ${stream.id}`);
	}
}

/** A transport that goes nowhere and records its calls. */
export class FakeTransport implements Transport {
	readonly alpn: string | null = 'h2';
	/** `write` with the number of bytes, `end`, `destroy`, `ref`, `unref`. */
	readonly calls: string[] = [];
	/** The result of `write`. */
	writable = true;
	receiver: TransportReceiver | null = null;

	start(receiver: TransportReceiver): void {
		this.receiver = receiver;
	}

	write(chunks: readonly Uint8Array[]): boolean {
		this.calls.push(`write ${chunks.reduce((sum, chunk) => sum + chunk.length, 0)}`);
		return this.writable;
	}

	pause(): void {}

	resume(): void {}

	end(): void {
		this.calls.push('end');
	}

	destroy(): void {
		this.calls.push('destroy');
	}

	ref(): void {
		this.calls.push('ref');
	}

	unref(): void {
		this.calls.push('unref');
	}
}

/** Node's runtime, but the test ends each turn. */
export class FakeRuntime implements Runtime {
	readonly name = 'fake';
	readonly warnings: string[] = [];
	readonly now: Runtime['now'] = nodeRuntime.now;
	readonly dial: Runtime['dial'] = nodeRuntime.dial;
	readonly secure: Runtime['secure'] = nodeRuntime.secure;
	readonly http1: Runtime['http1'] = nodeRuntime.http1;
	readonly decompress: Runtime['decompress'] = nodeRuntime.decompress;
	readonly channel: Runtime['channel'] = nodeRuntime.channel;
	readonly env: Runtime['env'] = nodeRuntime.env;
	readonly proxyFor: Runtime['proxyFor'] = nodeRuntime.proxyFor;
	readonly appendLine: Runtime['appendLine'] = nodeRuntime.appendLine;
	readonly log: Runtime['log'] = nodeRuntime.log;
	readonly allocateShared: Runtime['allocateShared'] = nodeRuntime.allocateShared;
	#callbacks: (() => void)[] = [];

	/** The number of callbacks that wait for the end of the turn. */
	get waiting(): number {
		return this.#callbacks.length;
	}

	afterTurn(callback: () => void): void {
		this.#callbacks.push(callback);
	}

	endTurn(): void {
		for (const callback of this.#callbacks.splice(0)) callback();
	}

	warn(message: string): void {
		this.warnings.push(message);
	}
}

/** Diagnostics without a listener. */
export function makeDiagnostics(): ConnectionDiagnostics {
	return new Diagnostics({}, nodeRuntime).opening('localhost', 443);
}

const ORIGIN = parseHost('https://localhost');

export function makeRequest(method = 'GET', options: RequestOptions = {}, path = '/'): OutgoingRequest {
	return createRequest(method, path, ORIGIN, options);
}

/** A stream created at time 1 and, if there is a carrier, opened at time 2 with id 1. */
export function makeStream(carrier: Carrier | null = null, method = 'GET', options: RequestOptions = {}): Stream {
	const stream = new Stream(makeRequest(method, options), 1);
	if (carrier !== null) stream.onOpened(carrier, 1, 2);
	return stream;
}

export function responseEvent(
	fields: string[] = [],
	{ endStream = false, contentLength = -1 }: { endStream?: boolean; contentLength?: number } = {},
): ResponseEvent {
	const section = { fields: [':status', '200', ...fields], neverIndexed: null };
	return { type: 'response', streamId: 1, ...section, status: 200, contentLength, endStream };
}

export function dataEvent(text: string, endStream = false): DataEvent {
	const bytes = new TextEncoder().encode(text);
	return { type: 'data', streamId: 1, bytes, start: 0, end: bytes.length, endOfFrame: true, endStream };
}

export function trailersEvent(fields: string[]): TrailersEvent {
	return { type: 'trailers', streamId: 1, fields, neverIndexed: null };
}

/** A promise of `https://localhost/pushed` on stream 1. */
export function pushEvent(changes: Partial<PushEvent> = {}, headers: string[] = []): PushEvent {
	const request = { method: 'GET', scheme: 'https', authority: 'localhost', path: '/pushed', ...changes };
	const { method, scheme, authority, path } = request;
	const fields = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path, ...headers];
	return { type: 'push', streamId: 1, promisedStreamId: 2, neverIndexed: null, fields, ...request };
}
