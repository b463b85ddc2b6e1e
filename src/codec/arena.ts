// Strings between JavaScript and the engine's arena. A field is a string of octets: one char a byte, up to U+00FF.

/** For ASCII only: `latin1` of the Encoding Standard is windows-1252, which has other chars at 0x80-0x9f. */
const asciiDecoder = new TextDecoder();
const asciiEncoder = new TextEncoder();
/** From here one call of the platform beats a loop (measured: 150 ns a call against 1 ns a char). */
const LOOP_CHARS = 160;
/** Arguments of one `fromCharCode` call. */
const SLICE_CHARS = 4096;

/** The first `length` octets as one string. `octets`: some are above 0x7f. */
export function readText(arena: Uint8Array, length: number, octets: boolean): string {
	if (length === 0) return '';
	if (!octets) return asciiDecoder.decode(arena.subarray(0, length));
	let text = '';
	for (let at = 0; at < length; at += SLICE_CHARS) {
		text += String.fromCharCode(...arena.subarray(at, Math.min(at + SLICE_CHARS, length)));
	}
	return text;
}

/** The same octets in a string that shares no storage with the one it was cut from. */
export function detachText(text: string): string {
	const octets = new Uint8Array(text.length);
	for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i);
	return readText(octets, octets.length, true);
}

/** Writes the octets of `text` at `at`; throws TypeError for a char above U+00FF. The caller has made sure of room. */
export function writeText(arena: Uint8Array, at: number, text: string): void {
	const length = text.length;
	if (length > LOOP_CHARS) {
		const { read, written } = asciiEncoder.encodeInto(text, arena.subarray(at, at + length));
		if (read === length && written === length) return;
	}
	for (let i = 0; i < length; i++) {
		const char = text.charCodeAt(i);
		if (char > 0xff) throw new TypeError(`Cannot encode a field: ${describeChar(char)} is not an octet`);
		arena[at + i] = char;
	}
}

function describeChar(char: number): string {
	return `U+${char.toString(16).toUpperCase().padStart(4, '0')}`;
}
