// Text of the protocol as octets, without the encoders of a platform.

/** The octets of an ASCII text. */
export function asciiBytes(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Octets as one char each, for messages. */
export function octetText(bytes: Uint8Array): string {
	return String.fromCharCode(...bytes.subarray(0, 1024));
}
