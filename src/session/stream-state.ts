// RFC 9113 §5.1: which frames are legal in which state of a stream, as a client sees it.
//
//                     send HEADERS                      receive PUSH_PROMISE
//              idle ----------------> open      idle ------------------------> reserved (remote)
//                                    /    \                                          |
//                     send          /      \  receive                                | receive HEADERS
//                  END_STREAM      v        v  END_STREAM                            v
//              half-closed (local)            half-closed (remote)          half-closed (local)
//                     |  receive END_STREAM           |  send END_STREAM
//                     +----------> closed <-----------+         RST_STREAM of either side: closed from anywhere

export const IDLE = 0;
export const RESERVED_REMOTE = 1;
export const OPEN = 2;
export const HALF_CLOSED_LOCAL = 3;
export const HALF_CLOSED_REMOTE = 4;
export const CLOSED = 5;

export const SEND_HEADERS = 0;
export const SEND_DATA = 1;
export const SEND_END_STREAM = 2;
export const RECEIVE_PROMISE = 3;
export const RECEIVE_HEADERS = 4;
export const RECEIVE_DATA = 5;
export const RECEIVE_END_STREAM = 6;
export const RESET = 7;
const INPUTS = 8;

/** What `next` gives for an input that the state does not allow. */
export const ILLEGAL = -1;

const NO = ILLEGAL;
// biome-ignore format: a table
const TABLE: readonly number[] = [
	// send HEADERS, DATA,              END_STREAM,  receive promise, HEADERS,           DATA,               END_STREAM,         RESET
	OPEN,               NO,                 NO,                 RESERVED_REMOTE, NO,                 NO,                 NO,                 NO,     // idle
	NO,                 NO,                 NO,                 NO,              HALF_CLOSED_LOCAL,  NO,                 NO,                 CLOSED, // reserved
	OPEN,               OPEN,               HALF_CLOSED_LOCAL,  NO,              OPEN,               OPEN,               HALF_CLOSED_REMOTE, CLOSED, // open
	NO,                 NO,                 NO,                 NO,              HALF_CLOSED_LOCAL,  HALF_CLOSED_LOCAL,  CLOSED,             CLOSED, // local
	HALF_CLOSED_REMOTE, HALF_CLOSED_REMOTE, CLOSED,             NO,              NO,                 NO,                 NO,                 CLOSED, // remote
	NO,                 NO,                 NO,                 NO,              NO,                 NO,                 NO,                 CLOSED, // closed
];

const NAMES = ['idle', 'reserved (remote)', 'open', 'half-closed (local)', 'half-closed (remote)', 'closed'];

/** The state after an input, or ILLEGAL. */
export function nextState(state: number, input: number): number {
	return TABLE[state * INPUTS + input] as number;
}

export function stateName(state: number): string {
	return NAMES[state] as string;
}
