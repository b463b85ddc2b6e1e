// The grammar of RFC 9110 for tokens, numbers and the parts of a request target. Leaf; requests, sessions and promised
// requests are all checked with these functions.

/** RFC 9110 §5.6.2, without upper case. */
const TCHAR = "!#$%&'*+\\-.^_`|~0-9a-z";
const TOKEN = new RegExp(`^[${TCHAR}A-Z]+$`);
const LOWER_CASE_TOKEN = new RegExp(`^[${TCHAR}]+$`);
/** RFC 3986 §3.1. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
/** Control characters, spaces and delimiters of other URL parts; RFC 9110 §4.2.4 excludes user information. */
const NOT_AUTHORITY = /[\0-\x20\x7f/?#@\\]/;
const PORT = /:\d{1,5}$/;
const BLANK_OR_CONTROL = /[\0-\x20\x7f]/;

/** Methods and field names are tokens. */
export function isToken(text: string): boolean {
	return TOKEN.test(text);
}

/** Field names of HTTP/2 are in lower case: RFC 9113 §8.2.1. */
export function isLowerCaseToken(text: string): boolean {
	return LOWER_CASE_TOKEN.test(text);
}

export function isScheme(text: string): boolean {
	return SCHEME.test(text);
}

/** Whether the text may be a host with an optional port. */
export function isAuthority(text: string): boolean {
	return text !== '' && !NOT_AUTHORITY.test(text);
}

/** Whether the text may be a host and port, as CONNECT requires (RFC 9110 §9.3.6). */
export function isHostAndPort(text: string): boolean {
	return isAuthority(text) && PORT.test(text) && !text.startsWith(':');
}

/** Whether the text may be a path with an optional query, or `*` (RFC 9113 §8.3.1, RFC 9112 §3.2). */
export function isPath(text: string): boolean {
	return (text.charCodeAt(0) === SLASH || text === '*') && !hasBlankOrControl(text);
}

export function hasBlankOrControl(text: string): boolean {
	return BLANK_OR_CONTROL.test(text);
}

const SLASH = 0x2f;

/** The value of 1 to 15 decimal digits; -1 for any other text. Three times as fast as a regular expression and Number. */
export function readDigits(text: string): number {
	if (text.length === 0 || text.length > 15) return -1;
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
	}
	return value;
}
