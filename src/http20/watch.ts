// Responses that nobody read or closed: their streams are reset when the response is garbage, with a warning.

import type { Runtime } from '../runtime/runtime.ts';
import type { Stream } from './stream.ts';

interface Watched {
	stream: Stream;
	runtime: Runtime;
}

let registry: FinalizationRegistry<Watched> | null = null;

/** `response` must not be reachable from its stream. */
export function watchResponse(response: object, stream: Stream, runtime: Runtime): void {
	registry ??= new FinalizationRegistry<Watched>(onGarbage);
	registry.register(response, { stream, runtime });
}

function onGarbage({ stream, runtime }: Watched): void {
	// Nothing is left to reset, but unread octets still take window of the connection.
	if (stream.closed || stream.body.ended) return stream.body.discard();
	runtime.warn(`Response of stream ${stream.id} was neither read nor closed: its stream is reset`);
	stream.abandon();
}
