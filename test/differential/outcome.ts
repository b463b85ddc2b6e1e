// What a client made of a case, in words that all clients share, and how two of them differ.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { errorCodeName } from '../../src/base/errors.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';
import { type Case, PING_MARK } from './case.ts';

export type Field = readonly [name: string, value: string];

export interface Message {
	status: number;
	fields: readonly Field[];
}

/**
 * How a stream ended, in the client's own view. `lost`: the connection ended first. `unprocessed`: GOAWAY excluded it.
 * REFUSED_STREAM of the server counts as that too (§8.7). `rejected`: the application gets an error, but the server no RST_STREAM. `stuck`: the request never settles.
 */
export type StreamEnd =
	| { how: 'complete' | 'lost' | 'unprocessed' | 'rejected' | 'stuck' }
	/** `by` is missing if the client does not say which side has sent RST_STREAM. */
	| { how: 'reset'; code: number; by?: 'client' | 'server' };

/** What a client reports of one stream. Text has one character per byte. */
export interface StreamReport {
	id: number;
	informational: Message[];
	head: Message | null;
	content: string;
	trailers: Field[] | null;
	end: StreamEnd;
	/** The client's words. */
	reason: string;
}

/** What a client reports of a case. */
export interface Report {
	streams: StreamReport[];
	/** Why the connection has failed, in the client's words; empty if it does not say so. */
	reason: string;
	/** The error code of the connection, if the client names it. */
	code?: number;
	/** Whether the client ended the connection before it saw the server's end; left out if it does not know. */
	left?: boolean;
}

/** What the server saw of a client. */
export interface Observation {
	/** RST_STREAM frames. */
	resets: { streamId: number; errorCode: number }[];
	/** The error code of GOAWAY, unless it is NO_ERROR. */
	goaway: number | null;
	/** Whether the client has answered the PING behind the frames of the case. */
	answered: boolean;
	/** Whether the client ended the connection before the server did. */
	left: boolean;
	/** Whether the client did nothing of this in time. */
	hung: boolean;
}

export interface StreamOutcome extends Omit<StreamReport, 'end'> {
	/** For example `complete`, `open`, `connection error`, `reset by client with PROTOCOL_ERROR`. */
	verdict: string;
}

export interface Outcome {
	/** `fine`, `hung`, or the connection error: `error PROTOCOL_ERROR`. `left`: the client had no use for it after GOAWAY. */
	connection: string;
	reason: string;
	streams: ReadonlyMap<number, StreamOutcome>;
	/** RST_STREAM frames of the client on streams that it did not report as reset by itself: `2: REFUSED_STREAM`. */
	lateResets: readonly string[];
}

export interface Difference {
	/** The connection, or a stream. */
	where: string;
	ours: string;
	theirs: string;
	/** Why, in the words of each client. */
	ourReason: string;
	theirReason: string;
}

export function emptyObservation(): Observation {
	return { resets: [], goaway: null, answered: false, left: false, hung: false };
}

/** Adds a frame of the client. */
export function observe(seen: Observation, frame: PeerFrame): void {
	if (frame.type === 'RST_STREAM') seen.resets.push(frame);
	if (frame.type === 'GOAWAY' && frame.errorCode !== ErrorCode.NO_ERROR) seen.goaway ??= frame.errorCode;
	if (frame.type === 'PING' && frame.ack && frame.opaque[0] === PING_MARK) seen.answered = true;
}

export function outcomeOf(report: Report, seen: Observation, each: Case): Outcome {
	const { streams, reason } = report;
	const connection = connectionVerdict(seen, mayLeave(each), report);
	const outcomes = streams.map((stream): StreamOutcome => {
		return { ...stream, verdict: streamVerdict(stream, seen, connection) };
	});
	const lateResets = seen.resets
		.filter(({ streamId, errorCode }) => {
			const stream = outcomes.find(({ id }) => id === streamId);
			return !isQuiet(errorCode) && stream?.verdict !== resetByClient(errorCode);
		})
		.map(({ streamId, errorCode }) => `${streamId}: ${errorCodeName(errorCode)}`);
	return { connection, reason, streams: new Map(outcomes.map((stream) => [stream.id, stream])), lateResets };
}

/** Whether the server has sent GOAWAY, so that a client may end the connection once its streams have ended. */
function mayLeave({ steps }: Case): boolean {
	return steps.some((step) => step instanceof Uint8Array && step[3] === FrameType.GOAWAY);
}

function connectionVerdict(seen: Observation, mayLeave: boolean, { reason, code, left }: Report): string {
	if (seen.hung) return 'hung';
	const errorCode = seen.goaway ?? code;
	if (errorCode !== undefined) return `error ${errorCodeName(errorCode)}`;
	if (reason !== '') return 'error without GOAWAY';
	if (seen.answered || !(left ?? seen.left)) return 'fine';
	return mayLeave ? 'left' : 'error without GOAWAY';
}

