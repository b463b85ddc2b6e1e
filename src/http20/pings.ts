// The PINGs of one wire that are not acknowledged yet, and the eight bytes that each carries. RFC 9113 §6.7.

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

	/** Resolves with the round-trip time in milliseconds. `now` and the time of `acknowledge` must be from one clock. */
	wait(first: number, second: number, now: number): Promise<number> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ first, second, sentAt: now, resolve, reject });
		});
	}

	/** Settles the PING with these bytes. Returns its round-trip time, or null if no PING matches, which is harmless. */
	acknowledge(first: number, second: number, now: number): number | null {
		const place = this.#waiting.findIndex((ping) => ping.first === first && ping.second === second);
		if (place === -1) return null;
		const [ping] = this.#waiting.splice(place, 1) as [Ping];
		ping.resolve(now - ping.sentAt);
		return now - ping.sentAt;
	}

	/** Rejects PINGs sent at `time` or before. Returns when the oldest remaining one was sent; Infinity if none remains. */
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

let counter = 0;

/** The eight bytes as two big-endian numbers; a string has one byte per character. By default they are unique. */
export function parseOpaque(opaque: Uint8Array | string | undefined): [first: number, second: number] {
	if (opaque === undefined) {
		counter = (counter + 1) >>> 0;
		return [0, counter];
	}
	const bytes = typeof opaque === 'string' ? toBytes(opaque) : opaque;
	if (bytes.length !== 8) throw new RangeError(`PING must carry 8 bytes, not ${bytes.length}`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
	return [view.getUint32(0), view.getUint32(4)];
}

function toBytes(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => {
		const code = char.codePointAt(0) as number;
		if (code > 0xff) throw new TypeError('PING must carry bytes: no character may be above U+00FF');
		return code;
	});
}
