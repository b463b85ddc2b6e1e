// Pushes that the server has promised and nobody has taken, by the request they came with. They are bounded in number and
// in octets; those of requests that have ended give way to newer ones. RFC 9113 §8.4.

import { PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import type { Limits } from '../base/limits.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { PushEvent } from '../session/events.ts';
import { HTTP20Push, isAuthoritative } from './push.ts';
import { type Carrier, Stream } from './stream.ts';

interface Promised {
	push: HTTP20Push;
	stream: Stream;
}

/** Pushes of one request. */
class PushQueue {
	readonly parent: Stream;
	readonly #promised: Promised[] = [];
	/** Who waits for more, or for the end. */
	#waiters: (() => void)[] = [];
	#ended: boolean;

	constructor(parent: Stream) {
		this.parent = parent;
		this.#ended = parent.closed || parent.body.ended;
		parent.onEnded = () => this.#end();
	}

	get size(): number {
		return this.#promised.length;
	}

	/** No promise comes any more. */
	get ended(): boolean {
		return this.#ended;
	}

	add(promised: Promised): void {
		this.#promised.push(promised);
		this.#wake();
	}

	shift(): Promised | undefined {
		return this.#promised.shift();
	}

	/**
	 * Resolves when there may be more, or the end. Until then the content is kept for who reads it later, as there would be
	 * no end without window for it; LocalProtocolError when that is too much.
	 */
	changed(): Promise<void> {
		const { parent } = this;
		return new Promise((resolve, reject) => {
			this.#waiters.push(resolve);
			parent.body.waitForEnd(parent).catch((error: unknown) => {
				if (parent.failure === null) reject(error);
			});
		});
	}

	#end(): void {
		this.#ended = true;
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
	/** The streams of all that nobody has taken. */
	readonly #untaken = new Set<Stream>();

	constructor(limits: Limits, decodeContent: boolean) {
		this.#limits = limits;
		this.#decodeContent = decodeContent;
	}

	/** The code to refuse a promise with; null for one that is taken in. */
	refusalOf(event: PushEvent, parent: Stream): number | null {
		if (!isAuthoritative(event, parent.request)) return PROTOCOL_ERROR;
		if (this.#untaken.size >= this.#limits.promisedStreams) this.#dropOldest(parent);
		return this.#untaken.size >= this.#limits.promisedStreams ? REFUSED_STREAM : null;
	}

	/** Takes a promise in; the stream that its response will come on. */
	add(event: PushEvent, parent: Stream, carrier: Carrier, now: number): Stream {
		const { method, scheme, authority, path } = event;
		const request: OutgoingRequest = {
			...{ method, scheme, authority, path, protocol: null, fields: [], neverIndexed: null },
			...{ body: null, contentLength: null, trailers: undefined, onInformational: undefined },
			...{ manual: false, expectsContinue: false },
		};
		const stream = new Stream(request, now, this.#decodeContent, this.#limits);
		stream.carrier = carrier;
		stream.id = event.promisedStreamId;
		this.#untaken.add(stream);
		this.#queueOf(parent).add({ push: new HTTP20Push(event, stream), stream });
		return stream;
	}

	/** How many streams of a connection are promises that nobody has taken. */
	countOn(carrier: Carrier): number {
		let count = 0;
		for (const stream of this.#untaken) if (stream.carrier === carrier && !stream.closed) count++;
		return count;
	}

	/** Content has come: a push that nobody has taken is given up when all of them hold more than half of what may lie unread. */
	onData(stream: Stream): void {
		if (!this.#untaken.has(stream)) return;
		let unread = 0;
		for (const each of this.#untaken) unread += each.body.unread;
		if (unread > this.#limits.connectionBuffer / 2) stream.abandon();
	}

	/**
	 * Pushes of a request, each once; none of one that is forgotten, null. Without `captureAll`, what has come; else until
	 * the response has ended.
	 */
	iterate(parent: Stream | null, captureAll: boolean): AsyncIterableIterator<HTTP20Push> {
		return this.#take(parent === null ? null : this.#queueOf(parent), captureAll);
	}

	/** The request that had this id, as far as there are pushes of it. */
	parentOf(streamId: number): Stream | undefined {
		for (const { parent } of this.#queues) if (parent.id === streamId) return parent;
		return undefined;
	}

	/** Nobody will ask any more. */
	clear(): void {
		for (const queue of this.#queues) this.#drop(queue);
	}

	async *#take(queue: PushQueue | null, captureAll: boolean): AsyncGenerator<HTTP20Push, void, undefined> {
		while (queue !== null) {
			const promised = queue.shift();
			if (promised !== undefined) {
				const { push, stream } = promised;
				this.#untaken.delete(stream);
				stream.carrier?.handOut(push, stream);
				yield push;
			} else if (captureAll && !queue.ended) {
				await queue.changed();
			} else {
				return;
			}
		}
	}

	#queueOf(parent: Stream): PushQueue {
		for (const queue of this.#queues) {
			if (queue.parent === parent) return queue;
			// Nobody has asked to the end.
			if (queue.ended && queue.size === 0) this.#queues.delete(queue);
		}
		const queue = new PushQueue(parent);
		this.#queues.add(queue);
		return queue;
	}

	/** Gives up what the oldest of the other requests that have ended was promised. */
	#dropOldest(parent: Stream): void {
		for (const queue of this.#queues) {
			if (queue.parent === parent || !queue.ended || queue.size === 0) continue;
			return this.#drop(queue);
		}
	}

	#drop(queue: PushQueue): void {
		this.#queues.delete(queue);
		for (let promised = queue.shift(); promised !== undefined; promised = queue.shift()) {
			this.#untaken.delete(promised.stream);
			promised.stream.abandon();
		}
	}
}
