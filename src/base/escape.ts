// Makes untrusted text safe to print on a terminal. Leaf.

/** Escapes all but printable ASCII, and the backslash: `\xNN` up to U+00FF, `\u{NN}` above. */
export function visible(text: string): string {
	return text.replace(/[^ -[\]-~]/gu, (char) => {
		const hex = (char.codePointAt(0) as number).toString(16);
		return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, '0')}`;
	});
}
