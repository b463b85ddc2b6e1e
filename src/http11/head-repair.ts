// Rewrites what RFC 9112 wants accepted in the head of a response and the platform's parser refuses or misreads: folded fields
// (§5.2), equal content-lengths (RFC 9110 §8.6), blanks and commas behind chunked. Passes everything else on as it is, so the
// parser decides on it. Leaves what browsers accept to lenient-section.ts, and chunks to chunked-content.ts.

import { holdBytes, joinBytes, joinViews, latin1Bytes, latin1Text } from '../base/bytes.ts';
import { ChunkedContent } from './chunked-content.ts';
import { LenientSection } from './lenient-section.ts';

const NO_BYTES = new Uint8Array(0);
const LF = 10;
const CR = 13;
/** More lines than this are not joined into one field. */
const MAX_FOLDS = 64;

/**
 * through ── begin ──> status ── LF ──> fields ── empty line ──> through
 *                        ^── after a 1xx ──┘
 */
type RepairState = 'through' | 'status' | 'fields';

export class HeadRepair {
	/** Whether other readers may see another end of the message, so that the connection has to close. */
	isDoubtful = false;
	readonly #limit: number;
	/** Null: what browsers accept beyond RFC 9112 is left to the parser. */
	readonly #lenient: LenientSection | null;
	#state: RepairState = 'through';
	/** Of the request. */
	#method = '';
	/** The beginning of the status line. */
	#status = '';
	#length: string | null = null;
	/** Whether the last coding of the content is chunked. */
	#isChunked = false;
	/** The chunks behind the head. */
	#content: ChunkedContent | null = null;
	/** A field line that is not complete. */
	#held: Uint8Array[] = [];
	#heldBytes = 0;

	constructor(limit: number, isLenient: boolean) {
		this.#limit = limit;
		this.#lenient = isLenient ? new LenientSection(limit) : null;
	}

	/** The head of a response to this method is next. */
	begin(method: string): void {
		this.#method = method;
		this.#content = null;
		this.#lenient?.beginHead();
		this.#state = 'status';
		this.#status = '';
		this.#length = null;
		this.#isChunked = false;
		this.#held = [];
		this.#heldBytes = 0;
	}

