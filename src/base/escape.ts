// Text from strangers, made fit for a terminal. Leaf.

/** Octets other than visible ASCII as `\xNN`, so that no terminal takes them for its own; other characters as `\u{NN}`. */
export function visible(text: string): string {
	return text.replace(/[^ -[\]-~]/gu, (char) => {
		const hex = (char.codePointAt(0) as number).toString(16);
		return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, '0')}`;
	});
}
