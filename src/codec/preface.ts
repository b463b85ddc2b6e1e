// The connection preface of the client (RFC 9113 §3.4): the 24 bytes that it sends before its first frame.

import { latin1Bytes } from '../base/bytes.ts';

export const PREFACE: Uint8Array = latin1Bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Checks that the input opens with the preface, which may arrive in pieces. */
export class PrefaceReader {
	#length = 0;

	/** How many bytes of the preface were read. */
	get length(): number {
		return this.#length;
	}

	get isComplete(): boolean {
		return this.#length === PREFACE.length;
	}

	/** Reads the bytes that belong to the preface. Returns where the frames begin, or -1 if this is not the preface. */
	read(bytes: Uint8Array): number {
		const end = Math.min(bytes.length, PREFACE.length - this.#length);
		for (let i = 0; i < end; i++) if (bytes[i] !== PREFACE[this.#length + i]) return -1;
		this.#length += end;
		return end;
	}
}
