// Makes untrusted text safe to print on a terminal: a peer must not be able to move the cursor, set colours or reverse
// the direction of text. Leaf.

/** Escapes everything but printable ASCII, and the backslash itself: `\xNN` up to U+00FF, `\u{NN}` above. */
export function escapeText(text: string): string {
	return text.replace(/[^ -[\]-~]/gu, escapeCharacter);
}

/** Escapes control characters and those that change the direction of text; letters of all languages stay readable. */
export function escapeControls(text: string): string {
	return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, escapeCharacter);
}

/** Longer values are cut: a peer may send up to 16 MiB of debug data. */
const MAX_QUOTED_BYTES = 1024;

/** The bytes as printable ASCII in double quotes, for messages. */
export function quoteBytes(bytes: Uint8Array): string {
	const text = String.fromCharCode(...bytes.subarray(0, MAX_QUOTED_BYTES));
	return `"${escapeText(text).replaceAll('"', '\\x22')}"`;
}

function escapeCharacter(character: string): string {
	const hex = (character.codePointAt(0) as number).toString(16);
	return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, '0')}`;
}
