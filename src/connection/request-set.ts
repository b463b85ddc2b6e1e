// The requests of a connection that its caller is expected to name again: to take their responses, or to send content.
// Bounded, because callers may never do so.

import type { PendingRequest } from './pending-request.ts';

export class RequestSet {
	readonly #requests = new Set<PendingRequest>();
	/** How many requests to keep once they have ended. */
	readonly #mostEnded: number;
	/** The size at which the next search for ended requests is due. */
	#searchAt: number;

	constructor(mostEnded: number) {
		this.#mostEnded = mostEnded;
		this.#searchAt = mostEnded;
	}

	/** Adds a request. Returns false if older ones were forgotten, because too many have ended. */
	add(pending: PendingRequest): boolean {
		this.#requests.add(pending);
		return this.#requests.size <= this.#searchAt || !this.#forgetEnded();
	}

	delete(pending: PendingRequest): void {
		this.#requests.delete(pending);
	}

	has(pending: PendingRequest): boolean {
		return this.#requests.has(pending);
	}

	clear(): void {
		this.#requests.clear();
	}

	/** The request with this stream id, or that had it before it was sent again; without an id, the oldest. */
	find(streamId?: number | null): PendingRequest | null {
		for (const pending of this.#requests) {
			if ((streamId ?? null) === null || pending.id === streamId || pending.firstId === streamId) return pending;
		}
		return null;
	}

	/** Forgets the oldest ended requests and their unread content. */
	#forgetEnded(): boolean {
		let excess = this.#requests.size - this.#mostEnded;
		const before = this.#requests.size;
		for (const pending of this.#requests) {
			if (excess === 0) break;
			if (!pending.isClosed) continue;
			this.#requests.delete(pending);
			pending.reader?.discard();
			excess--;
		}
		// Requests that are open are searched again only after many more, so that each addition costs constant time.
		const { size } = this.#requests;
		this.#searchAt = Math.max(this.#mostEnded, size + Math.ceil(size / 8));
		return size < before;
	}
}
