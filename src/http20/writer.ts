// The writing end of a link: what one turn wants to send goes to the transport in one write, and waits while the
// transport is full. Also keeps the process running while it has to, and brings the transport to its end.

import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { Session } from '../session/session.ts';

/** How long input is discarded after a GOAWAY of ours, so that the peer gets to read it. */
const LINGER = 1000;

export class Outlet {
	readonly #transport: Transport;
	readonly #session: Session;
	readonly #runtime: Runtime;
	/** Called after each flush: the turn is over. */
	readonly #onFlushed: () => void;
	#scheduled = false;
	#writable = true;
	/** The transport keeps the process running. */
	#held = true;
	#closed = false;
	/** The first stream whose HEADERS was not given to the transport yet. */
	#firstUnwritten: number;
	#lingerTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(transport: Transport, session: Session, runtime: Runtime, onFlushed: () => void) {
		this.#transport = transport;
		this.#session = session;
		this.#runtime = runtime;
		this.#onFlushed = onFlushed;
		this.#firstUnwritten = session.nextStreamId;
	}

	/** Whether HEADERS of the stream was given to the transport. */
	hasWritten(streamId: number): boolean {
		return streamId < this.#firstUnwritten;
	}

	/** Flushes at the end of the turn, once. */
	schedule(): void {
		if (this.#scheduled || this.#closed) return;
		this.#scheduled = true;
		this.#runtime.afterTurn(() => this.flush());
	}

	flush(): void {
		this.#scheduled = false;
		if (this.#closed) return;
		const now = this.#runtime.now();
		while (this.#writable) {
			const chunks = this.#session.takeOutput(now);
			if (chunks.length === 0) break;
			this.#writable = this.#transport.write(chunks);
			this.#firstUnwritten = this.#session.nextStreamId;
		}
		this.#onFlushed();
	}

	/** The transport takes bytes again. */
	onDrain(): void {
		this.#writable = true;
		this.flush();
	}

	/** Keeps the process running, or lets it exit. */
	hold(on: boolean): void {
		if (on === this.#held) return;
		this.#held = on;
		if (on) this.#transport.ref();
		else this.#transport.unref();
	}

	/** Sends the last output and our end; the peer has a moment to read it before the transport is dropped. */
	end(): void {
		const chunks = this.#session.takeOutput();
		if (chunks.length > 0) this.#transport.write(chunks);
		this.#transport.end();
		this.hold(true);
		this.#lingerTimer = setTimeout(() => this.#transport.destroy(), LINGER);
	}

	/** The transport is closed. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#lingerTimer);
	}
}
