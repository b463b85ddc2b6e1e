// HTTP20Push: a request that the server has promised to answer without being asked. RFC 9113 §8.4.

import { LocalProtocolError } from '../base/errors.ts';
import { pseudoEnd } from '../fields/flat-fields.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { BufferedResponse } from '../message/buffered-response.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { HTTP20Response } from '../message/response.ts';
import { parseHost } from '../net/origin.ts';
import type { PushEvent } from '../session/events.ts';

export interface PushOptions {
	/** Whether to wait for further promises until the response of the request has ended. */
	captureAll?: boolean;
}

/** Keeps a push alive as long as its response, so that garbage collection of the push does not reset the stream. */
const pushes = new WeakMap<HTTP20Response, HTTP20Push>();

/**
 * A promised request. Take its response or `cancel` it; otherwise it is reset when it is garbage-collected.
 *
 * @example
 * for await (const push of conn.getPushes(id, { captureAll: true })) {
 *   console.log(push.path, await (await push.getResponse()).text());
 * }
 */
export class HTTP20Push {
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	readonly path: string;
	readonly #event: PushEvent;
	readonly #source: BufferedResponse;
	#headers: HTTPHeaderMap | null = null;
	#response: Promise<HTTP20Response> | null = null;
	#cancelled = false;

	/** @internal */
	constructor(event: PushEvent, source: BufferedResponse) {
		this.method = event.method;
		this.scheme = event.scheme;
		this.authority = event.authority;
		this.path = event.path;
		this.#event = event;
		this.#source = source;
	}

	/** The id of the promised stream. */
	get streamId(): number {
		return this.#event.promisedStreamId;
	}

	/** The promised request's header section, without pseudo-header fields. */
	get requestHeaders(): HTTPHeaderMap {
		this.#headers ??= HTTPHeaderMap.fromFlat(
			this.#event.fields,
			this.#event.neverIndexed,
			pseudoEnd(this.#event.fields),
		);
		return this.#headers;
	}

	/** Resolves with the response once its head has arrived, always the same one. LocalProtocolError after `cancel`. */
	getResponse(): Promise<HTTP20Response> {
		if (this.#cancelled && this.#response === null) {
			return Promise.reject(new LocalProtocolError(`Cannot get the response to ${this.path}: the push was cancelled`));
		}
		this.#response ??= this.#takeResponse();
		return this.#response;
	}

	/** Resets the stream with CANCEL, and discards what has arrived of the response. */
	async cancel(): Promise<void> {
		this.#source.checkOwner?.();
		this.#cancelled = true;
		this.#source.abandon();
	}

	async #takeResponse(): Promise<HTTP20Response> {
		this.#source.checkOwner?.();
		const response = (await this.#source.response()) as HTTP20Response;
		pushes.set(response, this);
		return response;
	}
}

/**
 * "The server MUST include a value in the :authority pseudo-header field for which the server is authoritative": accepts
 * only the authority of the request that the promise belongs to.
 */
export function isAuthoritative({ scheme, authority }: PushEvent, request: OutgoingRequest): boolean {
	// A tunnel has no origin that the server could be authoritative for.
	if (request.method === 'CONNECT' && request.protocol === null) return false;
	if (scheme.toLowerCase() !== request.scheme) return false;
	return authority === request.authority || isSameAuthority(request.scheme, authority, request.authority);
}

/** The last origin that was asked, parsed once, because a server may promise as much as it can send. */
let lastAsked = { url: '', authority: '' };

/** Ignores case, and whether the default port of the scheme is written. */
function isSameAuthority(scheme: string, promised: string, asked: string): boolean {
	try {
		const url = `${scheme}://${asked}`;
		if (lastAsked.url !== url) lastAsked = { url, authority: parseHost(url).authority };
		return parseHost(`${scheme}://${promised}`).authority === lastAsked.authority;
	} catch {
		// Not a valid authority, so not ours.
		return false;
	}
}
