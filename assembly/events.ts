// Writes records for the host into the event buffer; shared/event.ts has their layout. Callers check `hasRoom` before
// each step, which writes at most RESERVE words.

import { EVENTS } from './memory';
import * as Event from './shared/event';
import { EVENT_WORDS } from './shared/limit';

/** One step writes at most the last field of a block (4 words), its SECTION (6) and a record of the next frame (4). */
const RESERVE = 16;

let at: usize = EVENTS + (Event.FIRST << 2);

// @ts-ignore: decorator
@inline
export function hasRoom(): bool {
	return at <= EVENTS + ((EVENT_WORDS - RESERVE) << 2);
}

export function clearEvents(): void {
	at = EVENTS + (Event.FIRST << 2);
}

/** Ends a pass by writing the four words at the front of the buffer. */
export function sealEvents(pending: bool, arenaLength: u32, nonASCII: bool): void {
	store<u32>(EVENTS, <u32>(at - EVENTS) >> 2, Event.END << 2);
	store<u32>(EVENTS, <u32>pending, Event.PENDING << 2);
	store<u32>(EVENTS, arenaLength, Event.ARENA_LENGTH << 2);
	store<u32>(EVENTS, <u32>nonASCII, Event.ARENA_NON_ASCII << 2);
}

// @ts-ignore: decorator
@inline
export function emit1(kind: u32, flags: u32, a: u32): void {
	store<u32>(at, kind | (flags << 8));
	store<u32>(at, a, 4);
	at += 8;
}

// @ts-ignore: decorator
@inline
export function emit2(kind: u32, flags: u32, a: u32, b: u32): void {
	store<u32>(at, kind | (flags << 8));
	store<u32>(at, a, 4);
	store<u32>(at, b, 8);
	at += 12;
}

// @ts-ignore: decorator
@inline
export function emit3(kind: u32, flags: u32, a: u32, b: u32, c: u32): void {
	store<u32>(at, kind | (flags << 8));
	store<u32>(at, a, 4);
	store<u32>(at, b, 8);
	store<u32>(at, c, 12);
	at += 16;
}

// @ts-ignore: decorator
@inline
export function emit4(kind: u32, flags: u32, a: u32, b: u32, c: u32, d: u32): void {
	emit3(kind, flags, a, b, c);
	store<u32>(at, d);
	at += 4;
}

export function emit5(kind: u32, flags: u32, a: u32, b: u32, c: u32, d: u32, e: u32): void {
	emit4(kind, flags, a, b, c, d);
	store<u32>(at, e);
	at += 4;
}

export function emit6(kind: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): void {
	emit5(kind, 0, a, b, c, d, e);
	store<u32>(at, f);
	at += 4;
}

/** Reports a violation on a stream, or of the connection if `streamId` is 0. */
export function emitFault(streamId: u32, errorCode: u32, fault: u32): void {
	emit3(Event.FAULT, 0, streamId, errorCode, fault);
}
