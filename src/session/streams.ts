// The streams of one session: those that are open, their ids and counts, and why the last closed ones were closed.
// RFC 9113 §5.1.

import { MAX_STREAM_ID } from '../../assembly/shared/limit.ts';
import type { StreamRecord } from './stream.ts';

/** It decides what a late frame on a closed stream means (RFC 9113 §5.1, "closed"). */
export type CloseReason = 'ended' | 'reset by peer' | 'reset by us';

const CLOSE_REASONS: readonly CloseReason[] = ['ended', 'reset by peer', 'reset by us'];

/** How many closed streams are remembered; a power of two. */
const REMEMBERED = 1024;

export class Streams {
	/** All streams that are not closed. Add and close them by the methods of this class. */
	readonly open: StreamTable<StreamRecord> = new StreamTable();
	/** The id of our next stream; above MAX_STREAM_ID when all are used. */
	nextId: number;
	/** Whether all ids are used. §5.1.1: "Stream identifiers cannot be reused", so a new connection is needed. */
	exhausted: boolean;
	/** The highest id that the peer has promised. */
	lastPromisedId = 0;
	/** Open streams of ours, which the peer's SETTINGS_MAX_CONCURRENT_STREAMS limits. */
	localCount = 0;
	/** The last closed streams: slots by id, and for each slot the id and the reason. */
	readonly #closedIds = new Int32Array(REMEMBERED);
	readonly #closedReasons = new Uint8Array(REMEMBERED);

	/** `firstId` is odd. */
	constructor(firstId: number) {
		this.nextId = firstId;
		this.exhausted = firstId > MAX_STREAM_ID;
	}

	/** Open streams that the peer promised. */
	get promisedCount(): number {
		return this.open.size - this.localCount;
	}

	/** Promised streams whose response has begun, which our SETTINGS_MAX_CONCURRENT_STREAMS limits. */
	countPushing(): number {
		return this.open.values().filter(({ id, state }) => !(id & 1) && state !== 'reserved (remote)').length;
	}

	/** Adds a stream of ours, whose id is `nextId`. */
	addLocal(stream: StreamRecord): void {
		this.nextId = stream.id + 2;
		this.exhausted = this.nextId > MAX_STREAM_ID;
		this.localCount++;
		this.open.set(stream.id, stream);
	}

	addPromised(stream: StreamRecord): void {
		this.lastPromisedId = stream.id;
		this.open.set(stream.id, stream);
	}

	/** The peer promised this id, and the promise was refused at once. */
	skipPromised(id: number): void {
		this.lastPromisedId = id;
		this.#remember(id, 'reset by us');
	}

	/** Forgets the stream, but for the reason why it was closed. */
	close(stream: StreamRecord, reason: CloseReason): void {
		stream.state = 'closed';
		if (!this.open.delete(stream.id)) return;
		if (stream.id & 1) this.localCount--;
		this.#remember(stream.id, reason);
	}

	/** Whether the id has never been used: such a stream is idle. */
	isIdle(id: number): boolean {
		return id & 1 ? id >= this.nextId : id > this.lastPromisedId;
	}

	/** Why a stream that is neither idle nor open was closed. */
	reasonClosed(id: number): CloseReason | 'forgotten' {
		const slot = (id >> 1) & (REMEMBERED - 1);
		if (this.#closedIds[slot] !== id) return 'forgotten';
		return CLOSE_REASONS[this.#closedReasons[slot] as number] as CloseReason;
	}

	/** We have sent RST_STREAM for a closed stream. A stream that is forgotten stays so: its place belongs to a later one. */
	resetClosed(id: number): void {
		if (this.reasonClosed(id) !== 'forgotten') this.#remember(id, 'reset by us');
	}

	#remember(id: number, reason: CloseReason): void {
		const slot = (id >> 1) & (REMEMBERED - 1);
		this.#closedIds[slot] = id;
		this.#closedReasons[slot] = CLOSE_REASONS.indexOf(reason);
	}
}

const FIRST_CAPACITY = 64;

/**
 * A map from stream ids to values. Ids grow, and streams open and close by the hundred thousand: a Map
 * leaves its outgrown tables, with all that they held, to the major garbage collector, which cost as much CPU as the rest
 * of a request (measured). Open addressing with linear probing: most ids are at their own place.
 */
export class StreamTable<T> {
	/** By place; 0: the place is empty, since no entry has that id. */
	#ids = new Int32Array(FIRST_CAPACITY);
	#items: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
	#mask = FIRST_CAPACITY - 1;
	/** How many entries there are; only this class changes it. */
	size = 0;

	get(id: number): T | undefined {
		return this.#items[this.#find(id)];
	}

	set(id: number, item: T): void {
		let place = this.#find(id);
		if (this.#ids[place] === 0) {
			// At least half of the places stay empty, which keeps probes short.
			if (++this.size * 2 > this.#ids.length) {
				this.#grow();
				place = this.#find(id);
			}
			this.#ids[place] = id;
		}
		this.#items[place] = item;
	}

	/** False when there was no such entry. */
	delete(id: number): boolean {
		let hole = this.#find(id);
		if (this.#ids[hole] === 0) return false;
		this.size--;
		// Move up the entries that this one displaced: a probe for them would end at the hole.
		for (let place = hole; ; ) {
			this.#ids[hole] = 0;
			this.#items[hole] = undefined;
			for (;;) {
				place = (place + 1) & this.#mask;
				const other = this.#ids[place] as number;
				if (other === 0) return true;
				const home = (other >>> 1) & this.#mask;
				if (((place - home) & this.#mask) >= ((place - hole) & this.#mask)) break;
			}
			this.#ids[hole] = this.#ids[place] as number;
			this.#items[hole] = this.#items[place];
			hole = place;
		}
	}

	/** A copy of all ids, in no order. */
	ids(): number[] {
		return Array.from(this.#ids).filter((id) => id !== 0);
	}

	/** Calls back for each item, in no order, and copies nothing. The callback must neither add nor delete items. */
	forEach(visit: (item: T) => void): void {
		for (const item of this.#items) {
			if (item !== undefined) visit(item);
		}
	}

	/** A copy of all items, in no order. */
	values(): T[] {
		return this.#items.filter((item): item is T => item !== undefined);
	}

	/** The place of the id, or the empty place where it would go. */
	#find(id: number): number {
		const ids = this.#ids;
		const mask = this.#mask;
		let place = (id >>> 1) & mask;
		for (let found = ids[place]; found !== id && found !== 0; found = ids[place]) place = (place + 1) & mask;
		return place;
	}

	#grow(): void {
		const ids = this.#ids;
		const items = this.#items;
		this.#ids = new Int32Array(ids.length * 2);
		this.#items = new Array(ids.length * 2).fill(undefined);
		this.#mask = ids.length * 2 - 1;
		for (let i = 0; i < ids.length; i++) {
			const id = ids[i] as number;
			if (id === 0) continue;
			const place = this.#find(id);
			this.#ids[place] = id;
			this.#items[place] = items[i];
		}
	}
}
