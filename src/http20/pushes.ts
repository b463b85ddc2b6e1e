// Pushes that the server has promised and the caller has not taken, by request. They are bounded in
// number and in bytes; pushes of ended requests are dropped in favour of newer ones. RFC 9113 §8.4.

import { PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import type { Limits } from '../base/limits.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import { type Carrier, PendingRequest } from '../connection/pending-request.ts';
import { BufferedResponse } from '../message/buffered-response.ts';
import type { PushEvent } from '../session/events.ts';
import { HTTP20Push, isAuthoritative } from './push.ts';

interface Promised {
	push: HTTP20Push;
	response: BufferedResponse;
	pending: PendingRequest;
}

/** Pushes of one request. */
class PushQueue {
	readonly parent: PendingRequest;
	readonly #promised: Promised[] = [];
	/** Callbacks that wait for another push, or for the end. */
	#waiters: (() => void)[] = [];
	#hasEnded: boolean;

	constructor(parent: PendingRequest) {
		this.parent = parent;
		this.#hasEnded = parent.state === 'closed' || parent.state === 'complete';
		parent.onEnded = () => this.#end();
	}

	get size(): number {
		return this.#promised.length;
	}

	/** No more promises can arrive. */
	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	add(promised: Promised): void {
		this.#promised.push(promised);
		this.#wake();
	}

	shift(): Promised | undefined {
		return this.#promised.shift();
	}

	/**
	 * Resolves when another push has arrived or the response has ended. Keeps the response's content meanwhile, because it
	 * could not end without window; rejects with LocalProtocolError when that is too much.
	 */
	changed(): Promise<void> {
		const { parent } = this;
		return new Promise((resolve, reject) => {
			this.#waiters.push(resolve);
			parent.reader?.waitForEnd(parent).catch((error: unknown) => {
				if (parent.failure === null) reject(error);
			});
		});
	}

	#end(): void {
		this.#hasEnded = true;
		this.#wake();
	}

	#wake(): void {
		for (const wake of this.#waiters.splice(0)) wake();
	}
}

export class Pushes {
	readonly #limits: Limits;
	readonly #decodeContent: boolean;
	readonly #queues = new Set<PushQueue>();
	/** All pushes that the caller has not taken. */
	readonly #untaken = new Set<PendingRequest>();

	constructor({ limits, decodeContent }: Pick<ResolvedOptions, 'limits' | 'decodeContent'>) {
		this.#limits = limits;
		this.#decodeContent = decodeContent;
	}

	/** The error code with which to refuse a promise; null if it is acceptable. */
	refusalOf(event: PushEvent, parent: PendingRequest): number | null {
		if (!isAuthoritative(event, parent.request)) return PROTOCOL_ERROR;
		if (this.#untaken.size >= this.#limits.promisedStreams) this.#dropOldest(parent);
		return this.#untaken.size >= this.#limits.promisedStreams ? REFUSED_STREAM : null;
	}

	/** Accepts a promise, and returns the request that will receive its response. */
	add(event: PushEvent, parent: PendingRequest, carrier: Carrier, now: number): PendingRequest {
		const { method, scheme, authority, path } = event;
		const nothing = { body: null, trailers: undefined, onInformational: undefined, expectsContinue: false };
		const request = { ...parent.request, method, scheme, authority, path, ...nothing };
		const response = new BufferedResponse(this.#decodeContent, this.#limits);
		response.checkOwner = parent.reader?.checkOwner ?? null;
		const pending = new PendingRequest(request, now, response, response);
		pending.onPromised(carrier, event.promisedStreamId);
		this.#untaken.add(pending);
		this.#queueOf(parent).add({ push: new HTTP20Push(event, response), response, pending });
		return pending;
	}

	/** How many open streams of a connection are untaken pushes. */
	countOn(carrier: Carrier): number {
		let count = 0;
		for (const pending of this.#untaken) if (pending.carrier === carrier && pending.state !== 'closed') count++;
		return count;
	}

	/** Cancels an untaken push that received content if all untaken pushes exceed half of `limits.connectionBuffer`. */
	onData(pending: PendingRequest): void {
		if (!this.#untaken.has(pending)) return;
		let unread = 0;
		for (const each of this.#untaken) unread += each.reader?.unread ?? 0;
		if (unread > this.#limits.connectionBuffer / 2) pending.reader?.abandon();
	}

	/**
	 * Yields each push of a request once; nothing if `parent` is null, a request that is no longer known. With `captureAll`,
	 * waits for further pushes until the response has ended.
	 */
	iterate(parent: PendingRequest | null, captureAll: boolean): AsyncIterableIterator<HTTP20Push> {
		return this.#take(parent === null ? null : this.#queueOf(parent), captureAll);
	}

	/** The request with this id if it has untaken pushes; null otherwise. */
	parentOf(streamId: number): PendingRequest | null {
		for (const { parent } of this.#queues) if (parent.id === streamId) return parent;
		return null;
	}

	/** Cancels all untaken pushes. */
	clear(): void {
		for (const queue of this.#queues) this.#drop(queue);
	}

	async *#take(queue: PushQueue | null, captureAll: boolean): AsyncGenerator<HTTP20Push, void, undefined> {
		while (queue !== null) {
			const promised = queue.shift();
			if (promised !== undefined) {
				const { push, response, pending } = promised;
				this.#untaken.delete(pending);
				if (!pending.isClosed) pending.carrier?.handOut(push, response);
				yield push;
			} else if (captureAll && !queue.hasEnded) {
				await queue.changed();
			} else {
				return;
			}
		}
	}

	#queueOf(parent: PendingRequest): PushQueue {
		for (const queue of this.#queues) {
			if (queue.parent === parent) return queue;
			// A queue that is empty and cannot get more pushes.
			if (queue.hasEnded && queue.size === 0) this.#queues.delete(queue);
		}
		const queue = new PushQueue(parent);
		this.#queues.add(queue);
		return queue;
	}

	/** Cancels the pushes of the oldest ended request other than `parent`. */
	#dropOldest(parent: PendingRequest): void {
		for (const queue of this.#queues) {
			if (queue.parent === parent || !queue.hasEnded || queue.size === 0) continue;
			return this.#drop(queue);
		}
	}

	#drop(queue: PushQueue): void {
		this.#queues.delete(queue);
		for (let promised = queue.shift(); promised !== undefined; promised = queue.shift()) {
			this.#untaken.delete(promised.pending);
			promised.response.abandon();
		}
	}
}
