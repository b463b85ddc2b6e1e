// One field line: its parts, and which strings can be one at all (RFC 9110 §5). Leaf; used by HTTPHeaderMap.
// The session checks what HTTP/2 allows on the wire beyond that (RFC 9113 §8.2).

export interface FieldFlags {
	/** No HPACK encoder may ever index the field (RFC 7541 §7.1.3). */
	neverIndex?: boolean;
}

export type FieldLine = readonly [name: string, value: string, flags?: FieldFlags];

/** token (RFC 9110 §5.6.2); a colon in front lets a caller override a pseudo-header field. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: "CR, LF, and NUL characters within a field value are invalid and dangerous". */
const NOT_VALUE = /[\0\r\n\u0100-\uffff]/;

/** TypeError unless it is a token, with or without a colon in front. */
export function checkName(name: unknown): void {
	if (typeof name !== 'string') throw new TypeError(`A field name must be a string, not ${describe(name)}`);
	if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a field name: it must be a token`);
}

/** TypeError unless it is a string of octets without NUL, CR and LF. Values may be secret, so no message shows one. */
export function checkValue(name: string, value: unknown): void {
	if (typeof value !== 'string') throw new TypeError(`The value of ${name} must be a string, not ${describe(value)}`);
	const at = value.search(NOT_VALUE);
	if (at < 0) return;
	const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
	throw new TypeError(`The value of ${name} has U+${code} at position ${at}: it must be octets without NUL, CR and LF`);
}

/** For messages: what kind of thing stands where it should not. */
export function describe(value: unknown): string {
	return value === null ? 'null' : Array.isArray(value) ? `an array of ${value.length}` : typeof value;
}
