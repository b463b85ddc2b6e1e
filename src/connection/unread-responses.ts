// Responses that nobody read or closed: what carries them is reset when the response is garbage, with a warning.

import type { BodyBuffer } from '../content/body-buffer.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What a response reads from, and lets go of when it is garbage. */
export interface Watchable {
	readonly id: number | null;
	readonly body: BodyBuffer;
	/** Nothing is left to give up. */
	readonly closed: boolean;
	abandon(): void;
}

interface Watched {
	source: Watchable;
	runtime: Runtime;
}

let registry: FinalizationRegistry<Watched> | null = null;

/** Responses that were handed out in this turn: those that have not been read by its end are watched. */
export class HandedOut {
	#responses: { response: object; source: Watchable }[] = [];

	/** `response` must not be reachable from its source. */
	add(response: object, source: Watchable): void {
		this.#responses.push({ response, source });
	}

	watch(runtime: Runtime): void {
		if (this.#responses.length === 0) return;
		for (const { response, source } of this.#responses) {
			if (source.body.ended && source.body.unread === 0) continue;
			registry ??= new FinalizationRegistry<Watched>(onGarbage);
			registry.register(response, { source, runtime });
		}
		this.#responses = [];
	}
}

function onGarbage({ source, runtime }: Watched): void {
	// Nothing is left to reset, but unread octets still take window of the connection.
	if (source.closed || source.body.ended) return source.body.discard();
	const which = source.id === null ? 'Response' : `Response of stream ${source.id}`;
	runtime.warn(
		`${which} was neither read nor closed: its ${source.id === null ? 'connection is dropped' : 'stream is reset'}`,
	);
	source.abandon();
}
