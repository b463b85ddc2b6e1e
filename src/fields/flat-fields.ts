// Field sections as flat arrays: name, value, name, value, ... Lookups in them, with names in any case. Leaf.

/** A field section on its way to the encoder, or from the decoder. */
export interface FlatFields {
	/** Names and values alternate, pseudo-header fields first. */
	readonly fields: readonly string[];
	/** Numbers of the pairs that no HPACK encoder may index (RFC 7541 §7.1.3). Null if no pair is marked. */
	readonly neverIndexed: ReadonlySet<number> | null;
}

/** The values of the field lines with this name. `name` is in lower case here and below. */
export function fieldValues(fields: readonly string[], name: string): string[] {
	const values: string[] = [];
	for (let i = 0; i < fields.length; i += 2) {
		if (isNamed(fields[i] as string, name)) values.push(fields[i + 1] as string);
	}
	return values;
}

export function hasField(fields: readonly string[], name: string): boolean {
	for (let i = 0; i < fields.length; i += 2) if (isNamed(fields[i] as string, name)) return true;
	return false;
}

/** The index of the first regular field. Pseudo-header fields precede it (RFC 9113 §8.3). */
export function pseudoEnd(fields: readonly string[]): number {
	let at = 0;
	while (at < fields.length && (fields[at] as string).startsWith(':')) at += 2;
	return at;
}

function isNamed(given: string, name: string): boolean {
	return given.length === name.length && given.toLowerCase() === name;
}
