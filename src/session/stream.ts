// One stream as a session keeps it: its state by RFC 9113 §5.1, as a client sees it, and the progress of its response.
//
//                     send HEADERS                      receive PUSH_PROMISE
//              idle ----------------> open      idle ------------------------> reserved (remote)
//                                    /    \                                          |
//                     send          /      \  receive                                | receive HEADERS
//                  END_STREAM      v        v  END_STREAM                            v
//              half-closed (local)            half-closed (remote)          half-closed (local)
//                     |  receive END_STREAM           |  send END_STREAM
//                     +----------> closed <-----------+         RST_STREAM of either side: closed from anywhere

import type { BaseFlowControlManager, Window } from './flow-control.ts';
import type { Outbox } from './send-queue.ts';

export type StreamState =
	| 'idle'
	| 'reserved (remote)'
	| 'open'
	| 'half-closed (local)'
	| 'half-closed (remote)'
	| 'closed';

export type StreamInput =
	| 'send HEADERS'
	| 'send DATA'
	| 'send END_STREAM'
	| 'receive PUSH_PROMISE'
	| 'receive HEADERS'
	| 'receive DATA'
	| 'receive END_STREAM'
	| 'RST_STREAM';

/** The inputs that each state allows, and the states that they lead to. */
const NEXT_STATES: Record<StreamState, Partial<Record<StreamInput, StreamState>>> = {
	idle: {
		'send HEADERS': 'open',
		'receive PUSH_PROMISE': 'reserved (remote)',
	},
	'reserved (remote)': {
		'receive HEADERS': 'half-closed (local)',
		RST_STREAM: 'closed',
	},
	open: {
		'send HEADERS': 'open',
		'send DATA': 'open',
		'send END_STREAM': 'half-closed (local)',
		'receive HEADERS': 'open',
		'receive DATA': 'open',
		'receive END_STREAM': 'half-closed (remote)',
		RST_STREAM: 'closed',
	},
	'half-closed (local)': {
		'receive HEADERS': 'half-closed (local)',
		'receive DATA': 'half-closed (local)',
		'receive END_STREAM': 'closed',
		RST_STREAM: 'closed',
	},
	'half-closed (remote)': {
		'send HEADERS': 'half-closed (remote)',
		'send DATA': 'half-closed (remote)',
		'send END_STREAM': 'closed',
		RST_STREAM: 'closed',
	},
	closed: {
		RST_STREAM: 'closed',
	},
};

/** The state after an input; undefined when the state does not allow it. */
export function nextState(state: StreamState, input: StreamInput): StreamState | undefined {
	return NEXT_STATES[state][input];
}

/**
 * The progress of a stream's response (RFC 9113 §8.1):
 *
 *   awaiting head --HEADERS with a final status--> content --END_STREAM--> complete
 *
 * Informational responses leave it at `awaiting head`.
 */
type ResponsePhase = 'awaiting head' | 'content' | 'complete';

export class StreamRecord {
	readonly id: number;
	/** The method of the request: HEAD and CONNECT change which content the response may have. */
	readonly method: string;
	state: StreamState = 'idle';
	phase: ResponsePhase = 'awaiting head';
	readonly sendWindow: Window;
	readonly receiveWindow: Window;
	/** Created when it is first asked. */
	manager: BaseFlowControlManager | null = null;
	/** Content and trailers that wait to be sent; null: none. */
	outbox: Outbox | null = null;
	/** When content was last sent, in milliseconds; 0 before that. */
	sentAt = 0;
	/** The length that content-length declares; -1 without one. */
	contentLength = -1;
	contentReceived = 0;
	informationalCount = 0;
	emptyDataInRow = 0;

	constructor(id: number, method: string, sendWindow: Window, receiveWindow: Window) {
		this.id = id;
		this.method = method;
		this.sendWindow = sendWindow;
		this.receiveWindow = receiveWindow;
	}
}
