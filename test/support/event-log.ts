// Records the events of a session as plain values, with the pieces of a DATA frame joined, and checks what always holds:
// each stream closes exactly once and has no event after that; a failed session emits nothing.

import { createHash } from 'node:crypto';
import type { HyperError } from '../../src/base/errors.ts';
import type { SessionEvent } from '../../src/session/events.ts';

export interface LoggedEvent {
	type: SessionEvent['type'];
	streamId: number;
	/** `name: message` of the error of `closed` and `failed`. */
	error: string | null;
	/** Content of `data` events, one character per byte. */
	content: string;
	event: SessionEvent;
}

export class EventLog {
	readonly events: LoggedEvent[] = [];
	/** Rules that were broken. */
	readonly breaches: string[] = [];
	readonly #open = new Set<number>();
	#failed = false;

	/** Registers a stream, which must get a `closed` event. */
	opened(streamId: number): void {
		this.#open.add(streamId);
	}

	/** Copies the bytes of data events, so that they may be overwritten afterwards. */
	add(events: readonly SessionEvent[]): void {
		for (const event of events) this.#add(event);
	}

	/** The events in a form that is equal in all runs of a script. Omits an incomplete DATA frame, which may be split. */
	summary(): string[] {
		const whole = this.events.filter(({ event }) => event.type !== 'data' || event.endOfFrame);
		return whole.map(({ type, streamId, error, content, event }) => {
			const fields = 'fields' in event ? event.fields.join('|') : '';
			const end = 'endStream' in event ? ` end=${event.endStream}` : '';
			// How many bytes of content an error mentions depends on how the input was split.
			const message = error?.replace(/\d+ bytes/, 'bytes') ?? '';
			return `${type} ${streamId} ${shorten(fields)}${shorten(content)}${end} ${message}`;
		});
	}

	/** Call this once the session has ended. */
	checkEnd(): void {
		for (const id of this.#open) this.breaches.push(`stream ${id} has no closed event`);
	}

	#add(event: SessionEvent): void {
		const streamId = 'streamId' in event ? event.streamId : 0;
		if (this.#failed) this.breaches.push(`${event.type} came after failed`);
		if (streamId !== 0 && !this.#open.has(streamId)) {
			this.breaches.push(`${event.type} came for stream ${streamId}, which is not open`);
		}
		if (event.type === 'failed') this.#failed = true;
		if (event.type === 'closed') this.#open.delete(streamId);
		if (event.type === 'push') this.#open.add(event.promisedStreamId);
		const content =
			event.type === 'data' ? Buffer.from(event.bytes.subarray(event.start, event.end)).toString('latin1') : '';
		const before = this.events.at(-1);
		if (event.type === 'data' && before?.event.type === 'data' && isPiece(before, streamId)) {
			before.content += content;
			before.event = { ...event };
			return;
		}
		const error = 'error' in event ? describe(event.error) : null;
		this.events.push({ type: event.type, streamId, error, content, event: { ...event } });
	}
}

function isPiece({ event }: LoggedEvent, streamId: number): boolean {
	return event.type === 'data' && event.streamId === streamId && !event.endOfFrame;
}

/** Replaces the rest of a long text by its length and hash. */
function shorten(text: string): string {
	if (text.length <= 80) return text;
	return `${text.slice(0, 60)}... ${text.length} chars ${createHash('sha1').update(text, 'latin1').digest('hex')}`;
}

function describe(error: HyperError | null): string | null {
	return error === null ? null : `${error.name}: ${error.message}`;
}
