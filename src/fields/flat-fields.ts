// Lookups in flat field lines: name, value, name, value, ... with names in any case. Leaf; used by HTTP/1.1.

/** The values of the field lines with this name. `name` is in lower case here and below. */
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

/** The field lines with another name. */
export function withoutField(fields: readonly string[], name: string): string[] {
	return fields.filter((_, i) => (fields[i & ~1] as string).toLowerCase() !== name);
}
