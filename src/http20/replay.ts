// What the server has taken of the requests on one link, and so what may be sent again: RFC 9113 §8.7.

import { type HyperError, StreamResetError } from '../base/errors.ts';
import type { Session } from '../session/session.ts';
import type { Stream } from './stream.ts';
import type { Outlet } from './writer.ts';

export class Uptake {
	readonly #session: Session;
	readonly #outlet: Outlet;
	readonly #firstStreamId: number;

	constructor(session: Session, outlet: Outlet, firstStreamId: number = session.nextStreamId) {
		this.#session = session;
		this.#outlet = outlet;
		this.#firstStreamId = firstStreamId;
	}

	/** Whether the server has greeted us and taken a request. */
	get hasBegun(): boolean {
		const { greeted, nextStreamId, lastTakenId } = this.#session;
		return greeted && nextStreamId > this.#firstStreamId && lastTakenId >= this.#firstStreamId;
	}

	/** Whether the server certainly has not acted on a request that ended with this error; counts a refusal if it was one. */
	excludes(stream: Stream, error: HyperError): boolean {
		if (stream.head !== null || stream.failure !== null) return false;
		const byOwner = error instanceof StreamResetError && error.initiator === 'local';
		// A server that has not even greeted us would not do better on another connection.
		const unwritten = !byOwner && this.#session.greeted && !this.#outlet.hasWritten(stream.id);
		if (!unwritten && !this.#isLeftBehind(stream)) stream.refusals++;
		return error.retryable || unwritten;
	}

	/** The server went away after it had taken others: the next connection takes more, so this cannot go on for ever. */
	#isLeftBehind(stream: Stream): boolean {
		const { lastTakenId } = this.#session;
		return stream.id > lastTakenId && lastTakenId >= this.#firstStreamId;
	}
}
