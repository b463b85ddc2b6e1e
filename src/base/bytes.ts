// Operations on byte arrays. Leaf.

/** Joins the chunks into one array. A single chunk is returned as it is, not copied. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
	if (chunks.length === 1) return chunks[0] as Uint8Array;
	let length = 0;
	for (const chunk of chunks) length += chunk.length;
	const bytes = new Uint8Array(length);
	let at = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, at);
		at += chunk.length;
	}
	return bytes;
}

/** As joinBytes, but parts that follow each other in one buffer become a view of it. */
export function joinViews(parts: readonly Uint8Array[]): Uint8Array {
	let first: Uint8Array | null = null;
	let end = 0;
	for (const part of parts) {
		if (part.length === 0) continue;
		if (first === null) {
			first = part;
			end = part.byteOffset;
		} else if (part.buffer !== first.buffer || part.byteOffset !== end) {
			return joinBytes(parts);
		}
		end += part.length;
	}
	if (first === null) return new Uint8Array(0);
	const length = end - first.byteOffset;
	return length === first.length ? first : new Uint8Array(first.buffer, first.byteOffset, length);
}

/** One byte for each character, all of which must be at most U+00FF. Does not need an encoder of the platform. */
export function latin1Bytes(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One character for each byte: ISO-8859-1, unlike the `latin1` of the Encoding Standard, which is windows-1252. */
export function latin1Text(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
}

/** Joined from time to time, because an array for each byte would take a hundred times its size. */
const MOST_PIECES = 256;

/** Adds a copy of lent bytes to pieces that wait for more. */
export function holdBytes(pieces: Uint8Array[], lent: Uint8Array): void {
	// Not `slice`, which does not copy a Buffer.
	pieces.push(new Uint8Array(lent));
	if (pieces.length === MOST_PIECES) pieces.splice(0, MOST_PIECES, joinBytes(pieces));
}
