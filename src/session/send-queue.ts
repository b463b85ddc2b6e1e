// Content that waits for window: each stream has an outbox, and streams with something to send take turns, a frame each.
// RFC 9113 §5.2, §6.9.

import type { FrameOutput } from '../codec/frame-output.ts';
import type { Window } from './flow-control.ts';
import type { StreamRecord } from './stream.ts';

/** While an outbox holds less than this, its source may add more. */
export const OUTBOX_BYTES = 262144;

/** Behind this many chunks, small ones are copied together: a source may yield single bytes, and each chunk is a frame. */
const SEPARATE_CHUNKS = 16;
const GATHERED_BYTES = 1024;
const BLOCK_BYTES = 16_384;

interface TrailerSection {
	fields: readonly string[];
	neverIndexed: ReadonlySet<number> | null;
}

/** What one stream has to send, in order: chunks, then its end. */
export class Outbox {
	readonly chunks: Uint8Array[] = [];
	/** How much of the first chunk has been sent. */
	offset = 0;
	/** Bytes that wait. */
	length = 0;
	/** What follows the chunks: `more` of them, the `end` of the stream, or trailers, which end it. */
	next: 'more' | 'end' | TrailerSection = 'more';
	/** Whether the source is waiting for `onWritable`. */
	full = false;
	/** The stream is in the queue. */
	queued = false;
	/** The memory of the last chunk if it gathers small ones, and how much of it is in use. */
	#block: Uint8Array | null = null;
	#blockLength = 0;

	push(bytes: Uint8Array): void {
		const { length } = bytes;
		if (length === 0) return;
		this.length += length;
		const { chunks } = this;
		if (length > GATHERED_BYTES || chunks.length < SEPARATE_CHUNKS) {
			chunks.push(bytes);
			this.#block = null;
			return;
		}
		if (this.#block === null || this.#blockLength + length > BLOCK_BYTES) {
			this.#block = new Uint8Array(BLOCK_BYTES);
			this.#blockLength = 0;
			chunks.push(this.#block);
		}
		this.#block.set(bytes, this.#blockLength);
		this.#blockLength += length;
		chunks[chunks.length - 1] = this.#block.subarray(0, this.#blockLength);
	}

	/** Removes up to `size` bytes from the front: all or a part of one chunk. */
	shift(size: number): Uint8Array {
		const chunk = this.chunks[0] as Uint8Array;
		const end = Math.min(chunk.length, this.offset + size);
		const part = this.offset === 0 && end === chunk.length ? chunk : chunk.subarray(this.offset, end);
		this.length -= part.length;
		if (end === chunk.length) {
			this.chunks.shift();
			this.offset = 0;
		} else {
			this.offset = end;
		}
		return part;
	}
}

interface SendListener {
	/** END_STREAM was sent. */
	onSent(stream: StreamRecord): void;
	/** The outbox has room again. */
	onWritable(stream: StreamRecord): void;
}

export class SendQueue {
	readonly #output: FrameOutput;
	readonly #connection: Window;
	readonly #listener: SendListener;
	/**
	 * Streams that had something to send when they were queued, in the order of their turns. The session looks whether there
	 * are any, because most requests have no content; only this class changes it.
	 */
	turns: StreamRecord[] = [];
	/** DATA frames that were written. */
	framesSent = 0;

	constructor(output: FrameOutput, connection: Window, listener: SendListener) {
		this.#output = output;
		this.#connection = connection;
		this.#listener = listener;
	}

	/** Call this when the stream got content, an end or window. */
	enqueue(stream: StreamRecord): void {
		const outbox = stream.outbox;
		if (outbox === null || outbox.queued || !isSendable(outbox, stream)) return;
		outbox.queued = true;
		this.turns.push(stream);
	}

	/** Writes DATA and trailers in turns until `budget` bytes are written or windows are used up. `now` in milliseconds. */
	write(budget: number, now = 0): void {
		while (budget > 0 && this.turns.length > 0) {
			const round = this.turns;
			this.turns = [];
			// Streams that got no turn go first next time, so none starves.
			const unserved: StreamRecord[] = [];
			for (let i = 0; i < round.length; i++) {
				const stream = round[i] as StreamRecord;
				const outbox = stream.outbox;
				// A stream that was reset in the meantime has no outbox any more.
				if (outbox === null) continue;
				if (budget <= 0 || (outbox.length > 0 && this.#connection.available <= 0)) {
					unserved.push(stream);
					continue;
				}
				outbox.queued = false;
				// The peer may have lowered the window in the meantime.
				if (!isSendable(outbox, stream)) continue;
				stream.contentSentAt = now;
				budget -= this.#writeOne(stream, outbox, budget);
				this.enqueue(stream);
			}
			if (unserved.length > 0) this.turns = unserved.concat(this.turns);
			if (this.#connection.available <= 0 && this.turns.every((stream) => (stream.outbox?.length ?? 0) > 0)) return;
		}
	}

	/** Writes one frame of a stream, and returns the bytes that count against the budget. */
	#writeOne(stream: StreamRecord, outbox: Outbox, budget: number): number {
		let size = 0;
		if (outbox.length > 0) {
			size = Math.min(this.#output.maxFrameSize, stream.sendWindow.available, this.#connection.available, budget);
			const bytes = outbox.shift(size);
			size = bytes.length;
			stream.sendWindow.consume(size);
			this.#connection.consume(size);
			const last = outbox.length === 0 && outbox.next === 'end';
			this.#output.writeData(stream.id, bytes, last);
			this.framesSent++;
			if (last) return this.#finish(stream, size);
		}
		if (outbox.length === 0 && outbox.next !== 'more') {
			if (outbox.next === 'end') this.#output.writeData(stream.id, NO_BYTES, true);
			else this.#output.writeHeaders(stream.id, outbox.next.fields, outbox.next.neverIndexed, true);
			return this.#finish(stream, size);
		}
		if (outbox.full && outbox.length <= OUTBOX_BYTES / 2) {
			outbox.full = false;
			this.#listener.onWritable(stream);
		}
		return size;
	}

	#finish(stream: StreamRecord, size: number): number {
		// A source whose last bytes filled the outbox must not be left waiting.
		if (stream.outbox?.full) this.#listener.onWritable(stream);
		stream.outbox = null;
		this.#listener.onSent(stream);
		return size;
	}
}

const NO_BYTES = new Uint8Array(0);

function isSendable(outbox: Outbox, stream: StreamRecord): boolean {
	return outbox.length > 0 ? stream.sendWindow.available > 0 : outbox.next !== 'more';
}
