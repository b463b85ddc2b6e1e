// Rewrites what RFC 9112 wants accepted in the head of a response and the platform's parser refuses: folded fields
// (§5.2) and equal content-lengths (RFC 9110 §8.6). Passes everything else on as it is, so the parser decides on it.

import { joinBytes, latin1Bytes, latin1Text } from '../base/bytes.ts';
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
	/** The beginning of the status line. */
	#status = '';
	#length: string | null = null;
	/** A field line that is not complete. */
	#held: Uint8Array[] = [];
	#heldBytes = 0;

	constructor(limit: number, isLenient: boolean) {
		this.#limit = limit;
		this.#lenient = isLenient ? new LenientSection(limit) : null;
	}

	/** The head of a response is next. */
	begin(): void {
		this.#lenient?.beginHead();
		this.#beginHead();
	}

	#beginHead(): void {
		this.#state = 'status';
		this.#status = '';
		this.#length = null;
		this.#held = [];
		this.#heldBytes = 0;
	}

	/** What the parser gets for these bytes: a view of them, or new bytes. */
	push(received: Uint8Array): Uint8Array {
		if (this.#state === 'through') return received;
		const bytes = this.#lenient === null ? received : this.#lenient.push(received);
		if (this.#lenient?.isDoubtful) this.isDoubtful = true;
		if (this.#status === '' && isPlainHead(bytes)) {
			this.#state = 'through';
			return bytes;
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
				const isInformational = /^HTTP\/1\.\d 1(?!01)/.test(this.#status);
				this.#beginHead();
				if (!isInformational) this.#state = 'through';
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
		return parts.length === 1 ? (parts[0] as Uint8Array) : joinBytes(parts);
	}

	/** Returns where the status line ends, or the data. */
	#readStatus(data: Uint8Array, at: number): number {
		const lineEnd = data.indexOf(LF, at);
		const end = lineEnd === -1 ? data.length : lineEnd + 1;
		this.#status += latin1Text(data.subarray(at, Math.min(end, at + 12)));
		// The parser skips empty lines before it.
		if (lineEnd !== -1 && /^\r?\n$/.test(this.#status)) this.#status = '';
		else if (lineEnd !== -1) this.#state = 'fields';
		return end;
	}

	/** Null: the line stays as it is. */
	#repairField(line: Uint8Array): Uint8Array | null {
		const isFolded = line.indexOf(LF) < line.length - 1;
		const isLength = LENGTH_INITIALS.has(line[0] as number) && line[14] === COLON;
		if (!isFolded && !isLength) return null;
		const text = latin1Text(line);
		const field = text.replace(FOLD, '  ');
		if (isFolded && FRAMING.test(field)) this.isDoubtful = true;
		const lengths = LENGTHS.exec(field);
		if (lengths === null) return field === text ? null : latin1Bytes(field);
		const values = new Set((lengths[1] as string).split(',').map((value) => value.trim()));
		const [value = ''] = values;
		if (values.size > 1 || (this.#length !== null && this.#length !== value)) return null;
		// The first of equal lengths stays, for the parser.
		const isRepeated = this.#length !== null;
		this.#length = value;
		if (isRepeated) return NO_BYTES;
		return isFolded || lengths[1] !== value ? latin1Bytes(`Content-Length: ${value}\r\n`) : null;
	}

	#hold(bytes: Uint8Array): void {
		this.#held.push(bytes.slice());
		this.#heldBytes += bytes.length;
	}

	/** Passes the held line on, for the parser to refuse. */
	#giveUp(): Uint8Array {
		const held = joinBytes(this.#held);
		this.#beginHead();
		this.#state = 'through';
		return held;
	}
}

const COLON = 0x3a;
const COMMA = 0x2c;
const LENGTH_INITIALS: ReadonlySet<number> = new Set([0x43, 0x63]);
/** RFC 9112 §5.2: obs-fold is OWS CRLF RWS. */
const FOLD = /\r\n(?=[ \t])/g;
const FRAMING = /content-length|transfer-encoding|connection/i;
/** A list of numbers; anything else is left to the parser. */
const LENGTHS = /^content-length:[ \t]*(\d+(?:[ \t]*,[ \t]*\d+)*)[ \t]*\r\n$/i;

/** Whether the bytes begin with the whole head of a final response that needs no repair, as most do. */
function isPlainHead(bytes: Uint8Array): boolean {
	// `HTTP/1.1 2`: after another digit, another head may follow.
	if (bytes[9] === undefined || bytes[9] < 0x32) return false;
	let lengths = 0;
	for (let end = bytes.indexOf(LF) + 1; end > 0; end = bytes.indexOf(LF, end) + 1) {
		const next = bytes[end];
		if (next === CR) return bytes[end + 1] === LF;
		if (next === undefined || next <= 0x20) return false;
		if ((next | 0x20) !== 0x63 || bytes[end + 14] !== COLON) continue;
		if (lengths++ > 0 || bytes.subarray(end, bytes.indexOf(LF, end)).includes(COMMA)) return false;
	}
	return false;
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
