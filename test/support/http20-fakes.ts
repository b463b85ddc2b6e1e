// Fakes for unit tests of requests and connections: they record their calls and return what the test sets.

import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { type Carrier, PendingRequest } from '../../src/connection/pending-request.ts';
import { type ConnectionDiagnostics, Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import type { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { BufferedResponse } from '../../src/message/buffered-response.ts';
import { createRequest, type OutgoingRequest, type RequestOptions } from '../../src/message/request.ts';
import { ResponseHead } from '../../src/message/response.ts';
import type { ResponseSink } from '../../src/message/response-sink.ts';
import { parseHost } from '../../src/net/origin.ts';
import { runtime as nodeRuntime } from '../../src/runtime/node/node.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Transport, TransportReceiver } from '../../src/runtime/transport.ts';
import type { DataEvent, PushEvent, ResponseEvent, SessionEvent } from '../../src/session/events.ts';

/** Records what its requests ask. As in the real ones, a cancelled request is closed. */
export class FakeCarrier implements Carrier {
	readonly openedAt: Transport['openedAt'] = undefined;
	/** Each call as its name, stream id and arguments. */
	readonly calls: string[] = [];
	/** The reason of the last `cancel`. */
	reason: unknown = null;

	consume(pending: PendingRequest, length: number): void {
		this.calls.push(`consume ${pending.id} ${length}`);
	}

	cancel(pending: PendingRequest, errorCode: number, reason: unknown): void {
		this.calls.push(`cancel ${pending.id} ${errorCode}`);
		this.reason = reason;
		pending.close(reason);
	}

	handOut(_response: object, source: BufferedResponse): void {
		this.calls.push(`hand out ${source.control?.id}`);
	}
}

/** Records its calls, each as its name and arguments. */
export class RecordingSink implements ResponseSink {
	readonly calls: string[] = [];
	/** Names of calls that throw `fault`. */
	readonly throwsIn: ReadonlySet<string>;
	readonly fault: Error = new Error('sink');
	error: unknown = null;

	constructor(...throwsIn: string[]) {
		this.throwsIn = new Set(throwsIn);
	}

	onStart(streamId: number | null): void {
		this.#add('start', streamId);
	}

	onInformational(status: number): void {
		this.#add('informational', status);
	}

	onHead(head: ResponseHead): void {
		this.#add('head', head.status);
	}

	onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		this.#add('content', `${Buffer.from(bytes).toString()}${endOfFrame ? '' : '...'}`);
	}

	onTrailers(trailers: HTTPHeaderMap): void {
		this.#add('trailers', [...trailers.raw()].map((pair) => pair.join('=')).join());
	}

	onEnd(): void {
		this.#add('end', '');
	}

	onError(error: unknown): void {
		this.error = error;
		this.#add('error', error instanceof Error ? error.message : String(error));
	}

	#add(name: string, argument: unknown): void {
		this.calls.push(`${name} ${argument}`.trim());
		if (this.throwsIn.has(name)) throw this.fault;
	}
}

/** A transport that goes nowhere and records its calls. */
export class FakeTransport implements Transport {
	readonly alpn: string | null = 'h2';
	/** `write` with the number of bytes, `end`, `destroy`, `ref`, `unref`. */
	readonly calls: string[] = [];
	/** The result of `write`. */
	writable = true;
	hasFailed = false;
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
	readonly canSecure = true;
	readonly canFinalize = true;
	readonly secure: Runtime['secure'] = nodeRuntime.secure;
	readonly http1: Runtime['http1'] = nodeRuntime.http1;
	readonly decompress: Runtime['decompress'] = nodeRuntime.decompress;
	readonly channel: Runtime['channel'] = nodeRuntime.channel;
	readonly env: Runtime['env'] = nodeRuntime.env;
	readonly appendLine: Runtime['appendLine'] = nodeRuntime.appendLine;
	readonly log: Runtime['log'] = nodeRuntime.log;
	readonly nextTurn: Runtime['nextTurn'] = nodeRuntime.nextTurn;
	readonly allocateShared: Runtime['allocateShared'] = nodeRuntime.allocateShared;
	readonly afterPoll: Runtime['afterPoll'] = nodeRuntime.afterPoll;
	readonly snapshot: Runtime['snapshot'] = nodeRuntime.snapshot;
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

/** A request with a BufferedResponse. */
export interface ReadPending extends PendingRequest {
	readonly reader: BufferedResponse;
}

interface PendingOptions extends RequestOptions {
	method?: string;
}

/** A request that was made at time 1 and, if there is a carrier, sent at time 2 on stream 1. */
export function makePending(carrier: Carrier | null = null, options: PendingOptions = {}): ReadPending {
	const { method = 'GET', decodeContent = false, ...others } = options;
	const reader = new BufferedResponse(decodeContent, DEFAULT_LIMITS);
	const pending = new PendingRequest(makeRequest(method, others), 1, reader, reader);
	if (carrier !== null) pending.onSent(carrier, 2, 1);
	return pending as ReadPending;
}

/** The head of a response with status 200. */
export function makeHead(fields: readonly string[] = [], contentLength = -1, status = 200): ResponseHead {
	return new ResponseHead('HTTP/2', status, '', contentLength, [':status', String(status), ...fields]);
}

/** A piece of content that is one frame. */
export function deliver(pending: PendingRequest, text: string, now = 3): void {
	pending.onContent(new TextEncoder().encode(text), true, now);
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

export function trailersEvent(fields: string[]): SessionEvent {
	return { type: 'trailers', streamId: 1, fields, neverIndexed: null };
}

/** A promise of `https://localhost/pushed` on stream 1. */
export function pushEvent(changes: Partial<PushEvent> = {}, headers: string[] = []): PushEvent {
	const request = { method: 'GET', scheme: 'https', authority: 'localhost', path: '/pushed', ...changes };
	const { method, scheme, authority, path } = request;
	const fields = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path, ...headers];
	return { type: 'push', streamId: 1, promisedStreamId: 2, neverIndexed: null, fields, ...request };
}
