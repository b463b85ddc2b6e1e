// Field lines as HTTP/1.1 has them here: names, in the case in which they are written, and values alternate.

/** The values of the lines with this name, which is given in lower case. */
export function fieldValues(fields: readonly string[], name: string): string[] {
	const values: string[] = [];
	for (let i = 0; i < fields.length; i += 2) {
		if ((fields[i] as string).toLowerCase() === name) values.push(fields[i + 1] as string);
	}
	return values;
}

export function hasField(fields: readonly string[], name: string): boolean {
	return fieldValues(fields, name).length > 0;
}

/** The other lines. */
export function withoutField(fields: readonly string[], name: string): string[] {
	return fields.filter((_, i) => (fields[i & ~1] as string).toLowerCase() !== name);
}
