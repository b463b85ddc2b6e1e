// The connections of a soak: some of each kind to each server, directly and through its relay. Each is used for some
// requests, then closed in one of the ways there are, or left alone until its idle timeout.

import { type ConnectionOptions, HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { Opened } from './servers.ts';

const KINDS = [
	{ server: 'h2c', make: HTTP20Connection },
	{ server: 'h2', make: HTTP20Connection },
	{ server: 'http', make: HTTP11Connection },
	{ server: 'http', make: HTTP11Connection },
	{ server: 'https', make: HTTP11Connection },
	{ server: 'https', make: HTTPConnection },
	{ server: 'http', make: HTTPConnection },
	{ server: 'h2', make: HTTPConnection },
	{ server: 'both', make: HTTPConnection },
] as const;

interface Slot {
	readonly open: () => HTTPConnection;
	conn: HTTPConnection;
	/** Requests until it is replaced. */
	left: number;
}

export class Pool {
	readonly #random: SeededRandom;
	readonly #slots: Slot[];
	readonly #closing = new Set<Promise<void>>();

	constructor(random: SeededRandom, { ca, ports }: Opened, timeout: ConnectionOptions['timeout']) {
		this.#random = random;
		this.#slots = KINDS.flatMap(({ server, make }) =>
			ports[server].map((port) => {
				const secure = server !== 'h2c' && server !== 'http';
				const options = { timeout, ...(secure ? { tls: { ca } } : {}) };
				const open = (): HTTPConnection =>
					new make(`${secure ? 'https' : 'http'}://localhost:${port}`, options as object) as HTTPConnection;
				return { open, conn: open(), left: random.below(200) };
			}),
		);
	}

	pick(): HTTPConnection {
		const slot = this.#random.pick(this.#slots);
		if (slot.left-- <= 0) {
			this.#retire(slot.conn);
			slot.conn = slot.open();
			slot.left = this.#random.below(1000);
		}
		return slot.conn;
	}

	/** Closes all. */
	async close(): Promise<void> {
		for (const { conn } of this.#slots) this.#retire(conn);
		await Promise.all(this.#closing);
	}

	#retire(conn: HTTPConnection): void {
		const how = this.#random.pick(['close', 'drain', 'leave'] as const);
		if (how === 'leave') return;
		const closed = conn.close({ drain: how === 'drain' });
		this.#closing.add(closed);
		void closed.finally(() => this.#closing.delete(closed));
	}
}
