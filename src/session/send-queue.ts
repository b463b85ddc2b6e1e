// Body bytes waiting for window: each stream has an outbox, and streams with something to send take turns, a frame each.
// RFC 9113 §5.2, §6.9.

import type { FrameOutput } from '../codec/frame-output.ts';
import { OUTBOX_BYTES, type Outbox } from './outbox.ts';
import type { StreamRecord } from './streams.ts';
import type { Window } from './window.ts';

/** What the queue tells of the streams it serves. */
interface SendListener {
	/** END_STREAM was sent. */
	onSent(stream: StreamRecord): void;
	/** The outbox takes more again. */
	onWritable(stream: StreamRecord): void;
}

export class SendQueue {
	readonly #output: FrameOutput;
	readonly #connection: Window;
	readonly #listener: SendListener;
	/** Streams that had something to send when they were queued; the first has its turn next. */
	#turns: StreamRecord[] = [];

	constructor(output: FrameOutput, connection: Window, listener: SendListener) {
		this.#output = output;
		this.#connection = connection;
		this.#listener = listener;
	}

	/** Whether a stream may have something to send. */
	get isReady(): boolean {
		return this.#turns.length > 0;
	}

	/** Something may have become sendable: body, an end, or window. */
	enqueue(stream: StreamRecord): void {
		const outbox = stream.outbox;
		if (outbox === null || outbox.queued || !isSendable(outbox, stream)) return;
		outbox.queued = true;
		this.#turns.push(stream);
	}

	/** Writes DATA and trailers in turns until `budget` octets are written or windows are used up. `now` in milliseconds. */
	write(budget: number, now = 0): void {
		while (budget > 0 && this.#turns.length > 0) {
			const round = this.#turns;
			this.#turns = [];
			// Who had no turn goes before those who had one, else the last of many streams would never have one.
			const unserved: StreamRecord[] = [];
			for (let i = 0; i < round.length; i++) {
				const stream = round[i] as StreamRecord;
				const outbox = stream.outbox;
				// A stream that was reset meanwhile has dropped its outbox.
				if (outbox === null) continue;
				if (budget <= 0 || (outbox.length > 0 && this.#connection.available <= 0)) {
					unserved.push(stream);
					continue;
				}
				outbox.queued = false;
				// The peer may have lowered the window since.
				if (!isSendable(outbox, stream)) continue;
				stream.sentAt = now;
				budget -= this.#writeOne(stream, outbox, budget);
				this.enqueue(stream);
			}
			if (unserved.length > 0) this.#turns = unserved.concat(this.#turns);
			if (this.#connection.available <= 0 && this.#turns.every((stream) => (stream.outbox?.length ?? 0) > 0)) return;
		}
	}

	/** One frame of a stream; returns the octets it took of the budget. */
	#writeOne(stream: StreamRecord, outbox: Outbox, budget: number): number {
		let size = 0;
		if (outbox.length > 0) {
			size = Math.min(this.#output.maxFrameSize, stream.sendWindow.available, this.#connection.available, budget);
			const bytes = outbox.shift(size);
			size = bytes.length;
			stream.sendWindow.consume(size);
			this.#connection.consume(size);
			const last = outbox.length === 0 && outbox.ended && outbox.trailers === null;
			this.#output.writeData(stream.id, bytes, last);
			if (last) return this.#finish(stream, size);
		}
		if (outbox.length === 0 && outbox.ended) {
			const trailers = outbox.trailers;
			if (trailers === null) this.#output.writeData(stream.id, NO_BYTES, true);
			else this.#output.writeHeaders(stream.id, trailers.fields, trailers.neverIndexed, true);
			return this.#finish(stream, size);
		}
		if (outbox.full && outbox.length <= OUTBOX_BYTES / 2) {
			outbox.full = false;
			this.#listener.onWritable(stream);
		}
		return size;
	}

	#finish(stream: StreamRecord, size: number): number {
		// Whoever was told to wait, with the end, is not to wait for the response.
		if (stream.outbox?.full) this.#listener.onWritable(stream);
		stream.outbox = null;
		this.#listener.onSent(stream);
		return size;
	}
}

const NO_BYTES = new Uint8Array(0);

function isSendable(outbox: Outbox, stream: StreamRecord): boolean {
	return outbox.length > 0 ? stream.sendWindow.available > 0 : outbox.ended;
}
