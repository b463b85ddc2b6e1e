// What a link tells the connection that made it.

import type { HyperError } from '../base/errors.ts';
import type { Pushes } from './pushes.ts';
import type { Stream } from './stream.ts';

/** Generic, because link.ts imports this. */
export interface LinkOwner<Link> {
	/** Requests wait for room: the link must keep the process running. */
	readonly hasWaiting: boolean;
	/** Null when the server was told not to push. */
	readonly pushes: Pushes | null;
	/** There may be room for another stream. */
	onCapacity(link: Link): void;
	/** The server has not processed the stream; true when it will be sent again. */
	onRefused(stream: Stream): boolean;
	/** No new streams from now on; with a reason when that is the server's doing. */
	onDraining(link: Link, reason: HyperError | null): void;
	/** The transport is closed; the last call. */
	onClosed(link: Link, reason: HyperError): void;
}
