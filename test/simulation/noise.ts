// What an HTTP/2 server may send beyond what a client asks for, and which must change nothing: frames of extensions and of
// unknown types (RFC 9113 §5.5), priorities, pings, padding (§6.1, §6.2), empty DATA, and field blocks in several frames.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import type { FrameSender } from '../../src/testing/frame-sender.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

type Fields = readonly (readonly [name: string, value: string])[];

/** RFC 7838 §4, RFC 8336 §2, RFC 9218 §7.1, and a type that is reserved for nothing but this. */
const ALTSVC = 0x0a;
const ORIGIN = 0x0c;
const PRIORITY_UPDATE = 0x10;
const GREASE = 0x0b;

export class Noise {
	readonly #send: FrameSender;
	readonly #random: SeededRandom;
	/** How much may follow; more than a few thousand would be a flood. */
	#budget: number;

	constructor(send: FrameSender, random: SeededRandom, isOn: boolean) {
		this.#send = send;
		this.#random = random;
		this.#budget = isOn ? 2000 : 0;
	}

	/** A few frames without meaning, about this stream or none. */
	frames(streamId: number): void {
		const random = this.#random;
		if (!this.#isDue(1, 1)) return;
		for (let count = random.below(4); count > 0; count--) this.#frame(random.pick([0, streamId]), random.below(7));
	}

	/** Bytes of padding for a frame that has room for `room` bytes with its length; null: none. */
	padding(room: number): number | null {
		if (room < 1 || !this.#isDue(1, 2)) return null;
		return this.#random.below(Math.min(256, room));
	}

	/** Whether to send an empty DATA frame now. */
	get wantsEmptyFrame(): boolean {
		return this.#isDue(1, 4);
	}

	headers(streamId: number, fields: Fields, endStream: boolean): void {
		if (!this.#isDue(1, 1)) return this.#send.headers(streamId, fields, { endStream });
		const block = this.#send.block(fields);
		const at = this.#random.below(block.length + 1);
		const padding = this.padding(256);
		if (this.#random.chance(1, 2)) return this.#send.headers(streamId, block, { endStream, padding });
		this.#send.headers(streamId, block.subarray(0, at), { endStream, endHeaders: false, padding });
		this.#send.continuation(streamId, block.subarray(at));
	}

	#isDue(one: number, of: number): boolean {
		return this.#budget > 0 && this.#random.chance(one, of) && this.#budget-- > 0;
	}

	#frame(streamId: number, kind: number): void {
		const random = this.#random;
		const flags = random.below(256);
		if (kind === 0) return this.#send.frame(ALTSVC, flags, streamId, '\0\0h2="b.test:443"');
		if (kind === 1) return this.#send.frame(ORIGIN, flags, streamId, '\0\x0ehttps://b.test');
		if (kind === 2) return this.#send.frame(PRIORITY_UPDATE, flags, 0, '\0\0\0\x01u=1');
		if (kind === 3) return this.#send.ping(Uint8Array.from({ length: 8 }, () => random.below(256)));
		if (kind === 4 && streamId !== 0) return this.#send.priority(streamId, { weight: 1 + random.below(256) });
		if (kind === 5 && streamId !== 0) return this.#send.frame(FrameType.PRIORITY, flags, streamId, '\0\0\0\0\x07');
		const payload = Uint8Array.from({ length: random.below(300) }, () => random.below(256));
		return this.#send.frame(GREASE + 0x1f * random.below(7), flags, streamId, payload);
	}
}
