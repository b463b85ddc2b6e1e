// The writing half of a wire: writes the output of one turn to the transport in one call, and waits while the
// transport is full. Also keeps the process running while requests are open, and ends the transport.

import { brokenBy } from '../base/failures.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { Session } from '../session/session.ts';
import type { HTTP20Wire } from './wire.ts';

/** Milliseconds that the transport stays open after our GOAWAY, so that the peer can read it. */
const LINGER = 1000;

/**
 * writable ── a write fills the transport ──> full ── onDrain ──> writable
 *     └───────── the transport is closed ───────┴──> closed
 */
type WriterState = 'writable' | 'full' | 'closed';

export class Writer {
	readonly #transport: Transport;
	readonly #session: Session;
	readonly #runtime: Runtime;
	readonly #wire: HTTP20Wire;
	#state: WriterState = 'writable';
	/** Whether a flush is due at the end of the turn. */
	#isScheduled = false;
	/** Whether the transport keeps the process running. */
	isHeld = true;
	/** The first stream whose HEADERS has not been written to the transport. */
	#firstUnwritten: number;
	#lingerTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(wire: HTTP20Wire, transport: Transport, session: Session, runtime: Runtime) {
		this.#wire = wire;
		this.#transport = transport;
		this.#session = session;
		this.#runtime = runtime;
		this.#firstUnwritten = session.nextStreamId;
	}

	/** Whether the HEADERS of the stream has been written to the transport. */
	hasWritten(streamId: number): boolean {
		return streamId < this.#firstUnwritten;
	}

	/** Flushes once at the end of the turn. */
	schedule(): void {
		if (this.#isScheduled || this.#state === 'closed') return;
		this.#isScheduled = true;
		this.#runtime.afterTurn(this.flush);
	}

	readonly flush = (): void => {
		this.#isScheduled = false;
		if (this.#state === 'closed') return;
		const now = this.#runtime.now();
		try {
			while (this.#state === 'writable') {
				const chunks = this.#session.takeOutput(now);
				if (chunks.length === 0) break;
				if (!this.#transport.write(chunks)) this.#state = 'full';
				if (this.#transport.hasFailed !== true) this.#firstUnwritten = this.#wire.streams.nextStreamId;
			}
		} catch (cause) {
			// Some of it may have been sent, and nothing may follow bytes that are missing.
			this.#firstUnwritten = this.#wire.streams.nextStreamId;
			this.#wire.giveUp(brokenBy(cause));
		}
		this.#wire.onFlushed();
	};

	/** The transport accepts bytes again. */
	onDrain(): void {
		if (this.#state === 'full') this.#state = 'writable';
		this.flush();
	}

	/** Keeps the process running, or lets it exit. */
	hold(on: boolean): void {
		if (on === this.isHeld) return;
		this.isHeld = on;
		if (on) this.#transport.ref();
		else this.#transport.unref();
	}

	/**
	 * Writes the last output and ends our direction. Destroys the transport after LINGER if the peer does not close it.
	 * `isLost`: requests that were not written have been sent elsewhere, so output with their HEADERS is discarded.
	 */
	end(isLost: boolean): void {
		try {
			const chunks = this.#session.takeOutput();
			const isElsewhere = isLost && !this.hasWritten(this.#wire.streams.nextStreamId - 2);
			if (chunks.length > 0 && !isElsewhere) this.#transport.write(chunks);
			this.#transport.end();
		} catch {
			// The last frames only tell the server why.
			this.#transport.destroy();
		}
		this.hold(true);
		this.#lingerTimer = setTimeout(() => this.#transport.destroy(), LINGER);
	}

	/** The transport is closed. */
	close(): void {
		this.#state = 'closed';
		clearTimeout(this.#lingerTimer);
	}
}
