// Pushes that the server has promised and the caller has not taken, by the request they came with. They are bounded in
// number and in bytes; those of requests that have ended give way to newer ones. RFC 9113 §8.4.

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
	/** Wake those that wait for more, or for the end. */
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

	/** No promise comes any more. */
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
	 * Resolves when there may be more, or the end. The content that comes meanwhile is kept for a later reader, since without
	 * window there would be no end; LocalProtocolError when that is too much.
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
	/** All that the caller has not taken. */
	readonly #untaken = new Set<PendingRequest>();

	constructor({ limits, decodeContent }: Pick<ResolvedOptions, 'limits' | 'decodeContent'>) {
		this.#limits = limits;
		this.#decodeContent = decodeContent;
	}

	/** The code to refuse a promise with; null for one that is taken in. */
	refusalOf(event: PushEvent, parent: PendingRequest): number | null {
		if (!isAuthoritative(event, parent.request)) return PROTOCOL_ERROR;
		if (this.#untaken.size >= this.#limits.promisedStreams) this.#dropOldest(parent);
		return this.#untaken.size >= this.#limits.promisedStreams ? REFUSED_STREAM : null;
	}

	/** Takes a promise in; its response will come to what this gives. */
	add(event: PushEvent, parent: PendingRequest, carrier: Carrier, now: number): PendingRequest {
		const { method, scheme, authority, path } = event;
		const nothing = { body: null, trailers: undefined, onInformational: undefined, expectsContinue: false };
		const request = { ...parent.request, method, scheme, authority, path, ...nothing };
		const response = new BufferedResponse(this.#decodeContent, this.#limits);
		const pending = new PendingRequest(request, now, response, response);
		pending.onPromised(carrier, event.promisedStreamId);
		this.#untaken.add(pending);
		this.#queueOf(parent).add({ push: new HTTP20Push(event, response), response, pending });
		return pending;
	}

	/** How many streams of a connection are promises that were not taken. */
	countOn(carrier: Carrier): number {
		let count = 0;
		for (const pending of this.#untaken) if (pending.carrier === carrier && pending.state !== 'closed') count++;
		return count;
	}

	/** Content has come: cancels a push that was not taken when all of them hold more than half of what may lie unread. */
	onData(pending: PendingRequest): void {
		if (!this.#untaken.has(pending)) return;
		let unread = 0;
		for (const each of this.#untaken) unread += each.reader?.unread ?? 0;
		if (unread > this.#limits.connectionBuffer / 2) pending.reader?.abandon();
	}

	/**
	 * Pushes of a request, each once; none of one that is forgotten, null. Without `captureAll`, what has come; else until
	 * the response has ended.
	 */
	iterate(parent: PendingRequest | null, captureAll: boolean): AsyncIterableIterator<HTTP20Push> {
		return this.#take(parent === null ? null : this.#queueOf(parent), captureAll);
	}

	/** The request that had this id, as far as there are pushes of it. */
	parentOf(streamId: number): PendingRequest | null {
		for (const { parent } of this.#queues) if (parent.id === streamId) return parent;
		return null;
	}

	/** No caller asks for them any more. */
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
			// Its pushes were never asked for to the end.
			if (queue.hasEnded && queue.size === 0) this.#queues.delete(queue);
		}
		const queue = new PushQueue(parent);
		this.#queues.add(queue);
		return queue;
	}

	/** Cancels what the oldest of the other requests that have ended was promised. */
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
