// Whether a request may be written to a wire that was idle: the server may have closed it meanwhile, and a process that was
// busy has not read that yet. RFC 9113 §9.1. Called by wire.ts; connection/replay.ts decides on requests that are lost.

import type { Runtime } from '../runtime/runtime.ts';

/** A server that sent something within this many milliseconds, and is answering requests, has not closed the connection. */
const FRESH = 1;

/** unread ── mayWrite ──> reading ── a turn of the event loop ──> read, while waiting requests are taken ──> unread */
type ReuseState = 'unread' | 'reading' | 'read';

export class Reuse {
	/** Whether the wire was idle before. */
	wasIdle = false;
	/** Whether the peer ended the transport without an error in a GOAWAY. */
	isBroken = false;
	#state: ReuseState = 'unread';
	readonly #runtime: Pick<Runtime, 'afterPoll'>;
	/** Takes the waiting requests. */
	readonly #onRead: () => void;

	constructor(runtime: Pick<Runtime, 'afterPoll'>, onRead: () => void) {
		this.#runtime = runtime;
		this.#onRead = onRead;
	}

	/**
	 * Whether a reused wire may take a request that would not be sent again if it were lost. If not, calls `onRead` once
	 * everything that has arrived is read. `silence`: milliseconds since bytes last arrived.
	 */
	mayWrite(isAnswering: boolean, silence: number): boolean {
		if (this.#state === 'read' || (isAnswering && silence < FRESH)) return true;
		if (this.#state === 'reading') return false;
		this.#state = 'reading';
		this.#runtime.afterPoll(() => {
			this.#state = 'read';
			this.#onRead();
			this.#state = 'unread';
		});
		return false;
	}
}
