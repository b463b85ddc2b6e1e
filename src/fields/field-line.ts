// One field line: its parts, and which strings are valid names and values (RFC 9110 §5). Used by HTTPHeaderMap and by
// requests. The session enforces the stricter rules of HTTP/2 (RFC 9113 §8.2).

import { boolean, checkOptions, describe, optionSet } from '../base/options.ts';
import { isToken } from './grammar.ts';

export interface FieldFlags {
	/** Neither we nor an intermediary may put the field into an HPACK table (RFC 7541 §7.1.3). */
	neverIndex?: boolean;
}

export type FieldLine = readonly [name: string, value: string, flags?: FieldFlags];

const FLAGS = optionSet(
	'a field line',
	{ neverIndex: boolean },
	{ sensitive: 'write neverIndex', noIndex: 'write neverIndex' },
);

/** RFC 9110 §5.5: "CR, LF, and NUL characters within a field value are invalid and dangerous". */
const NOT_VALUE = /[\0\r\n\u0100-\uffff]/;
/** RFC 9110 §5.5: "Field values containing other CTL characters are also invalid"; only recipients may keep them. */
const NOT_SENT = /[\0-\x08\x0a-\x1f\x7f\u0100-\uffff]/;
const COLON = ':';

/** TypeError unless the line is an array that begins with a name and a value, both strings. */
export function checkLine(line: unknown): asserts line is readonly [name: string, value: string, flags?: FieldFlags] {
	if (!Array.isArray(line)) throw new TypeError(`A field line must be an array [name, value], not ${describe(line)}`);
	const [name, value] = line;
	if (typeof name !== 'string') throw new TypeError(`A field name must be a string, not ${describe(name)}`);
	if (typeof value !== 'string') throw new TypeError(`The value of ${name} must be a string, not ${describe(value)}`);
}

/** Reads the third element of a field line. TypeError for unknown flags. */
export function isNeverIndexed(flags: FieldFlags | undefined): boolean {
	if (flags === undefined) return false;
	checkOptions(flags, FLAGS);
	return flags.neverIndex === true;
}

/** Fields whose values are credentials, even if the sender has not marked them as never indexed. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** Whether the value of a field line is a secret, which traces and the console do not show. */
export function isSecret(name: string, flags: FieldFlags | undefined): boolean {
	return flags?.neverIndex === true || SECRET_FIELDS.has(name.toLowerCase());
}

/** What is shown instead of a secret value. */
export function describeSecret(value: string): string {
	return `<sensitive, ${value.length} bytes>`;
}

/** TypeError unless `name` is a token, which a colon may precede. */
export function checkName(name: unknown): void {
	if (typeof name !== 'string') throw new TypeError(`A field name must be a string, not ${describe(name)}`);
	if (isToken(name.startsWith(COLON) ? name.slice(1) : name)) return;
	throw new TypeError(`${JSON.stringify(name)} is not a field name: it must be a token`);
}

/** TypeError unless every character is a byte other than NUL, CR and LF. The message omits the value, which may be secret. */
export function checkValue(name: string, value: unknown): void {
	if (typeof value !== 'string') throw new TypeError(`The value of ${name} must be a string, not ${describe(value)}`);
	checkBytes(name, value, NOT_VALUE, 'NUL, CR and LF');
}

/** As `checkValue`, and TypeError for all other control characters but HTAB, which may be received but not sent. */
export function checkSentValue(name: string, value: string): void {
	checkBytes(name, value, NOT_SENT, 'control characters');
}

function checkBytes(name: string, value: string, not: RegExp, what: string): void {
	if (!not.test(value)) return;
	const at = value.search(not);
	const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
	throw new TypeError(
		`The value of ${name} has U+${code} at position ${at}: it may contain characters up to U+00FF except ${what}`,
	);
}
