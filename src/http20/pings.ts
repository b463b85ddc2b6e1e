// The PINGs of one link that wait for their acknowledgements. RFC 9113 §6.7.

interface Ping {
	first: number;
	second: number;
	sentAt: number;
	resolve(milliseconds: number): void;
	reject(reason: unknown): void;
}

export class Pings {
	readonly #waiting: Ping[] = [];

	get size(): number {
		return this.#waiting.length;
	}

	/** Resolves with the round trip in milliseconds of the clock that gave `now`. */
	wait(first: number, second: number, now: number): Promise<number> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ first, second, sentAt: now, resolve, reject });
		});
	}

	/** An acknowledgement has come: the round trip, or null for an acknowledgement of nothing, which is harmless. */
	acknowledge(first: number, second: number, now: number): number | null {
		const place = this.#waiting.findIndex((ping) => ping.first === first && ping.second === second);
		if (place === -1) return null;
		const [ping] = this.#waiting.splice(place, 1) as [Ping];
		ping.resolve(now - ping.sentAt);
		return now - ping.sentAt;
	}

	/** Gives up those that were sent at `time` or before. When the oldest that is left was sent; Infinity when none is. */
	expire(time: number, makeReason: () => unknown): number {
		for (;;) {
			const oldest = this.#waiting[0];
			if (oldest === undefined) return Number.POSITIVE_INFINITY;
			if (oldest.sentAt > time) return oldest.sentAt;
			this.#waiting.shift();
			oldest.reject(makeReason());
		}
	}

	reject(reason: unknown): void {
		for (const ping of this.#waiting.splice(0)) ping.reject(reason);
	}
}
