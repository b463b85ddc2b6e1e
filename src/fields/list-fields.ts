// The fields whose value is a comma-separated list, and how to split one (RFC 9110 §5.6.1). Leaf. Source of the list: the
// IANA "Hypertext Transfer Protocol (HTTP) Field Name Registry" and the grammars of the specifications it cites: rules of
// the form `#element`, and structured fields of type List or Dictionary (RFC 9651).

/** The elements of a list field's value; the whole value of any other field. `name` is in lower case. */
export function splitFieldValue(name: string, value: string): string[] {
	const syntax = LIST_FIELDS.get(name);
	if (syntax === undefined) return [value];
	return value.includes(',') ? splitList(value, syntax) : [trimOWS(value)];
}

/** Whether a value of a list field has this element, in any case. `name` and `element` are in lower case. */
export function hasElement(name: string, value: string, element: string): boolean {
	return splitFieldValue(name, value).some((each) => each.toLowerCase() === element);
}

/** What may contain a comma within an element, besides quoted strings. */
type ListSyntax = 'plain' | 'entity-tag' | 'uri' | 'comment';

// "A recipient MUST parse and ignore a reasonable number of empty list elements" (RFC 9110 §5.6.1.2). If all elements are
// empty, the result is one empty string, so that the field does not disappear.
function splitList(value: string, syntax: ListSyntax): string[] {
	const elements: string[] = [];
	// A backslash is an ordinary character of an entity tag (RFC 9110 §8.8.3).
	const escapes = syntax !== 'entity-tag';
	const opening = syntax === 'uri' ? '<' : syntax === 'comment' ? '(' : '';
	const closing = syntax === 'uri' ? '>' : ')';
	let start = 0;
	let quoted = false;
	let depth = 0;
	for (let at = 0; at < value.length; at++) {
		const character = value[at];
		if (character === '\\' && escapes && (quoted || depth > 0)) at++;
		else if (quoted) quoted = character !== '"';
		else if (character === opening) depth++;
		else if (depth > 0) depth -= character === closing ? 1 : 0;
		else if (character === '"') quoted = true;
		else if (character === ',') {
			pushElement(elements, value.slice(start, at));
			start = at + 1;
		}
	}
	pushElement(elements, value.slice(start));
	return elements.length === 0 ? [''] : elements;
}

function pushElement(elements: string[], text: string): void {
	const element = trimOWS(text);
	if (element !== '') elements.push(element);
}

/** Trims spaces and tabs (OWS, RFC 9110 §5.6.3). `String.trim` would also remove U+00A0, which is obs-text. */
export function trimOWS(text: string): string {
	let start = 0;
	let end = text.length;
	while (start < end && isOWS(text.charCodeAt(start))) start++;
	while (end > start && isOWS(text.charCodeAt(end - 1))) end--;
	return text.slice(start, end);
}

function isOWS(code: number): boolean {
	return code === 0x20 || code === 0x09;
}

// Not in the list: Set-Cookie (RFC 6265 §3); Range, whose commas are part of one value; and WWW-Authenticate and
// Proxy-Authenticate, where commas separate both challenges and the parameters of one challenge (RFC 9110 §11.6.1).
const LIST_FIELDS: ReadonlyMap<string, ListSyntax> = new Map<string, ListSyntax>([
	...fields(
		'plain',
		// RFC 9110
		'accept accept-charset accept-encoding accept-language accept-ranges allow authentication-info connection',
		'content-encoding content-language expect proxy-authentication-info te trailer upgrade vary',
		// RFC 9111, RFC 9112; RFC 2068 §19.7.1.1
		'cache-control pragma transfer-encoding keep-alive',
		// Fetch, Resource Timing, Server Timing, Referrer Policy, Clear Site Data, CSP3, Permissions Policy, Reporting,
		// Integrity Policy
		'access-control-allow-headers access-control-allow-methods access-control-expose-headers',
		'access-control-request-headers timing-allow-origin server-timing referrer-policy clear-site-data',
		'content-security-policy content-security-policy-report-only permissions-policy reporting-endpoints',
		'integrity-policy integrity-policy-report-only',
		// Linked Data Platform (Accept-Post), RFC 5789, RFC 8942
		'accept-post accept-patch accept-ch',
		// RFC 2295, RFC 3229, RFC 4918 (TimeOut), RFC 6455, RFC 7239, RFC 7240, RFC 7639, RFC 7838
		'accept-features negotiate tcn a-im im timeout sec-websocket-extensions sec-websocket-protocol',
		'sec-websocket-version forwarded prefer preference-applied alpn alt-svc',
		// RFC 8586, RFC 9209, RFC 9211, RFC 9213, RFC 9218, RFC 9440, RFC 9652, RFC 9842
		'cdn-loop proxy-status cache-status cdn-cache-control priority client-cert-chain link-template use-as-dictionary',
		// RFC 9421, RFC 9530; RFC 3230
		'accept-signature signature signature-input content-digest repr-digest want-content-digest want-repr-digest',
		'digest want-digest',
	),
	...fields('entity-tag', 'if-match if-none-match'),
	// RFC 8288, RFC 4918, RFC 5323: URIs in angle brackets
	...fields('uri', 'link dav dasl'),
	// RFC 9110 §7.6.3: a comment after each hop
	...fields('comment', 'via'),
]);

function fields(syntax: ListSyntax, ...lines: string[]): [string, ListSyntax][] {
	return lines.flatMap((line) => line.split(' ')).map((name) => [name, syntax]);
}
