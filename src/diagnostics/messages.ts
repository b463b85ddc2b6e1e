// What is published on the channels of node:diagnostics_channel. Messages are made when somebody has subscribed; what
// costs more to make, when it is read.

import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { DiagnosticsChannel, Runtime } from '../runtime/runtime.ts';

export type Version = 'HTTP/2' | 'HTTP/1.1';

/** Names and values alternate, pseudo-header fields first; `neverIndexed` has numbers of pairs. */
export interface FlatSection {
	readonly fields: readonly string[];
	readonly neverIndexed: ReadonlySet<number> | null;
}

/** `hyper-wasm:connection` */
export interface ConnectionMessage {
	/** The number of the connection: unique in this process, and another one each time an object dials. */
	readonly connection: number;
	/** `opening` and `closed` come once each; `open` in between, unless the dial failed. */
	readonly state: 'opening' | 'open' | 'closed';
	readonly host: string;
	readonly port: number;
	/** Null before it is open. */
	readonly version: Version | null;
	/** What ALPN gave; null without it, and before the connection is open. */
	readonly alpn: string | null;
	/** Why it was closed, when that was not in order. */
	readonly error: Error | null;
}

/** `hyper-wasm:error`: a request that failed, a connection that broke, or a dial that did. */
export interface ErrorMessage {
	readonly connection: number;
	/** Null for the connection as a whole, and on HTTP/1.1. */
	readonly streamId: number | null;
	readonly error: Error;
}

/** `hyper-wasm:request`: its head was given to the connection. One that is sent again is told again. */
export class RequestMessage {
	readonly connection: number;
	/** Null on HTTP/1.1. */
	readonly streamId: number | null;
	readonly #section: FlatSection;

	constructor(connection: number, streamId: number | null, section: FlatSection) {
		this.connection = connection;
		this.streamId = streamId;
		this.#section = section;
	}

	get method(): string {
		return pseudoField(this.#section, ':method');
	}

	/** Empty for CONNECT, as is the path. */
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

/** `hyper-wasm:response`: the head of the final response; informational ones are not told. */
export class ResponseMessage {
	readonly connection: number;
	readonly streamId: number | null;
	readonly status: number;
	readonly #section: FlatSection;

	constructor(connection: number, streamId: number | null, status: number, section: FlatSection) {
		this.connection = connection;
		this.streamId = streamId;
		this.status = status;
		this.#section = section;
	}

	get headers(): HTTPHeaderMap {
		return toMap(this.#section);
	}
}

/** `hyper-wasm:trailers`: of a response. */
export class TrailersMessage {
	readonly connection: number;
	readonly streamId: number | null;
	readonly #section: FlatSection;

	constructor(connection: number, streamId: number | null, section: FlatSection) {
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

/** Kept for good: a platform may forget a channel that nobody holds. */
const known = new WeakMap<Pick<Runtime, 'channel'>, Channels>();

export function channelsOf(runtime: Pick<Runtime, 'channel'>): Channels {
	let channels = known.get(runtime);
	if (channels === undefined) {
		const entries = NAMES.map((name) => [name, runtime.channel(`hyper-wasm:${name}`)]);
		channels = Object.fromEntries(entries) as Channels;
		known.set(runtime, channels);
	}
	return channels;
}

export function pseudoField({ fields }: FlatSection, name: string): string {
	for (let i = 0; i < fields.length && (fields[i] as string).startsWith(':'); i += 2) {
		if (fields[i] === name) return fields[i + 1] as string;
	}
	return '';
}

function toMap({ fields, neverIndexed }: FlatSection): HTTPHeaderMap {
	let start = 0;
	while (start < fields.length && (fields[start] as string).startsWith(':')) start += 2;
	return HTTPHeaderMap.fromFlat(fields, neverIndexed, start);
}
