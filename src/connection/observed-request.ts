// Publishes the life of one request on the channels that undici documents (its docs/api/DiagnosticsChannel.md), because
// tools of tracing subscribe to them: OpenTelemetry, dd-trace, Elastic APM, New Relic. Created only while a tool subscribes.

import { runtime } from '#runtime';
import type { HTTPHeaderMap } from '../fields/header-map.ts';
import { type OutgoingRequest, setField } from '../message/request.ts';
import type { ResponseHead } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';
import type { DiagnosticsChannel } from '../runtime/runtime.ts';
import type { PendingRequest } from './pending-request.ts';

/** The channels of undici that are published, by their last words. */
interface ObserverChannels {
	readonly create: DiagnosticsChannel;
	readonly sendHeaders: DiagnosticsChannel;
	readonly headers: DiagnosticsChannel;
	readonly trailers: DiagnosticsChannel;
	readonly error: DiagnosticsChannel;
}

let channels: ObserverChannels | null = null;

/** The same object for the life of the process, since a platform may drop a channel without references. */
export function observerChannels(): ObserverChannels {
	channels ??= {
		create: runtime.channel('undici:request:create'),
		sendHeaders: runtime.channel('undici:client:sendHeaders'),
		headers: runtime.channel('undici:request:headers'),
		trailers: runtime.channel('undici:request:trailers'),
		error: runtime.channel('undici:request:error'),
	};
	return channels;
}

/** The request of every message: tools use it as the key of their records, and set properties of their own. */
class ObservedRequest {
	readonly origin: string;
	readonly method: string;
	/** Empty for CONNECT. */
	readonly path: string;
	/** Names and values alternate. */
	readonly headers: string[];
	completed = false;
	aborted = false;

	constructor({ scheme, authority, method, path, fields }: OutgoingRequest) {
		this.origin = `${scheme}://${authority}`;
		this.method = method;
		this.path = path;
		this.headers = [...fields];
	}

	/** Replaces a field of the caller with the same name: two fields `traceparent` would be invalid. */
	addHeader(name: string, value: string): void {
		setField(this.headers, name, value);
	}
}

/** Publishes what happens to a request, and passes everything on to its sink. */
export class Observer implements ResponseSink {
	/** With the fields that tools have added. */
	readonly request: OutgoingRequest;
	/** The request that this is the sink of. */
	pending: PendingRequest | null = null;
	readonly #sink: ResponseSink;
	readonly #channels = observerChannels();
	readonly #observed: ObservedRequest;
	#trailers: string[] = [];
	/** Tools find the caller's spans and transactions in the caller's context, but responses arrive in the socket's. */
	readonly #inContext = runtime.snapshot();

	/** To be called in the context of the caller. */
	constructor(request: OutgoingRequest, sink: ResponseSink) {
		this.#sink = sink;
		this.#observed = new ObservedRequest(request);
		this.request = { ...request, fields: this.#observed.headers };
		this.#publish('create', () => ({}));
	}

	onStart(streamId: number | null): void {
		this.#publish('sendHeaders', () => {
			// Those of this attempt: after a 417, it has no expectation.
			const { fields } = this.pending?.request ?? this.request;
			const lines = fields.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
			return { headers: lines.join(''), socket: { alpnProtocol: streamId === null ? 'http/1.1' : 'h2' } };
		});
		return this.#sink.onStart?.(streamId);
	}

	onInformational(status: number, headers: HTTPHeaderMap): void {
		return this.#sink.onInformational?.(status, headers);
	}

	onHead(head: ResponseHead): void {
		this.#publish('headers', () => ({
			response: { statusCode: head.status, statusText: head.reason, headers: head.headers.toFlat().fields },
		}));
		return this.#sink.onHead?.(head);
	}

	onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		return this.#sink.onContent?.(bytes, endOfFrame);
	}

	onTrailers(trailers: HTTPHeaderMap): void {
		this.#trailers = trailers.toFlat().fields;
		return this.#sink.onTrailers?.(trailers);
	}

	onEnd(): void {
		this.#end();
		return this.#sink.onEnd?.();
	}

	onError(reason: unknown): void {
		// Closing a response before its end is not a failure.
		if (this.pending?.isAbandoned) this.#end();
		else {
			this.#observed.aborted = true;
			this.#publish('error', () => ({ error: reason instanceof Error ? reason : new Error(String(reason)) }));
		}
		return this.#sink.onError?.(reason);
	}

	#end(): void {
		this.#observed.completed = true;
		this.#publish('trailers', () => ({ trailers: this.#trailers }));
	}

	#publish(name: keyof ObserverChannels, members: () => object): void {
		const channel = this.#channels[name];
		if (channel.hasSubscribers) this.#inContext(() => channel.publish({ request: this.#observed, ...members() }));
	}
}
