// A receiver that records the callbacks of a transport, waits for them, and finds violations of their order: anything
// after the close, a second end, bytes after the end.

import type { TransportReceiver } from '../../src/runtime/transport.ts';

export class TransportRecorder implements TransportReceiver {
	/** `end`, `drain` and `close` in order; bytes are in `chunks`. */
	readonly events: string[] = [];
	readonly chunks: Uint8Array[] = [];
	readonly breaches: string[] = [];
	byteCount = 0;
	error: Error | null = null;
	/** Called from `onBytes` with the lent bytes. */
	onChunk: ((bytes: Uint8Array) => void) | null = null;
	#waiting: { condition: () => boolean; resolve: () => void }[] = [];
	readonly #keep: boolean;

	/** @param keep whether to collect `chunks`. */
	constructor(keep = true) {
		this.#keep = keep;
	}

	get text(): string {
		return Buffer.concat(this.chunks).toString('latin1');
	}

	onBytes(bytes: Uint8Array): void {
		this.#legal('bytes');
		if (bytes.length === 0) this.breaches.push('empty bytes');
		if (this.events.includes('end')) this.breaches.push('bytes after the end');
		this.byteCount += bytes.length;
		if (this.#keep) this.chunks.push(new Uint8Array(bytes));
		this.onChunk?.(bytes);
		this.#check();
	}

	onDrain(): void {
		this.#note('drain');
	}

	onEnd(): void {
		if (this.events.includes('end')) this.breaches.push('a second end');
		this.#note('end');
	}

	onClose(error: Error | null): void {
		this.error = error;
		this.#note('close');
	}

	/** Resolves when the condition holds, which is checked after every event. */
	until(condition: () => boolean): Promise<void> {
		if (condition()) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push({ condition, resolve }));
	}

	untilEvent(event: 'end' | 'drain' | 'close'): Promise<void> {
		return this.until(() => this.events.includes(event));
	}

	#note(event: string): void {
		this.#legal(event);
		this.events.push(event);
		this.#check();
	}

	#legal(event: string): void {
		if (this.events.includes('close')) this.breaches.push(`${event} after the close`);
	}

	#check(): void {
		const met = this.#waiting.filter(({ condition }) => condition());
		this.#waiting = this.#waiting.filter((each) => !met.includes(each));
		for (const { resolve } of met) resolve();
	}
}

/** Waits for some turns of the event loop, to check that something does not happen. */
export async function turns(count = 10): Promise<void> {
	for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
