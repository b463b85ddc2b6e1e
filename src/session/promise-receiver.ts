// PUSH_PROMISE: which promises end the connection, which are refused, and which become streams. RFC 9113 §6.6, §8.4.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import type { SessionCore } from './core.ts';
import { readPromise, stripBlanks } from './field-rules.ts';
import { Window } from './flow-control.ts';
import { StreamRecord } from './stream.ts';

export function receivePromise(
	core: SessionCore,
	streamId: number,
	promisedStreamId: number,
	fields: string[],
	neverIndexed: Set<number> | null,
	faults: number,
): void {
	const { streams } = core;
	if (!core.local.effective.enablePush) {
		return core.fail(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE arrived although push is disabled');
	}
	if (promisedStreamId & 1 || promisedStreamId <= streams.lastPromisedId) {
		return core.fail(ErrorCode.PROTOCOL_ERROR, `PUSH_PROMISE promises stream ${promisedStreamId}, which is not idle`);
	}
	// §6.6: "PUSH_PROMISE frames MUST only be sent on a peer-initiated stream".
	if (!(streamId & 1)) return core.fail(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE arrived on a promised stream');
	const stream = streams.open.get(streamId);
	if (stream === undefined && mayHaveReset(core, streamId)) {
		return refuse(core, promisedStreamId, ErrorCode.CANCEL, 'Its request was cancelled');
	}
	if (stream === undefined || stream.phase === 'complete') {
		return core.fail(ErrorCode.PROTOCOL_ERROR, `PUSH_PROMISE arrived on stream ${streamId}, which is closed`);
	}
	if (core.phase === 'draining') {
		return refuse(core, promisedStreamId, ErrorCode.REFUSED_STREAM, 'The connection takes no new streams');
	}
	if (streams.promisedCount >= core.limits.promisedStreams) {
		return refuse(core, promisedStreamId, ErrorCode.REFUSED_STREAM, 'Too many promised streams are open');
	}
	// A promise that is reset at once costs the peer less than us.
	core.countGlitch();
	if (isDead(core)) return;
	const request = readPromise(fields, core.options.lenient ? stripBlanks(fields, faults) : faults);
	if (typeof request === 'string') return refuse(core, promisedStreamId, ErrorCode.PROTOCOL_ERROR, request);
	const windows = [new Window(core.remote), new Window(core.local.effective)] as const;
	const promised = new StreamRecord(promisedStreamId, request.method, ...windows);
	core.advance(promised, 'receive PUSH_PROMISE');
	streams.addPromised(promised);
	core.events.push({ type: 'push', streamId, promisedStreamId, fields, neverIndexed, ...request });
}

/**
 * Whether we have reset the stream: a promise on it may have crossed our RST_STREAM. A stream that was closed too long
 * ago to know gets the benefit of the doubt.
 */
function mayHaveReset({ streams }: SessionCore, streamId: number): boolean {
	const reason = streams.reasonClosed(streamId);
	return reason === 'reset by us' || (reason === 'forgotten' && !streams.isIdle(streamId));
}

/** Whether the count has ended the session. */
function isDead({ phase }: SessionCore): boolean {
	return phase === 'dead';
}

function refuse(core: SessionCore, promisedStreamId: number, errorCode: number, why: string): void {
	core.streams.skipPromised(promisedStreamId);
	core.events.push({ type: 'refused', promisedStreamId, errorCode, why });
	core.refuse(promisedStreamId, errorCode);
}
