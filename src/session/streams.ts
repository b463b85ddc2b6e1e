// The streams of one session: their records, ids, limits, and the memory of those that are closed. RFC 9113 §5.1.

import { MAX_STREAM_ID } from '../../assembly/shared/limit.ts';
import type { BaseFlowControlManager } from './flow-control.ts';
import type { Outbox } from './outbox.ts';
import { CLOSED, IDLE, RESERVED_REMOTE } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';
import type { Window } from './window.ts';

/** How far the response of a stream has come. */
export const AWAITING_HEAD = 0;
export const IN_CONTENT = 1;
export const COMPLETE = 2;

export class StreamRecord {
	readonly id: number;
	/** Of the request: HEAD and CONNECT change what the response may have. */
	readonly method: string;
	/** Of stream-state.ts. */
	state: number = IDLE;
	/** AWAITING_HEAD, IN_CONTENT or COMPLETE. */
	phase: number = AWAITING_HEAD;
	readonly sendWindow: Window;
	readonly receiveWindow: Window;
	/** Made when the first DATA comes that may need an update. */
	manager: BaseFlowControlManager | null = null;
	/** Body waiting to be sent; null when there is none. */
	outbox: Outbox | null = null;
	/** When content was last sent; 0 before that. */
	sentAt = 0;
	/** What content-length declares; -1 without one. */
	contentLength = -1;
	contentReceived = 0;
	informationalCount = 0;
	emptyDataInRow = 0;

	constructor(id: number, method: string, sendWindow: Window, receiveWindow: Window) {
		this.id = id;
		this.method = method;
		this.sendWindow = sendWindow;
		this.receiveWindow = receiveWindow;
	}
}

/** Why a stream that is gone was closed: it decides what a late frame means (RFC 9113 §5.1, "closed"). */
export const FORGOTTEN = 0;
export const ENDED = 1;
export const RESET_BY_PEER = 2;
export const RESET_BY_US = 3;
/** Added to a reason: a frame has come late for the stream. */
const EXCUSED = 4;

/** How many closed streams are remembered; a power of two. */
const REMEMBERED = 1024;

export class Streams {
	readonly #open = new StreamTable<StreamRecord>();
	readonly #closedIds = new Int32Array(REMEMBERED);
	readonly #closedReasons = new Uint8Array(REMEMBERED);
	#nextId: number;
	#lastPromisedId = 0;
	#localCount = 0;

	/** `firstId` is odd. */
	constructor(firstId: number) {
		this.#nextId = firstId;
	}

	/** Streams that we opened and that are not closed: those that SETTINGS_MAX_CONCURRENT_STREAMS counts. */
	get localCount(): number {
		return this.#localCount;
	}

	/** Streams that the peer promised and that are not closed. */
	get promisedCount(): number {
		return this.#open.size - this.#localCount;
	}

	/** Those of them whose response has begun: what our SETTINGS_MAX_CONCURRENT_STREAMS counts. */
	countPushing(): number {
		return this.#open.values().filter(({ id, state }) => !(id & 1) && state !== RESERVED_REMOTE).length;
	}

	/** The id that the next stream of ours gets; above MAX_STREAM_ID when there is none left. */
	get nextId(): number {
		return this.#nextId;
	}

	get lastPromisedId(): number {
		return this.#lastPromisedId;
	}

	/** §5.1.1: "Stream identifiers cannot be reused"; without one left, a new connection is needed. */
	get exhausted(): boolean {
		return this.#nextId > MAX_STREAM_ID;
	}

	get(id: number): StreamRecord | undefined {
		return this.#open.get(id);
	}

	/** All that are not closed, in no order; they may be closed meanwhile. */
	values(): StreamRecord[] {
		return this.#open.values();
	}

	/** Takes in a stream of ours, whose id is `nextId`. */
	addLocal(stream: StreamRecord): void {
		this.#nextId = stream.id + 2;
		this.#localCount++;
		this.#open.set(stream.id, stream);
	}

	addPromised(stream: StreamRecord): void {
		this.#lastPromisedId = stream.id;
		this.#open.set(stream.id, stream);
	}

	/** The id was promised, and refused at once. */
	skipPromised(id: number): void {
		this.#lastPromisedId = id;
		this.#remember(id, RESET_BY_US);
	}

	/** Forgets all of a stream but why it was closed. */
	close(stream: StreamRecord, reason: number): void {
		stream.state = CLOSED;
		if (!this.#open.delete(stream.id)) return;
		if (stream.id & 1) this.#localCount--;
		this.#remember(stream.id, reason);
	}

	/** Whether the id was never used: such a stream is idle. */
	isIdle(id: number): boolean {
		return id & 1 ? id >= this.#nextId : id > this.#lastPromisedId;
	}

	/** Why a stream that is neither idle nor open was closed; FORGOTTEN when that is long ago. */
	reasonClosed(id: number): number {
		const slot = (id >> 1) & (REMEMBERED - 1);
		return this.#closedIds[slot] === id ? (this.#closedReasons[slot] as number) & ~EXCUSED : FORGOTTEN;
	}

	/**
	 * Whether a late frame is nothing to wonder about: any number may have crossed our RST_STREAM, and honest servers send
	 * one WINDOW_UPDATE or RST_STREAM after the end of a stream, which a busy client would see thousands of a second.
	 */
	excuseLate(id: number): boolean {
		const reason = this.reasonClosed(id);
		if (reason === FORGOTTEN || reason === RESET_BY_US) return reason === RESET_BY_US;
		const slot = (id >> 1) & (REMEMBERED - 1);
		const excused = (this.#closedReasons[slot] as number) & EXCUSED;
		this.#closedReasons[slot] = reason | EXCUSED;
		return excused === 0;
	}

	#remember(id: number, reason: number): void {
		const slot = (id >> 1) & (REMEMBERED - 1);
		this.#closedIds[slot] = id;
		this.#closedReasons[slot] = reason;
	}
}
