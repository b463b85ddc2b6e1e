// Rewrites the head of a response, or its trailer section, so that a strict parser accepts what browsers accept: bare LF,
// odd status lines, odd field lines, a length beside chunked. Called by head-repair.ts on lenient connections. What
// browsers refuse, and what the tests of the Fetch standard want refused, stays as it is.

import { holdBytes, joinBytes, latin1Bytes, latin1Text } from '../base/bytes.ts';
import { isToken } from '../fields/grammar.ts';

const NO_BYTES = new Uint8Array(0);
const LF = 10;
const CR = 13;

/** `beginning`: the first bytes of a response, which may turn out not to be a head. */
type SectionState = 'through' | 'beginning' | 'head' | 'trailers';

export class LenientSection {
	/** Whether anything was rewritten: other readers may see another end of the message, so the connection closes. */
	isDoubtful = false;
	readonly #limit: number;
	#state: SectionState = 'through';
	/** The section so far. */
	#held: Uint8Array[] = [];
	#heldBytes = 0;
	/** The bytes of the current line; -1 while only empty lines have arrived. */
	#lineBytes = -1;

	constructor(limit: number) {
		this.#limit = limit;
	}

	beginHead(): void {
		this.#begin('beginning', -1);
	}

	beginTrailers(): void {
		this.#begin('trailers', 0);
	}

