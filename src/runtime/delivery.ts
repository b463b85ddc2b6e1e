// The receiving half of every transport: delivers bytes, end and close to the receiver in order, and holds back everything
// that arrives before `start` or during a pause. Each transport has one.

import type { TransportReceiver } from './transport.ts';

/** What the receiver has not got yet, in order of arrival. */
type Held = Uint8Array | 'drain' | 'end' | Close;

type Close = { error: Error | null };

/**
 *            start            pause, resume
 *     idle --------> flowing <-------------> paused
 *       |               |                      |
 *       +---------------+----------------------+
 *             | drop                     | close
 *             v                          v
 *          dropped ------ close ----> closed
 *
 * `dropped`: only the close is still delivered. `closed`: it has been delivered.
 */
type State = 'idle' | 'flowing' | 'paused' | 'dropped' | 'closed';

export class Delivery {
	#state: State = 'idle';
	/** Null until `start`. */
	#receiver: TransportReceiver | null = null;
	#held: Held[] = [];
	/** The error of the close in the state `dropped`. */
	#dropReason: Error | null = null;
	#isFlushScheduled = false;
	readonly #resumeReading: () => void;

	/** @param resumeReading called from a microtask whenever the receiver accepts bytes again. */
	constructor(resumeReading: () => void) {
		this.#resumeReading = resumeReading;
	}

	/** Whether bytes are passed straight to the receiver. */
	get flowing(): boolean {
		return this.#state === 'flowing' && this.#held.length === 0;
	}

	start(receiver: TransportReceiver): void {
		if (this.#receiver !== null) throw new TypeError('Cannot start the transport: it already has a receiver');
		this.#receiver = receiver;
		if (this.#state === 'idle') this.#state = 'flowing';
		this.#scheduleFlush();
	}

	pause(): void {
		if (this.#state === 'flowing') this.#state = 'paused';
	}

	resume(): void {
		if (this.#state !== 'paused') return;
		this.#state = 'flowing';
		this.#scheduleFlush();
	}

	/** Delivers lent bytes, or holds a copy of them. Returns false if the transport should stop reading until called back. */
	bytes(lent: Uint8Array): boolean {
		if (this.#state === 'flowing' && this.#held.length === 0) (this.#receiver as TransportReceiver).onBytes(lent);
		else if (!this.#isOver) this.#held.push(new Uint8Array(lent));
		return this.flowing;
	}

	end(): void {
		if (this.flowing) (this.#receiver as TransportReceiver).onEnd();
		else if (!this.#isOver) this.#held.push('end');
	}

	/** Ignores a pause, which concerns the other direction. */
	drain(): void {
		if (this.#isOver) return;
		if (this.#receiver === null) this.#held.push('drain');
		else this.#receiver.onDrain();
	}

	/** Ignores a pause, and a renegotiation before `start`. */
	renegotiated(): void {
		if (!this.#isOver) this.#receiver?.onRenegotiated?.();
	}

	/** Discards what is held; from now on only the close is delivered, with `reason` as its error. */
	drop(reason: Error | null): void {
		if (this.#isOver) return;
		const hasClosed = this.#held.some(isClose);
		this.#state = 'dropped';
		this.#dropReason = reason;
		this.#held = hasClosed ? [{ error: reason }] : [];
		if (hasClosed) this.#scheduleFlush();
	}

	/** An orderly close is delivered after what is held; an error goes first if the receiver is paused. */
	close(error: Error | null): void {
		if (this.#state === 'closed') return;
		const reason = this.#state === 'dropped' ? this.#dropReason : error;
		const goesFirst = this.#held.length === 0 || (reason !== null && this.#state === 'paused');
		if (this.#receiver !== null && goesFirst) this.#deliverClose(reason);
		else this.#held.push({ error: reason });
	}

	get #isOver(): boolean {
		return this.#state === 'dropped' || this.#state === 'closed';
	}

	#scheduleFlush(): void {
		if (this.#isFlushScheduled) return;
		this.#isFlushScheduled = true;
		queueMicrotask(() => {
			this.#isFlushScheduled = false;
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
			else if (isClose(held)) this.#deliverClose(held.error);
			else receiver.onBytes(held);
		}
		if (this.flowing) this.#resumeReading();
	}

	#deliverClose(error: Error | null): void {
		this.#state = 'closed';
		this.#held = [];
		(this.#receiver as TransportReceiver).onClose(error);
	}
}

function isClose(held: Held): held is Close {
	return typeof held === 'object' && 'error' in held;
}
