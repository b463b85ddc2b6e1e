// What a link tells the connection that made it.

import type { HyperError } from '../base/errors.ts';
import type { Exchange } from './exchange.ts';

/** Generic, because link.ts imports this. */
export interface LinkOwner<Link> {
	/** It takes another request. */
	onFree(link: Link): void;
	/** It takes no more requests. The last call, but for what becomes of the exchange that it carries. */
	onGone(link: Link): void;
	/** The exchange that it carried may be sent again; true when it will be. */
	onLost(exchange: Exchange): boolean;
	/** It cannot come free before somebody reads or closes the response that it carries. */
	onBlocked(link: Link, error: HyperError): void;
	/** Somebody may be late earlier than before. */
	onDue(): void;
}