function streamVerdict({ id, end }: StreamReport, { resets }: Observation, connection: string): string {
	switch (end.how) {
		case 'lost':
			return connection.startsWith('error') ? 'connection error' : 'open';
		case 'reset': {
			const sent = resets.find(({ streamId }) => streamId === id);
			if (end.by !== 'client' && end.code === ErrorCode.REFUSED_STREAM && sent === undefined) return 'unprocessed';
			const by = end.by ?? (sent === undefined ? 'server' : 'client');
			if (by === 'server') return `reset by server with ${errorCodeName(end.code)}`;
			return resetByClient(end.by === undefined && sent !== undefined ? sent.errorCode : end.code);
		}
		default:
			return end.how;
	}
}

function resetByClient(errorCode: number): string {
	return `reset by client with ${errorCodeName(errorCode)}`;
}

/** Codes with which clients only say that they want no more, or no promised response. */
function isQuiet(errorCode: number): boolean {
	const { NO_ERROR, CANCEL, REFUSED_STREAM } = ErrorCode;
	return errorCode === NO_ERROR || errorCode === CANCEL || errorCode === REFUSED_STREAM;
}

/** A connection error decides what becomes of all streams, so they are compared only if the connections have the same fate. */
export function compare(ours: Outcome, theirs: Outcome): Difference[] {
	if (theirs.connection === 'left') {
		// It may not have read what followed GOAWAY.
		if (ours.connection !== 'fine') return [];
	} else if (ours.connection !== theirs.connection) {
		const [our, their] = [ours, theirs].map(withStreamErrors) as [Errors, Errors];
		return [differ('connection', our.text, their.text, our.reason, their.reason)];
	}
	const differences: Difference[] = [];
	for (const id of new Set([...ours.streams.keys(), ...theirs.streams.keys()])) {
		const [our, their] = [ours.streams.get(id), theirs.streams.get(id)];
		const [ourText, theirText] = compareStreams(our, their);
		if (ourText === theirText) continue;
		differences.push(differ(`stream ${id}`, ourText, theirText, reasonOf(our), reasonOf(their)));
	}
	const [ourLate, theirLate] = [ours.lateResets.join(', '), theirs.lateResets.join(', ')];
	if (ourLate !== theirLate) differences.push(differ('resets', ourLate, theirLate, '', ''));
	return differences;
}

interface Errors {
	text: string;
	reason: string;
}

/** What a client found wrong with the connection or, if nothing, with its streams. */
function withStreamErrors({ connection, reason, streams, lateResets }: Outcome): Errors {
	if (connection !== 'fine') return { text: connection, reason };
	const failed = [...streams.values()].filter(({ verdict }) => /client|rejected|stuck/.test(verdict));
	return {
		text: ['fine', ...failed.map(({ id, verdict }) => `stream ${id} ${verdict}`), ...lateResets].join('; '),
		reason: [...streams.values()].map(reasonOf).join('; '),
	};
}

/** Why a stream failed or, if it did not, what it was. */
function reasonOf(stream: StreamOutcome | undefined): string {
	if (stream === undefined) return '';
	if (stream.reason !== '') return stream.reason;
	const { informational, head, trailers } = stream;
	const heads = [...informational, ...(head === null ? [] : [head])].map(describeMessage);
	return [...heads, ...(trailers === null ? [] : [`trailers ${describeFields(trailers)}`])].join(' ');
}

function differ(where: string, ours: string, theirs: string, ourReason: string, theirReason: string): Difference {
	return { where, ours, theirs, ourReason, theirReason };
}

/**
 * What differs, on both sides; two equal texts if nothing does. Of a stream that did not complete, clients may drop what
 * the application has not read yet.
 */
function compareStreams(ours: StreamOutcome | undefined, theirs: StreamOutcome | undefined): [string, string] {
	if (ours === undefined || theirs === undefined || ours.verdict !== theirs.verdict) {
		return [ours?.verdict ?? 'no stream', theirs?.verdict ?? 'no stream'];
	}
	const parts: [string, string][] = [];
	const complete = ours.verdict === 'complete';
	if (complete || (ours.head !== null && theirs.head !== null)) {
		parts.push([describeMessage(ours.head), describeMessage(theirs.head)]);
	}
	if (complete) {
		parts.push(
			[ours.informational, theirs.informational].map((all) => all.map(describeMessage).join()) as [string, string],
		);
		parts.push([describeFields(ours.trailers ?? []), describeFields(theirs.trailers ?? [])]);
	}
	const isPrefix = ours.content.startsWith(theirs.content) || theirs.content.startsWith(ours.content);
	if (complete ? ours.content !== theirs.content : !isPrefix) parts.push([quote(ours.content), quote(theirs.content)]);
	const differing = parts.filter(([our, their]) => our !== their);
	return [differing.map(([our]) => our).join(' '), differing.map(([, their]) => their).join(' ')];
}

function describeMessage(message: Message | null): string {
	return message === null ? 'no head' : `${message.status} ${describeFields(message.fields)}`;
}

/** Without the order of fields that have different names, which not all clients keep. */
function describeFields(fields: readonly Field[]): string {
	const values = new Map<string, string[]>();
	for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
	return JSON.stringify([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function quote(content: string): string {
	return `${content.length} bytes ${JSON.stringify(content.slice(0, 40))}`;
}