	/** What the parser gets for these bytes: a view of them, or new bytes. */
	push(received: Uint8Array): Uint8Array {
		if (this.#content !== null) return this.#pushContent(received, this.#content);
		if (this.#state === 'through') return received;
		const bytes = this.#lenient === null ? received : this.#lenient.push(received);
		if (this.#lenient?.isDoubtful) this.isDoubtful = true;
		if (this.#state === 'status' && this.#status === '') {
			const end = this.#readPlainHead(bytes);
			if (end > 0) return this.#isChunked ? this.#endHead(bytes, end, [bytes.subarray(0, end)]) : bytes;
		}
		if (this.#heldBytes > 0 && !bytes.includes(LF) && this.#held.at(-1)?.at(-1) !== LF) {
			this.#hold(bytes);
			return this.#heldBytes > this.#limit ? this.#giveUp() : NO_BYTES;
		}
		const data = this.#heldBytes === 0 ? bytes : joinBytes([...this.#held, bytes]);
		this.#held = [];
		this.#heldBytes = 0;
		return this.#repair(data);
	}

	/**
	 * Returns where the head of a final response ends, if the bytes begin with all of it and it needs no repair, as most do.
	 * Otherwise returns 0.
	 */
	#readPlainHead(bytes: Uint8Array): number {
		// `HTTP/1.1 2`: after another digit, another head may follow.
		if (bytes[7] !== 0x31 || bytes[9] === undefined || bytes[9] < 0x32) return 0;
		let lengths = 0;
		let isChunked = false;
		for (let at = bytes.indexOf(LF) + 1; at > 0; at = bytes.indexOf(LF, at) + 1) {
			const initial = bytes[at];
			if (initial === CR) {
				if (bytes[at + 1] !== LF) return 0;
				this.#isChunked = isChunked;
				if (isChunked) this.#status = latin1Text(bytes.subarray(0, STATUS_BYTES));
				else this.#state = 'through';
				return at + 2;
			}
			if (initial === undefined || initial <= 0x20) return 0;
			if (bytes[at + LENGTH_COLON] === COLON && (initial | 0x20) === 0x63) {
				if (lengths++ > 0 || bytes.subarray(at, bytes.indexOf(LF, at)).includes(COMMA)) return 0;
			} else if (bytes[at + CODING_COLON] === COLON && (initial | 0x20) === 0x74) {
				if (!isChunkedLine(bytes, at)) return 0;
				isChunked = true;
			}
		}
		return 0;
	}

	#repair(data: Uint8Array): Uint8Array {
		const parts: Uint8Array[] = [];
		let passed = 0;
		let at = 0;
		while (this.#state !== 'through' && at < data.length) {
			if (this.#state === 'status') {
				at = this.#readStatus(data, at);
				continue;
			}
			const end = endOfField(data, at);
			if (end === -1) break;
			if (isEmptyLine(data, at, end)) {
				if (INFORMATIONAL.test(this.#status)) this.#skipHead();
				else return this.#endHead(data, end, [...parts, data.subarray(passed, end)]);
			} else {
				const repaired = this.#repairField(data.subarray(at, end));
				if (repaired !== null) {
					parts.push(data.subarray(passed, at), repaired);
					passed = end;
				}
			}
			at = end;
		}
		const rest = this.#state === 'fields' ? at : data.length;
		if (rest < data.length) this.#hold(data.subarray(rest));
		parts.push(data.subarray(passed, rest));
		if (this.#heldBytes > this.#limit) parts.push(this.#giveUp());
		return joinViews(parts);
	}

	/** Another head follows. */
	#skipHead(): void {
		this.#state = 'status';
		this.#status = '';
		this.#length = null;
		this.#isChunked = false;
	}

	/** Passes the head of a final response on, and the rest of the bytes as its content. */
	#endHead(bytes: Uint8Array, end: number, head: readonly Uint8Array[]): Uint8Array {
		this.#state = 'through';
		if (this.#isChunked && this.#method !== 'HEAD' && !WITHOUT_CONTENT.test(this.#status)) {
			this.#content = new ChunkedContent(this.#limit, this.#lenient !== null);
		}
		return joinViews([...head, this.push(bytes.subarray(end))]);
	}

	#pushContent(bytes: Uint8Array, content: ChunkedContent): Uint8Array {
		const passed = content.push(bytes);
		if (content.isDoubtful) this.isDoubtful = true;
		return passed;
	}

	/** Returns where the status line ends, or the data. The parser skips line breaks before it. */
	#readStatus(data: Uint8Array, at: number): number {
		let start = at;
		if (this.#status === '') while (data[start] === CR || data[start] === LF) start++;
		if (start === data.length) return start;
		const lineEnd = data.indexOf(LF, start);
		const end = lineEnd === -1 ? data.length : lineEnd + 1;
		this.#status += latin1Text(data.subarray(start, Math.min(end, start + STATUS_BYTES)));
		if (lineEnd !== -1) this.#state = 'fields';
		return end;
	}

	/** Null: the line stays as it is. */
	#repairField(line: Uint8Array): Uint8Array | null {
		const isFolded = line.indexOf(LF) < line.length - 1;
		if (!isFolded && line[LENGTH_COLON] !== COLON && line[CODING_COLON] !== COLON) return null;
		const text = latin1Text(line);
		const field = text.replace(FOLD, '  ');
		if (isFolded && FRAMING.test(field)) this.isDoubtful = true;
		const repaired = this.#repairLength(this.#repairCoding(field));
		return repaired === text ? null : latin1Bytes(repaired);
	}

