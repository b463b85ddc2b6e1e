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
