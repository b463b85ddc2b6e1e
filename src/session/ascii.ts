// Text of the protocol as octets, without the encoders of a platform.

/** The octets of an ASCII text. */
export function asciiBytes(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Octets in quotes, for messages: all but visible ASCII as `\xNN`, so that no terminal takes them for its own. */
export function quoteOctets(bytes: Uint8Array): string {
	const text = String.fromCharCode(...bytes.subarray(0, 1024));
	const shown = text.replace(/[^ !#-[\]-~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
	return `"${shown}"`;
}