	/** The parser takes other codings than chunked, and blanks or a comma behind it, for content that ends with the connection. */
	#repairCoding(field: string): string {
		if (!CODING.test(field)) return field;
		const codings = field
			.slice(CODING_COLON + 1)
			.toLowerCase()
			.split(',');
		const last = codings
			.map((coding) => coding.trim())
			.filter((coding) => coding !== '')
			.at(-1);
		if (last !== undefined) this.#isChunked = last === 'chunked';
		// RFC 9112 §6.1: a client that receives this in HTTP/1.0 "MUST close the connection after processing the message".
		if (this.#status.startsWith('HTTP/1.0')) this.isDoubtful = true;
		if (last !== 'chunked' || CHUNKED_AT_END.test(field)) return field;
		this.isDoubtful = true;
		return field.replace(/[\t ,]+\r\n$/, '\r\n');
	}

	/** The first of equal lengths stays, for the parser. */
	#repairLength(field: string): string {
		const lengths = LENGTHS.exec(field);
		if (lengths === null) return field;
		const values = new Set((lengths[1] as string).split(',').map((value) => value.trim()));
		const [value = ''] = values;
		if (values.size > 1 || (this.#length !== null && this.#length !== value)) return field;
		const isRepeated = this.#length !== null;
		this.#length = value;
		if (isRepeated) return '';
		return lengths[1] === value ? field : `Content-Length: ${value}\r\n`;
	}

	#hold(bytes: Uint8Array): void {
		holdBytes(this.#held, bytes);
		this.#heldBytes += bytes.length;
	}

	/** Passes the held line on, for the parser to refuse. */
	#giveUp(): Uint8Array {
		const held = joinBytes(this.#held);
		this.#state = 'through';
		this.#held = [];
		this.#heldBytes = 0;
		return held;
	}
}

const COLON = 0x3a;
const COMMA = 0x2c;
/** Where the colon is behind content-length and transfer-encoding. */
const LENGTH_COLON = 14;
const CODING_COLON = 17;
const INFORMATIONAL = /^HTTP\/\d\.\d 1(?!01)/;
const WITHOUT_CONTENT = /^HTTP\/\d\.\d (?:101|204|304)/;
const CHUNKED = latin1Bytes('transfer-encoding: chunked\r\n');
const CODING = /^transfer-encoding:/i;
const CHUNKED_AT_END = /chunked *\r\n$/i;
/** RFC 9112 §5.2: obs-fold is OWS CRLF RWS. */
const FOLD = /\r\n(?=[ \t])/g;
/** `HTTP/1.1 200` */
const STATUS_BYTES = 12;
const FRAMING = /content-length|transfer-encoding|connection/i;
/** A list of numbers; anything else is left to the parser. */
const LENGTHS = /^content-length:[ \t]*(\d+(?:[ \t]*,[ \t]*\d+)*)[ \t]*\r\n$/i;

/** Whether the field that begins here says that the content is chunked, as most that are say it. */
function isChunkedLine(bytes: Uint8Array, start: number): boolean {
	for (let i = 0; i < CHUNKED.length; i++) {
		const byte = bytes[start + i];
		const expected = CHUNKED[i] as number;
		if (byte === undefined || (byte !== expected && (expected < 0x61 || (byte | 0x20) !== expected))) return false;
	}
	return true;
}

/** Where the field that begins here ends, with its folds; -1 if that is not known yet. */
function endOfField(data: Uint8Array, start: number): number {
	let end = data.indexOf(LF, start) + 1;
	if (end === 0) return -1;
	if (isEmptyLine(data, start, end)) return end;
	for (let folds = 0; folds < MAX_FOLDS; folds++) {
		const next = data[end];
		if (next === undefined) return -1;
		if (next !== 0x20 && next !== 0x09) return end;
		end = data.indexOf(LF, end) + 1;
		if (end === 0) return -1;
	}
	return end;
}

function isEmptyLine(data: Uint8Array, start: number, end: number): boolean {
	return end - start === 1 || (end - start === 2 && data[start] === CR);
}
