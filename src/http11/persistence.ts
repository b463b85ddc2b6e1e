// Whether an HTTP/1.1 connection that has carried a request may carry another one: servers close idle connections when they
// like (RFC 9112 §9.3, §9.5). Called by wire.ts.

import type { PendingRequest } from '../connection/pending-request.ts';
import type { Fate } from '../connection/replay.ts';
import type { ResponseHead } from '../message/response.ts';
import type { Call } from './call.ts';

/** How long before the server's own timeout we stop using a connection: Node's agent and undici use the same. */
const MARGIN = 1000;
/**
 * If bytes arrived within this many milliseconds, the event loop has just looked at the socket. A process that was busy for
 * longer may have missed a close.
 */
const FRESH = 1;
/**
 * How long an unsafe request waits behind the first response of a connection, because a server may close behind every response
 * without saying so; the second number applies once it has done so. A turn alone lost 1 of 200 POST requests.
 */
const FIRST_PAUSE = 2;
const SUSPICIOUS_PAUSE = 25;

/** What all connections to one server have shown. */
export interface Habits {
	/** Whether it closed the last one behind its first response. */
	closesBehindResponse: boolean;
}

export class Persistence {
	/** Whether it has been free before, so that the server may have closed it meanwhile. */
	isReused = false;
	/** Whether the last response had a length beside chunks: the platform accepts that with `--insecure-http-parser`. */
	isDoubtful = false;
	#responses = 0;
	idleSince: number;
	/** For how long the server keeps it open while it is idle. */
	#life = Number.POSITIVE_INFINITY;

	readonly #habits: Habits;

	constructor(now: number, habits: Habits) {
		this.idleSince = now;
		this.#habits = habits;
	}

	/** The head of a response has arrived. `Keep-Alive: timeout=5` says for how many seconds the server waits for more. */
	onHead(head: ResponseHead): void {
		if (++this.#responses === 2) this.#habits.closesBehindResponse = false;
		// RFC 9112 §6.3: "Such a message might indicate an attempt to perform request smuggling ... or response splitting".
		this.isDoubtful = head.valuesOf('transfer-encoding').length > 0 && head.valuesOf('content-length').length > 0;
		const values = head.valuesOf('keep-alive');
		const hint = values.length === 0 ? null : TIMEOUT.exec(values.join());
		if (hint === null) return;
		const milliseconds = Number(hint[1]) * 1000;
		this.#life = milliseconds - Math.min(MARGIN, milliseconds / 2);
	}

	onIdle(now: number): void {
		this.isReused = true;
		this.idleSince = now;
	}

	/**
	 * For how many milliseconds, and a turn of the event loop, to wait before the request is written: a close, or bytes that
	 * nothing asked for, are noticed meanwhile. Null: not at all, because bytes have just arrived and the request can be sent
	 * again. Infinity: the server may be closing the connection at this moment.
	 */
	pauseBefore({ request }: PendingRequest, receivedAt: number, now: number): number | null {
		if (!this.isReused) return null;
		if (now - this.idleSince >= this.#life) return Number.POSITIVE_INFINITY;
		const age = now - receivedAt;
		if (age >= SUSPICIOUS_PAUSE) return 0;
		if (request.repeatable) return age < FRESH ? null : 0;
		const pause = this.#habits.closesBehindResponse ? SUSPICIOUS_PAUSE : FIRST_PAUSE;
		return this.#responses === 1 && age < pause ? pause : 0;
	}

	/** The server has closed the connection while no request was sent. */
	onUnused(): void {
		if (this.#responses === 1) this.#habits.closesBehindResponse = true;
	}

	/**
	 * What happened to a request whose connection broke after `received` bytes of the response. `hasSent`: bytes of the request
	 * may have been sent; not if the first write failed at once, because the server had reset the connection.
	 */
	fateOf({ pending, isWritten, offersUpgrade }: Call, hasSent: boolean, received: number): Fate {
		if (!isWritten || !hasSent) return 'refused';
		if (pending.state !== 'sent') return 'processed';
		// What the server has sent instead of a response, such as a 101 to another protocol, is about the offer.
		if (offersUpgrade) return 'declined';
		if (received > 0) return 'processed';
		return this.isReused ? 'unanswered' : 'processed';
	}
}

const TIMEOUT = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i;
