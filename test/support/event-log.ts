// Events of a session as plain values, with the pieces of one DATA frame joined, and what must hold for any of them:
// each stream ends once, with nothing after it, and a session that has failed is silent.

import { createHash } from 'node:crypto';
import type { HyperError } from '../../src/base/errors.ts';
import type { SessionEvent } from '../../src/session/events.ts';

export interface LoggedEvent {
	type: SessionEvent['type'];
	streamId: number;
	/** `name: message` of the error of `closed` and `failed`. */
	error: string | null;
	/** Content of `data`, one char an octet. */
	content: string;
	event: SessionEvent;
}

export class EventLog {
	readonly events: LoggedEvent[] = [];
	/** What was against the rules. */
	readonly breaches: string[] = [];
	readonly #open = new Set<number>();
	#failed = false;

	/** A stream that will end. */
	opened(streamId: number): void {
		this.#open.add(streamId);
	}

	/** The bytes of data events may be spoilt afterwards. */
	add(events: readonly SessionEvent[]): void {
		for (const event of events) this.#add(event);
	}

	/** What is to be compared between two runs. A DATA frame that was broken off is left out: pieces of it may have come. */
	summary(): string[] {
		const whole = this.events.filter(({ event }) => event.type !== 'data' || event.endOfFrame);
		return whole.map(({ type, streamId, error, content, event }) => {
			const fields = 'fields' in event ? event.fields.join('|') : '';
			const end = 'endStream' in event ? ` end=${event.endStream}` : '';
			const words = error?.replace(/\d+ octets/, 'octets') ?? '';
			return `${type} ${streamId} ${shorten(fields)}${shorten(content)}${end} ${words}`;
		});
	}

	/** To be called when the session has ended. */
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

/** Long texts by their ends and their hash. */
function shorten(text: string): string {
	if (text.length <= 80) return text;
	return `${text.slice(0, 60)}... ${text.length} chars ${createHash('sha1').update(text, 'latin1').digest('hex')}`;
}

function describe(error: HyperError | null): string | null {
	return error === null ? null : `${error.name}: ${error.message}`;
}
