// What one stream has to send and the windows have not let out yet.

/** The source of a body is asked for more while less than this waits. */
export const OUTBOX_BYTES = 262144;

/** What one stream has to send, in order: chunks, then trailers or the end. */
export class Outbox {
	readonly chunks: Uint8Array[] = [];
	/** Octets of the first chunk that were sent. */
	offset = 0;
	/** Octets waiting. */
	length = 0;
	ended = false;
	trailers: { fields: readonly string[]; neverIndexed: ReadonlySet<number> | null } | null = null;
	/** The source was told to wait. */
	full = false;
	/** The stream stands in the queue. */
	queued = false;

	push(bytes: Uint8Array): void {
		if (bytes.length === 0) return;
		this.chunks.push(bytes);
		this.length += bytes.length;
	}

	/** Takes up to `size` octets off the front: a part of one chunk. */
	shift(size: number): Uint8Array {
		const chunk = this.chunks[0] as Uint8Array;
		const end = Math.min(chunk.length, this.offset + size);
		const part = this.offset === 0 && end === chunk.length ? chunk : chunk.subarray(this.offset, end);
		this.length -= part.length;
		if (end === chunk.length) {
			this.chunks.shift();
			this.offset = 0;
		} else {
			this.offset = end;
		}
		return part;
	}
}
