// Responses that nobody read or closed: their streams are reset when the response is garbage, with a warning.

import type { Runtime } from '../runtime/runtime.ts';
import type { Stream } from './stream.ts';

interface Watched {
	stream: Stream;
	runtime: Runtime;
}

let registry: FinalizationRegistry<Watched> | null = null;

/** Responses that were handed out in this turn: those that have not been read by its end are watched. */
export class HandedOut {
	#responses: { response: object; stream: Stream }[] = [];

	/** `response` must not be reachable from its stream. */
	add(response: object, stream: Stream): void {
		this.#responses.push({ response, stream });
	}

	watch(runtime: Runtime): void {
		if (this.#responses.length === 0) return;
		for (const { response, stream } of this.#responses) {
			if (stream.body.ended && stream.body.unread === 0) continue;
			registry ??= new FinalizationRegistry<Watched>(onGarbage);
			registry.register(response, { stream, runtime });
		}
		this.#responses = [];
	}
}

function onGarbage({ stream, runtime }: Watched): void {
	// Nothing is left to reset, but unread octets still take window of the connection.
	if (stream.closed || stream.body.ended) return stream.body.discard();
	runtime.warn(`Response of stream ${stream.id} was neither read nor closed: its stream is reset`);
	stream.abandon();
}
