// The messages that are published on channels of node:diagnostics_channel. They are created only for channels with
// subscribers, and members that are costly to compute only when they are read.

import type { HTTPVersion } from '../base/version.ts';
import { type FlatFields, pseudoEnd } from '../fields/flat-fields.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { DiagnosticsChannel, Runtime } from '../runtime/runtime.ts';

/** `hyper-wasm:connection` */
export interface ConnectionMessage {
	/** The connection's number, unique in this process. A connection object that dials again gets a new one. */
	readonly connection: number;
	/** `opening` and `closed` are published once each, `open` in between unless the dial failed. */
	readonly state: 'opening' | 'open' | 'closed';
	readonly host: string;
	readonly port: number;
	/** Null before the connection is open. */
	readonly version: HTTPVersion | null;
	/** The protocol that ALPN selected; null without ALPN and before the connection is open. */
	readonly alpn: string | null;
	/** Why the connection closed; null for an orderly close. */
	readonly error: Error | null;
}

/** `hyper-wasm:error`: a request, a connection or a dial failed. */
export interface ErrorMessage {
	readonly connection: number;
	/** Null for an error of the whole connection, and on HTTP/1.1. */
	readonly streamId: number | null;
	readonly error: Error;
}

/** `hyper-wasm:request`: the head of a request was passed to the connection. Published again when it is sent again. */
export class RequestMessage {
	readonly connection: number;
	/** Null on HTTP/1.1. */
	readonly streamId: number | null;
	readonly #section: FlatFields;

	constructor(connection: number, streamId: number | null, section: FlatFields) {
		this.connection = connection;
		this.streamId = streamId;
		this.#section = section;
	}

	get method(): string {
		return pseudoField(this.#section, ':method');
	}

	/** Empty for CONNECT, like the path. */
	get scheme(): string {
		return pseudoField(this.#section, ':scheme');
	}

	get authority(): string {
		return pseudoField(this.#section, ':authority');
	}

	get path(): string {
		return pseudoField(this.#section, ':path');
	}

	/** Without pseudo-header fields. */
	get headers(): HTTPHeaderMap {
		return toMap(this.#section);
	}
}

/** `hyper-wasm:response`: the head of a final response was received. 1xx responses are not published. */
export class ResponseMessage {
	readonly connection: number;
	/** Null on HTTP/1.1. */
	readonly streamId: number | null;
	readonly status: number;
	readonly #section: FlatFields;

	constructor(connection: number, streamId: number | null, status: number, section: FlatFields) {
		this.connection = connection;
		this.streamId = streamId;
		this.status = status;
		this.#section = section;
	}

	/** As the server sent them, also when the body is decoded. */
	get headers(): HTTPHeaderMap {
		return toMap(this.#section);
	}
}

/** `hyper-wasm:trailers`: the trailer section of a response was received. */
export class TrailersMessage {
	readonly connection: number;
	readonly streamId: number | null;
	readonly #section: FlatFields;

	constructor(connection: number, streamId: number | null, section: FlatFields) {
		this.connection = connection;
		this.streamId = streamId;
		this.#section = section;
	}

	get trailers(): HTTPHeaderMap {
		return toMap(this.#section);
	}
}

const NAMES = ['connection', 'request', 'response', 'trailers', 'error', 'frame'] as const;

export type Channels = Readonly<Record<(typeof NAMES)[number], DiagnosticsChannel>>;

/** Holds the channels for the life of the runtime, since a platform may drop a channel without references. */
const channelsByRuntime = new WeakMap<Pick<Runtime, 'channel'>, Channels>();

export function channelsOf(runtime: Pick<Runtime, 'channel'>): Channels {
	let channels = channelsByRuntime.get(runtime);
	if (channels === undefined) {
		const entries = NAMES.map((name) => [name, runtime.channel(`hyper-wasm:${name}`)]);
		channels = Object.fromEntries(entries) as Channels;
		channelsByRuntime.set(runtime, channels);
	}
	return channels;
}

export function pseudoField({ fields }: FlatFields, name: string): string {
	for (let i = 0; i < fields.length && (fields[i] as string).startsWith(':'); i += 2) {
		if (fields[i] === name) return fields[i + 1] as string;
	}
	return '';
}

function toMap({ fields, neverIndexed }: FlatFields): HTTPHeaderMap {
	return HTTPHeaderMap.fromFlat(fields, neverIndexed, pseudoEnd(fields));
}
