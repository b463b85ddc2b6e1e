// The receiving half of every transport: passes bytes, end and close to the receiver in their order, and keeps what
// comes before `start` and during a pause. Transports feed it; it never calls them back but for `wanted`.

import type { TransportReceiver } from './transport.ts';

/** What waits for the receiver, in the order of arrival. */
type Held = Uint8Array | 'drain' | 'end' | Close;

type Close = { error: Error | null };

/** `idle` before `start`, `dropped` after `drop` until the close is told. */
type State = 'idle' | 'flowing' | 'paused' | 'dropped' | 'closed';

export class Delivery {
	#state: State = 'idle';
	#receiver: TransportReceiver | null = null;
	#held: Held[] = [];
	#dropReason: Error | null = null;
	#flushing = false;
	readonly #wanted: () => void;

	/** @param wanted called in a turn of its own whenever the receiver takes bytes again: read on. */
	constructor(wanted: () => void) {
		this.#wanted = wanted;
	}

	/** Bytes given now go straight to the receiver. */
	get flowing(): boolean {
		return this.#state === 'flowing' && this.#held.length === 0;
	}

	start(receiver: TransportReceiver): void {
		if (this.#receiver !== null) throw new TypeError('Cannot start the transport: it has a receiver already');
		this.#receiver = receiver;
		if (this.#state === 'idle') this.#state = 'flowing';
		this.#flushSoon();
	}

	pause(): void {
		if (this.#state === 'flowing') this.#state = 'paused';
	}

	resume(): void {
		if (this.#state !== 'paused') return;
		this.#state = 'flowing';
		this.#flushSoon();
	}

	/** Takes lent bytes, copying only what must wait. False: stop reading until `wanted`. */
	bytes(lent: Uint8Array): boolean {
		if (this.flowing) (this.#receiver as TransportReceiver).onBytes(lent);
		else if (this.#state !== 'dropped' && this.#state !== 'closed') this.#held.push(new Uint8Array(lent));
		return this.flowing;
	}

	end(): void {
		if (this.flowing) (this.#receiver as TransportReceiver).onEnd();
		else if (this.#state !== 'dropped' && this.#state !== 'closed') this.#held.push('end');
	}

	/** Not held back by a pause, which concerns the other direction. */
	drain(): void {
		if (this.#state === 'dropped' || this.#state === 'closed') return;
		if (this.#receiver === null) this.#held.push('drain');
		else this.#receiver.onDrain();
	}

	/** From now on only the close is told, with this reason and no other. What was held is forgotten. */
	drop(reason: Error | null): void {
		if (this.#state === 'dropped' || this.#state === 'closed') return;
		const closed = this.#held.some(isClose);
		this.#state = 'dropped';
		this.#dropReason = reason;
		this.#held = closed ? [{ error: reason }] : [];
		if (closed) this.#flushSoon();
	}

	/** An orderly close waits for what is held; an error does not wait for a paused receiver. */
	close(error: Error | null): void {
		if (this.#state === 'closed') return;
		const told = this.#state === 'dropped' ? this.#dropReason : error;
		const overtakes = this.#held.length === 0 || (told !== null && this.#state === 'paused');
		if (this.#receiver !== null && overtakes) this.#tellClose(told);
		else this.#held.push({ error: told });
	}

	#flushSoon(): void {
		if (this.#flushing) return;
		this.#flushing = true;
		queueMicrotask(() => {
			this.#flushing = false;
			this.#flush();
		});
	}

	#flush(): void {
		const receiver = this.#receiver;
		if (receiver === null) return;
		while (this.#state === 'flowing' || this.#state === 'dropped') {
			const held = this.#held.shift();
			if (held === undefined) break;
			if (held === 'end') receiver.onEnd();
			else if (held === 'drain') receiver.onDrain();
			else if (isClose(held)) this.#tellClose(held.error);
			else receiver.onBytes(held);
		}
		if (this.flowing) this.#wanted();
	}

	#tellClose(error: Error | null): void {
		this.#state = 'closed';
		this.#held = [];
		(this.#receiver as TransportReceiver).onClose(error);
	}
}

function isClose(held: Held): held is Close {
	return typeof held === 'object' && 'error' in held;
}
