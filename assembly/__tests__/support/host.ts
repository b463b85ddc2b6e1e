// A host of the engine for specs: it keeps the dynamic table's strings by ref, joins pieces, and writes a transcript with
// one line per record. The same frames have the same transcript, however the input was split.

import { DynamicTable } from '../../hpack/table';
import { decode, receive, reset } from '../../index';
import { ARENA, BLOCK, DECODER_TABLE, EVENTS, INPUT } from '../../memory';
import * as Event from '../../shared/event';
import * as Limit from '../../shared/limit';
import { hexAt, putHex, textAt } from './bytes';
import { STATIC_FIELDS } from './static-fields';

/** Longer bodies are written as their length and a checksum. */
const SHOWN_BYTES: u32 = 64;

export class Host {
	lines: string[] = [];
	/** Calls of `receive` or `decode`. */
	passes: i32 = 0;
	/** Passes that ended with PENDING set. */
	pauses: i32 = 0;
	/** Bytes of bodies that were never in INPUT. */
	passedOver: u32 = 0;
	private names: string[] = new Array<string>(Limit.DYNAMIC_REF + Limit.TABLE_ENTRIES);
	private values: string[] = new Array<string>(Limit.DYNAMIC_REF + Limit.TABLE_ENTRIES);
	/** The address from which the offsets of records count. */
	private origin: usize = 0;
	/** The body of the open frame, so far. */
	private body: string = '';
	private bodyLength: u32 = 0;
	private checksum: u32 = 0;
	private charged: u32 = 0;

	/** Resets the engine. */
	constructor(wholeFrames: bool = false) {
		reset(wholeFrames);
		this.names.fill('');
		this.values.fill('');
		for (let ref = 1; ref <= Limit.STATIC_ENTRIES; ref++) {
			const field = STATIC_FIELDS[ref - 1];
			const colon = field.indexOf(': ');
			this.names[ref] = field.slice(0, colon);
			this.values[ref] = field.slice(colon + 2);
		}
	}

	get transcript(): string {
		return this.lines.join('\n');
	}

	/** The lines since the last call. */
	take(): string {
		const lines = this.lines.join('\n');
		this.lines = [];
		return lines;
	}

	/**
	 * Feeds `length` bytes at `source`, `step` at a time. Of each step no more than `window` bytes lie in INPUT at once:
	 * bodies that the host reads itself may be passed over.
	 */
	feed(source: usize, length: u32, step: u32 = Limit.INPUT_BYTES, window: u32 = Limit.INPUT_BYTES): this {
		for (let given: u32 = 0; given < length; given += step) {
			const total = min(step, length - given);
			for (let base: u32 = 0; base < total; ) {
				const size = min(window, total - base);
				this.origin = source + given + base;
				memory.copy(INPUT, this.origin, size);
				// The bytes after the window must not matter.
				memory.fill(INPUT + size, 0xee, min(<u32>32, Limit.INPUT_BYTES - size));
				let at: u32 = 0;
				do {
					const before = at;
					at = receive(at, size, total - base);
					this.read();
					assert(at >= before && at <= total - base, 'the engine went back, or read more than it was given');
				} while (at < size || load<u32>(EVENTS, Event.PENDING << 2) != 0);
				if (at > size) this.passedOver += at - size;
				base += at;
			}
		}
		return this;
	}

	/** Feeds hexadecimal digits. */
	feedHex(digits: string, step: u32 = Limit.INPUT_BYTES): this {
		const bytes = bytesOf(digits);
		return this.feed(changetype<usize>(bytes), bytes.byteLength, step);
	}

	/** Decodes a field block as a library would. */
	decodeHex(digits: string): string {
		return this.decodeBlock(<u32>(putHex(BLOCK, digits) - BLOCK));
	}

	/** Decodes a field block that is already in BLOCK. */
	decodeBlock(length: u32): string {
		let again = false;
		do {
			decode(length, again);
			this.read();
			again = load<u32>(EVENTS, Event.PENDING << 2) != 0;
		} while (again);
		return this.take();
	}

	/** The decoder's dynamic table, as appendix C writes it: size and field, newest first. */
	table(): string {
		const table = changetype<DynamicTable>(DECODER_TABLE);
		const entries: string[] = [];
		for (let index: u32 = Limit.STATIC_ENTRIES + 1; table.refOf(index) != 0; index++) {
			const ref = table.refOf(index);
			entries.push(table.entrySize(ref).toString() + ' ' + this.names[ref] + ': ' + this.values[ref]);
		}
		return entries.join('\n');
	}

