// Whose a connection is, on platforms where sockets and timers belong to the request that made them: they never call back
// for another request, which would wait forever. Created by connection-base.ts.

import { LocalProtocolError } from '../base/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';

export class Ownership {
	readonly #platform: string;
	readonly #claim: () => () => boolean;
	readonly #scheduler: { readonly isAtRest: boolean };
	#isOwner: () => boolean = () => true;

	/** Null on platforms where all code shares everything. */
	static of({ name, claim }: Runtime, scheduler: { readonly isAtRest: boolean }): Ownership | null {
		return claim === undefined ? null : new Ownership(name, claim, scheduler);
	}

	private constructor(platform: string, claim: () => () => boolean, scheduler: { readonly isAtRest: boolean }) {
		this.#platform = platform;
		this.#claim = claim;
		this.#scheduler = scheduler;
	}

	/** Whether the request that calls owns what is open. */
	get isOwner(): boolean {
		return this.#isOwner();
	}

	/** Throws LocalProtocolError for any other request. Whoever calls first while nothing is open becomes the owner. */
	readonly check = (): void => {
		if (this.#scheduler.isAtRest) this.#isOwner = this.#claim();
		else if (!this.isOwner) {
			throw new LocalProtocolError(
				`Cannot use the connection: another request has opened it, and ${this.#platform} does no I/O of one request for ` +
					'another; open a connection in each request, or close this one first',
			);
		}
	};
}
