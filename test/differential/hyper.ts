// Our session as a client of the differential tests: without a socket, with the same settings as the other clients.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ConnectionError, type HyperError, StreamResetError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';
import { Session } from '../../src/session/session.ts';
import { ClientReader } from '../../src/testing/client-reader.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';
import { type Case, endsWhole, PING } from './case.ts';
import { emptyObservation, type Field, type Outcome, observe, outcomeOf, type StreamReport } from './outcome.ts';

const ORIGIN = [':scheme', 'http', ':authority', '127.0.0.1'];

export function runHyper(each: Case): Outcome {
	const run = new HyperRun(each);
	for (const step of each.steps) if (step instanceof Uint8Array) run.receive(step);
	if (endsWhole(each)) run.receive(PING);
	return run.finish();
}

class HyperRun {
	readonly #each: Case;
	readonly #session: Session;
	readonly #reader: ClientReader;
	readonly #frames: PeerFrame[] = [];
	readonly #streams = new Map<number, StreamReport>();
	readonly #end = new ConnectionError('the server has ended the connection');
	#reason = '';

	constructor(each: Case) {
		this.#each = each;
		const { push, window, requests } = each.plan;
		this.#session = new Session({
			settings: {
				enablePush: push,
				maxHeaderListSize: DEFAULT_LIMITS.headerListSize,
				...(window === null ? {} : { initialWindowSize: window }),
			},
			limits: DEFAULT_LIMITS,
			flowControl: FlowControlManager,
			connectionWindow: 65535,
			encoderTableSize: 4096,
			lenient: false,
			firstStreamId: 1,
		});
		this.#reader = new ClientReader(
			(frame) => this.#frames.push(frame),
			(error) => {
				throw error;
			},
		);
		for (const { method, open } of requests) {
			const target = method === 'CONNECT' ? [':authority', '127.0.0.1:443'] : [...ORIGIN, ':path', '/'];
			this.#open(this.#session.openStream([':method', method, ...target], null, !open));
		}
		this.#flush();
	}

	receive(bytes: Uint8Array): void {
		for (const event of this.#session.receive(bytes, 0)) this.#onEvent(event);
		this.#flush();
	}

	finish(): Outcome {
		this.#session.end(this.#end);
		for (const event of this.#session.takeEvents()) this.#onEvent(event);
		this.#session.release();
		this.#reader.close();
		const seen = emptyObservation();
		for (const frame of this.#frames) observe(seen, frame);
		seen.hung = endsWhole(this.#each) && !seen.answered && seen.goaway === null;
		return outcomeOf({ streams: [...this.#streams.values()], reason: this.#reason }, seen, this.#each);
	}

	#open(id: number): void {
		const end = { how: 'lost' } as const;
		this.#streams.set(id, { id, informational: [], head: null, content: '', trailers: null, end, reason: '' });
	}

	#onEvent(event: SessionEvent): void {
		if (event.type === 'push') return this.#open(event.promisedStreamId);
		if (event.type === 'failed') this.#reason = event.error.message;
		if (!('streamId' in event)) return;
		const stream = this.#streams.get(event.streamId) as StreamReport;
		const message = 'status' in event && { status: event.status, fields: fieldsOf(event.fields) };
		if (event.type === 'informational' && message) stream.informational.push(message);
		if (event.type === 'response' && message) {
			stream.head = message;
			const asked = this.#each.plan.requests[(event.streamId - 1) / 2];
			if (asked?.cancel) this.#cancel(event.streamId);
		}
		if (event.type === 'data') {
			const { bytes, start, end } = event;
			stream.content += Buffer.from(bytes.subarray(start, end)).toString('latin1');
			this.#session.consume(event.streamId, end - start);
		}
		if (event.type === 'trailers') stream.trailers = fieldsOf(event.fields);
		if (event.type === 'trailers' || ('endStream' in event && event.endStream)) stream.end = { how: 'complete' };
		if (event.type === 'closed' && event.error !== null) this.#onClosed(stream, event.error);
	}

	#cancel(id: number): void {
		const { CANCEL } = ErrorCode;
		this.#session.resetStream(id, CANCEL, new StreamResetError(id, CANCEL, 'local', 'cancelled'));
	}

	#onClosed(stream: StreamReport, error: HyperError): void {
		if (stream.end.how === 'complete' || error === this.#end) return;
		stream.reason = error.message;
		if (error instanceof StreamResetError) {
			stream.end = { how: 'reset', code: error.errorCode, by: error.initiator === 'local' ? 'client' : 'server' };
		} else if (error.retryable) stream.end = { how: 'unprocessed' };
	}

	#flush(): void {
		for (;;) {
			const chunks = this.#session.takeOutput();
			for (const event of this.#session.takeEvents()) this.#onEvent(event);
			if (chunks.length === 0) return;
			for (const chunk of chunks) this.#reader.read(chunk);
		}
	}
}

/** Without pseudo-header fields. */
function fieldsOf(flat: readonly string[]): Field[] {
	const fields: Field[] = [];
	for (let i = 0; i < flat.length; i += 2) {
		const name = flat[i] as string;
		if (!name.startsWith(':')) fields.push([name, flat[i + 1] as string]);
	}
	return fields;
}