	/** Returns the section once it is complete, and everything after it. */
	push(bytes: Uint8Array): Uint8Array {
		const parts: Uint8Array[] = [];
		let at = 0;
		while (this.#state !== 'through' && at < bytes.length) {
			const end = this.#findEnd(bytes, at);
			const piece = bytes.subarray(at, end === -1 ? bytes.length : end);
			at += piece.length;
			// A strict parser, too, skips empty lines before a head.
			if (this.#lineBytes === -1) continue;
			holdBytes(this.#held, piece);
			this.#heldBytes += piece.length;
			if (end !== -1) parts.push(this.#end());
			else if (!this.#mayContinue()) parts.push(this.#pass());
		}
		if (at < bytes.length) parts.push(bytes.subarray(at));
		return parts.length === 0 ? NO_BYTES : joinBytes(parts);
	}

	#begin(state: SectionState, lineBytes: number): void {
		this.#state = state;
		this.#held = [];
		this.#heldBytes = 0;
		this.#lineBytes = lineBytes;
	}

	/** Where the empty line that ends the section ends; -1 if it has not arrived. */
	#findEnd(bytes: Uint8Array, start: number): number {
		for (let at = start; at < bytes.length; at++) {
			const byte = bytes[at];
			if (byte === LF) {
				if (this.#lineBytes === 0) return at + 1;
				if (this.#lineBytes > 0) this.#lineBytes = 0;
			} else if (byte !== CR) {
				this.#lineBytes = Math.max(this.#lineBytes, 0) + 1;
			}
		}
		return -1;
	}

	/** Whether this can still be a section. Anything else would wait in vain for its end, so the parser gets it at once. */
	#mayContinue(): boolean {
		if (this.#heldBytes > this.#limit) return false;
		if (this.#state !== 'beginning') return true;
		const text = latin1Text(joinBytes(this.#held)).replace(EMPTY_LINES, '');
		if (text.length < BEGINNING_LENGTH && !text.includes('\n')) return true;
		if (!BEGINNING.test(text)) return false;
		this.#state = 'head';
		return true;
	}

	#end(): Uint8Array {
		const isTrailers = this.#state === 'trailers';
		const held = this.#pass();
		const whole = latin1Text(held);
		const text = isTrailers ? whole : whole.replace(EMPTY_LINES, '');
		const repaired = isTrailers ? repairTrailers(text) : repairHead(text);
		if (repaired === null) return held;
		if (repaired !== text) this.isDoubtful = true;
		if (!isTrailers && INFORMATIONAL.test(repaired)) this.beginHead();
		return repaired === text ? held : latin1Bytes(repaired);
	}

	/** Ends the rewriting, and returns what is held. */
	#pass(): Uint8Array {
		const held = joinBytes(this.#held);
		this.#begin('through', -1);
		return held;
	}
}

const EMPTY_LINES = /^[\r\n]+/;
/** Chrome accepts up to four bytes before it, such as a byte order mark. */
const BEGINNING = /^.{0,4}?(?:HTTP|ICY)/is;
const BEGINNING_LENGTH = 8;
const INFORMATIONAL = /^HTTP\/1\.\d 1(?!01)/;
/** ICY is what SHOUTcast says. */
const STATUS_LINE = /^.{0,4}?(?:HTTP(?:\/(\d+)\.(\d+))?|ICY)[ \t]+(\d{3})(?!\d)[ \t]*(.*)$/i;
const STRICT_STATUS_LINE = /^HTTP\/1\.[01] \d{3}(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Readers see different lines where a CR stands alone. */
const REFUSED = /\0|\r(?!\n)/;
/** Browsers keep them; our parser does not (RFC 9110 §5.5 wants CR, LF and NUL refused or replaced by spaces). */
const CONTROLS = /[^\t\r\n\x20-\x7e\x80-\xff]/g;
const LENGTH = 'content-length';
const CODING = 'transfer-encoding';

/** Null: the head is refused. */
function repairHead(text: string): string | null {
	const [line = '', ...lines] = text.split(/\r?\n/);
	const status = repairStatusLine(line);
	if (status === null || REFUSED.test(text)) return null;
	const fields = repairFraming(readFields(lines));
	return `${[status, ...fields.map(({ line }) => line)].join('\r\n')}\r\n\r\n`;
}

/** RFC 9110 §6.5.1 forbids fields in trailers that say where the message ends. */
function repairTrailers(text: string): string | null {
	if (REFUSED.test(text)) return null;
	const fields = readFields(text.split(/\r?\n/)).filter(({ name }) => name !== LENGTH && name !== CODING);
	return `${fields.map(({ line }) => `${line}\r\n`).join('')}\r\n`;
}

function repairStatusLine(line: string): string | null {
	if (STRICT_STATUS_LINE.test(line)) return line;
	const parts = STATUS_LINE.exec(line);
	if (parts === null) return null;
	const [, major = '1', minor = '0', status, reason = ''] = parts;
	// As Chrome: a later version is 1.1, an earlier or missing one is 1.0.
	const version = Number(major) > 1 || (Number(major) === 1 && Number(minor) > 0) ? 'HTTP/1.1' : 'HTTP/1.0';
	return `${version} ${status} ${reason.replace(CONTROLS, ' ')}`;
}

interface Field {
	/** In lower case. */
	readonly name: string;
	/** With its folds. */
	line: string;
}

/** Skips what is no field: lines without a colon or with a name that is not a token, and folds behind them. */
function readFields(lines: readonly string[]): Field[] {
	const fields: Field[] = [];
	let field: Field | null = null;
	for (const line of lines) {
		if (line.startsWith(' ') || line.startsWith('\t')) {
			if (field !== null) field.line += `\r\n${line.replace(CONTROLS, ' ')}`;
			continue;
		}
		const colon = line.indexOf(':');
		const name = line.slice(0, Math.max(colon, 0)).replace(/[ \t]+$/, '');
		field = isToken(name)
			? { name: name.toLowerCase(), line: `${name}:${line.slice(colon + 1).replace(CONTROLS, ' ')}` }
			: null;
		if (field !== null) fields.push(field);
	}
	return fields;
}

/** Decides as browsers do where the message ends, if several fields or none that is valid say so. */
function repairFraming(fields: readonly Field[]): readonly Field[] {
	const codings = valuesOf(fields, CODING).map((coding) => coding.toLowerCase());
	const lengths = new Set(valuesOf(fields, LENGTH));
	const without = (unwanted: string): Field[] => fields.filter(({ name }) => name !== unwanted);
	if (codings.includes('chunked')) {
		const rest = without(LENGTH);
		if (codings.at(-1) === 'chunked') return rest;
		return [...rest.filter(({ name }) => name !== CODING), { name: CODING, line: 'Transfer-Encoding: chunked' }];
	}
	// The length of a message with unknown codings counts; a length that is no number does not, but differing ones are refused.
	const [length = ''] = lengths;
	if (lengths.size === 1 && !/^\d+$/.test(length)) return without(LENGTH);
	return codings.length > 0 && lengths.size > 0 ? without(CODING) : fields;
}

/** The elements of all lists with this name. */
function valuesOf(fields: readonly Field[], wanted: string): string[] {
	const lines = fields.filter(({ name }) => name === wanted);
	return lines.flatMap(({ line }) => line.slice(wanted.length + 1).split(',')).map((value) => value.trim());
}