	/** Reads the records of a pass. */
	private read(): void {
		this.passes++;
		const end = EVENTS + (load<u32>(EVENTS, Event.END << 2) << 2);
		assert(end <= EVENTS + (Limit.EVENT_WORDS << 2), 'records beyond the event buffer');
		if (load<u32>(EVENTS, Event.PENDING << 2)) this.pauses++;
		let arena = ARENA;
		for (let at = EVENTS + (Event.FIRST << 2); at < end; ) {
			const kind = load<u32>(at) & 0xff;
			const flags = load<u32>(at) >> 8;
			const a = load<u32>(at, 4);
			const b = load<u32>(at, 8);
			const c = load<u32>(at, 12);
			switch (kind) {
				case Event.DATA:
					this.piece(b, c);
					this.charged += load<u32>(at, 16);
					if (flags & Event.END_OF_FRAME) {
						const charged = ' of ' + this.charged.toString();
						this.line('DATA', a.toString() + ' ' + this.takeBody() + charged, flags & Event.END_STREAM, 'END_STREAM');
						this.charged = 0;
					}
					at += 20;
					break;
				case Event.FIELD_INDEXED:
					this.lines.push(this.names[a] + ': ' + this.values[a]);
					at += 8;
					break;
				case Event.FIELD_LITERAL: {
					const literal = flags & Event.NAME_LITERAL;
					const name = literal ? textAt(arena, a) : this.names[a];
					if (literal) arena += a;
					const value = textAt(arena, b);
					arena += b;
					// The name is read before its own entry can be evicted for the new one.
					if (c != 0) {
						this.names[c] = name;
						this.values[c] = value;
					}
					const marks =
						(flags & Event.NEVER_INDEXED ? ' (never indexed)' : '') + (flags & Event.HIDDEN ? ' (hidden)' : '');
					this.lines.push(name + ': ' + value + marks);
					at += 16;
					break;
				}
				case Event.SECTION:
					this.section(at, flags);
					at += 24;
					break;
				case Event.PRIORITY:
					this.numbers('PRIORITY', at, 3);
					at += 16;
					break;
				case Event.RST_STREAM:
					this.numbers('RST_STREAM', at, 2);
					at += 12;
					break;
				case Event.SETTING:
					this.numbers('SETTING', at, 2);
					at += 12;
					break;
				case Event.SETTINGS:
					this.line('SETTINGS', '', flags & Event.ACK, 'ACK');
					at += 8;
					break;
				case Event.PING:
					this.line('PING', a.toString() + ' ' + b.toString(), flags & Event.ACK, 'ACK');
					at += 12;
					break;
				case Event.GOAWAY:
					this.numbers('GOAWAY', at, 3);
					at += 16;
					break;
				case Event.WINDOW_UPDATE:
					this.numbers('WINDOW_UPDATE', at, 2);
					at += 12;
					break;
				case Event.UNKNOWN:
					this.numbers('UNKNOWN', at, 3);
					at += 16;
					break;
				case Event.FAULT:
					this.lines.push(fault(a, b, c));
					at += 16;
					break;
				case Event.PIECE:
					this.piece(a, b);
					if (flags & Event.END_OF_FRAME) this.lines.push('BODY ' + this.takeBody());
					at += 12;
					break;
				case Event.FRAME:
					this.numbers('FRAME', at, 6);
					at += 28;
					break;
				default:
					assert(false, 'a record of an unknown kind');
			}
		}
		assert(load<u32>(EVENTS, Event.ARENA_LENGTH << 2) == <u32>(arena - ARENA), 'strings that no record owns');
	}

	private section(at: usize, flags: u32): void {
		let line = 'SECTION ' + load<u32>(at, 4).toString();
		if (flags & Event.PUSH) line += ' promises ' + load<u32>(at, 8).toString();
		if (load<u32>(at, 12)) line += ' faults ' + load<u32>(at, 12).toString();
		line += ' size ' + load<u32>(at, 16).toString();
		if (load<u32>(at, 20)) line += ' evicted ' + load<u32>(at, 20).toString();
		this.line(line, '', flags & Event.END_STREAM, 'END_STREAM');
	}

	private numbers(name: string, at: usize, count: i32): void {
		for (let i = 1; i <= count; i++) name += ' ' + load<u32>(at + (i << 2)).toString();
		this.lines.push(name);
	}

	private line(name: string, text: string, marked: u32, mark: string): void {
		this.lines.push(name + (text.length ? ' ' + text : '') + (marked ? ' ' + mark : ''));
	}

	private piece(offset: u32, length: u32): void {
		const shown = min(length, SHOWN_BYTES - min(SHOWN_BYTES, this.bodyLength));
		this.body += hexAt(this.origin + offset, shown);
		this.bodyLength += length;
		for (let i: u32 = 0; i < length; i++) this.checksum = this.checksum * 31 + load<u8>(this.origin + offset + i);
	}

	private takeBody(): string {
		const long = this.bodyLength > SHOWN_BYTES;
		const body = long ? this.bodyLength.toString() + ' bytes #' + this.checksum.toString() : '[' + this.body + ']';
		this.body = '';
		this.bodyLength = 0;
		this.checksum = 0;
		return body;
	}
}

/** The line of a violation; stream 0 is the connection. */
export function fault(streamId: u32, errorCode: u32, reason: u32): string {
	return 'FAULT ' + streamId.toString() + ' code ' + errorCode.toString() + ' fault ' + reason.toString();
}

export function bytesOf(digits: string): ArrayBuffer {
	const bytes = new ArrayBuffer(digits.length >> 1);
	putHex(changetype<usize>(bytes), digits);
	return bytes;
}
