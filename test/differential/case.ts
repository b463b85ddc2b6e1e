// One case: what the client requests, and the frames that the server then sends. The same bytes go to every client.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { HEAD_BYTES } from '../../assembly/shared/limit.ts';
import { Codec } from '../../src/codec/codec.ts';
import { FrameSender } from '../../src/testing/frame-sender.ts';
import type { ServerSide, Violation } from '../support/violations.ts';

/** The first byte of the PING that follows the frames of a case. */
export const PING_MARK = 0xd1;
/** Its answer shows that the client has read everything before. */
export const PING: Uint8Array = Uint8Array.of(0, 0, 8, 6, 0, 0, 0, 0, 0, PING_MARK, 0, 0, 0, 0, 0, 0, 0);

/** What happened before the frames of a case: see `Violation`. */
export type Prelude = Violation['after'];

export interface PlannedRequest {
	method: 'GET' | 'HEAD' | 'POST' | 'CONNECT';
	/** The request has content that never ends. */
	open: boolean;
	/** The client resets the stream when the head of its response arrives. */
	cancel: boolean;
}

/** What a client does in a case: its settings, and its requests on the streams 1, 3, 5 and so on. */
export interface ClientPlan {
	requests: readonly PlannedRequest[];
	push: boolean;
	/** SETTINGS_INITIAL_WINDOW_SIZE; null for the initial value. */
	window: number | null;
}

/** Bytes of the server, usually one frame; or the server waits until the client has reset this stream. */
export type Step = Uint8Array | { reset: number };

export interface Case {
	name: string;
	plan: ClientPlan;
	steps: readonly Step[];
}

/** A hand-written case. */
export interface Row {
	/** The section, and what the server sends. */
	name: string;
	/** Default: `request`. */
	after?: Prelude;
	/** The methods of the requests, by default one GET. `POST...` has content that never ends. */
	requests?: readonly ('GET' | 'HEAD' | 'POST' | 'POST...' | 'CONNECT...')[];
	push?: boolean;
	window?: number;
	send: (s: Server) => void;
}

/** Records what a script sends. */
export class Server implements ServerSide {
	readonly steps: Step[] = [];
	readonly peer: FrameSender;
	readonly #codec = new Codec();

	constructor() {
		this.peer = new FrameSender(
			(bytes) => this.feed(bytes),
			(fields) => this.#codec.output.encodeBlock(fields),
		);
	}

	feed(bytes: Uint8Array): void {
		this.steps.push(...splitFrames(bytes));
	}

	/** Waits until the client has reset the stream. */
	awaitReset(streamId: number): void {
		this.steps.push({ reset: streamId });
	}

	close(): void {
		this.#codec.close();
	}
}

export function caseOf({ name, after = 'request', requests, push = false, window, send }: Row): Case {
	const server = new Server();
	begin(server, after);
	send(server);
	server.close();
	const methods = requests ?? methodsOf(after);
	return {
		name,
		plan: {
			requests: methods.map((method, i) => ({
				method: method.replace('...', '') as PlannedRequest['method'],
				open: method.endsWith('...'),
				cancel: after === 'cancelled' && i === 0,
			})),
			push,
			window: window ?? null,
		},
		steps: server.steps,
	};
}

function methodsOf(after: Prelude): NonNullable<Row['requests']> {
	if (after === 'none' || after === 'idle') return [];
	return after.endsWith('upload') ? ['POST...'] : ['GET'];
}

function begin({ peer, ...server }: Server, after: Prelude): void {
	if (after === 'none') return;
	peer.settings();
	if (after !== 'unacknowledged') peer.settingsAck();
	if (after === 'response' || after === 'cancelled') peer.headers(1, { ':status': '200' });
	if (after === 'cancelled') server.steps.push({ reset: 1 });
	if (after === 'ended' || after === 'answered upload') peer.headers(1, { ':status': '200' }, { endStream: true });
	if (after === 'reset') peer.rstStream(1, ErrorCode.CANCEL);
}

/** Splits bytes into frames; the last part may be less than a frame. */
export function splitFrames(bytes: Uint8Array): Uint8Array[] {
	const frames: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = at + HEAD_BYTES + lengthOf(bytes.subarray(at));
		frames.push(bytes.slice(at, end));
		at = end;
	}
	return frames;
}

/** The length of the payload that the head of a frame declares; 0 if the head is incomplete. */
function lengthOf(frame: Uint8Array): number {
	if (frame.length < HEAD_BYTES) return 0;
	return ((frame[0] as number) << 16) | ((frame[1] as number) << 8) | (frame[2] as number);
}

/** Whether the bytes of the case end with a frame. */
export function endsWhole({ steps }: Case): boolean {
	const bytes = Buffer.concat(steps.filter((step) => step instanceof Uint8Array));
	const last = splitFrames(bytes).at(-1);
	return last === undefined || last.length === HEAD_BYTES + lengthOf(last);
}
