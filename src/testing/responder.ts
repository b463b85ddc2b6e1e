// A small server on the connection of a scripted peer, for mocks: it collects requests and sends responses as the client's
// flow-control windows allow (RFC 9113 §5.2, §8.1). Tests of the protocol itself send frames.

import { INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import { joinBytes } from '../base/bytes.ts';
import { anything, checkOptions, integer, optionSet } from '../base/options.ts';
import { toBytes } from '../body/body-source.ts';
import type { FrameOutput } from '../codec/frame-output.ts';
import { type HeaderFields, HTTPHeaderMap } from '../fields/header-map.ts';
import { Window } from '../session/flow-control.ts';
import { Outbox, SendQueue } from '../session/send-queue.ts';
import { INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import { StreamRecord } from '../session/stream.ts';
import type { DecodedHeadersFrame, PeerFrame, PeerFrameOf } from './peer-frame.ts';

/** A complete request. */
export interface MockRequest {
	streamId: number;
	method: string;
	path: string;
	authority: string;
	/** Without pseudo-header fields. */
	headers: HTTPHeaderMap;
	body: Uint8Array;
	/** Empty if the request has no trailers. */
	trailers: HTTPHeaderMap;
}

export interface MockResponse {
	/** Default: 200. */
	status?: number;
	headers?: HeaderFields;
	body?: string | Uint8Array;
	trailers?: HeaderFields;
}

const RESPONSE = optionSet(
	'a response',
	{ status: integer(100, 999), headers: anything, body: anything, trailers: anything },
	{ statusCode: 'write status', json: 'write body: JSON.stringify(value)', data: 'write body' },
);

/** Returns the response. If it throws, the stream is reset with INTERNAL_ERROR. */
export type RequestHandler = (request: MockRequest) => MockResponse | Promise<MockResponse>;

/** A request whose end has not arrived. */
interface Arriving {
	head: DecodedHeadersFrame;
	pieces: Uint8Array[];
}

/** Bytes of DATA to write before the output is flushed. */
const BUDGET = 65_536;

export class Responder {
	readonly #handler: RequestHandler;
	readonly #output: FrameOutput;
	readonly #remote: Readonly<Settings>;
	readonly #flush: () => void;
	readonly #window: Window;
	readonly #queue: SendQueue;
	readonly #arriving = new Map<number, Arriving>();
	/** Streams that are being answered. */
	readonly #streams = new Map<number, StreamRecord>();

	/**
	 * `remote` has the client's settings, and changes with them; `window` is the connection window granted so far; `flush`
	 * sends what `output` holds.
	 */
	constructor(
		handler: RequestHandler,
		output: FrameOutput,
		remote: Readonly<Settings>,
		window: number,
		flush: () => void,
	) {
		this.#handler = handler;
		this.#output = output;
		this.#remote = remote;
		this.#window = new Window({ initialWindowSize: window });
		this.#flush = flush;
		this.#queue = new SendQueue(output, this.#window, {
			onSent: (stream) => this.#streams.delete(stream.id),
			onWritable: () => undefined,
		});
	}

	/** Returns whether the frame belongs to a request or a response. */
	onFrame(frame: PeerFrame): boolean {
		switch (frame.type) {
			case 'HEADERS':
				this.#onHeaders(frame);
				return true;
			case 'DATA':
				this.#onData(frame);
				return true;
			case 'RST_STREAM':
				this.#arriving.delete(frame.streamId);
				this.#drop(frame.streamId);
				return true;
			case 'WINDOW_UPDATE':
				this.#onWindowUpdate(frame.streamId, frame.increment);
				return true;
			default:
				return false;
		}
	}

	/** The client's SETTINGS_INITIAL_WINDOW_SIZE has changed, and so have the windows of all streams. */
	onWindowChange(): void {
		for (const stream of this.#streams.values()) this.#queue.enqueue(stream);
		this.#send();
	}

	#onHeaders(frame: DecodedHeadersFrame): void {
		const arriving = this.#arriving.get(frame.streamId);
		if (arriving !== undefined) return this.#answer(arriving, new HTTPHeaderMap(frame.fields));
		const begun = { head: frame, pieces: [] };
		if (frame.endStream) this.#answer(begun, new HTTPHeaderMap());
		else this.#arriving.set(frame.streamId, begun);
	}

	#onData(frame: PeerFrameOf<'DATA'>): void {
		const { streamId, length } = frame;
		if (length > 0) {
			this.#output.writeWindowUpdate(0, length);
			if (!frame.endStream) this.#output.writeWindowUpdate(streamId, length);
			this.#flush();
		}
		const arriving = this.#arriving.get(streamId);
		if (arriving === undefined) return;
		arriving.pieces.push(frame.data);
		if (frame.endStream) this.#answer(arriving, new HTTPHeaderMap());
	}

	#onWindowUpdate(streamId: number, increment: number): void {
		if (streamId === 0) {
			this.#window.increase(increment);
		} else {
			const stream = this.#streams.get(streamId);
			if (stream === undefined) return;
			stream.sendWindow.increase(increment);
			this.#queue.enqueue(stream);
		}
		this.#send();
	}

	#answer({ head, pieces }: Arriving, trailers: HTTPHeaderMap): void {
		const { streamId } = head;
		this.#arriving.delete(streamId);
		const pseudo = new Map(head.fields.map(([name, value]) => [name, value]));
		const headers = new HTTPHeaderMap(head.fields.filter(([name]) => !name.startsWith(':')));
		const method = pseudo.get(':method') ?? '';
		const request = {
			streamId,
			method,
			path: pseudo.get(':path') ?? '',
			authority: pseudo.get(':authority') ?? '',
			headers,
			body: joinBytes(pieces),
			trailers,
		};
		const stream = new StreamRecord(streamId, method, new Window(this.#remote), new Window(INITIAL_SETTINGS));
		stream.state = 'open';
		this.#streams.set(streamId, stream);
		this.#respond(stream, request).catch(() => {
			if (!this.#drop(streamId)) return;
			this.#output.writeRstStream(streamId, INTERNAL_ERROR);
			this.#flush();
		});
	}

	async #respond(stream: StreamRecord, request: MockRequest): Promise<void> {
		const response = await this.#handler(request);
		checkOptions(response, RESPONSE);
		const { status = 200, headers = {}, body = '', trailers } = response;
		const section = flat([[':status', String(status)], ...new HTTPHeaderMap(headers).raw()]);
		const trailerSection = trailers === undefined ? null : flat(new HTTPHeaderMap(trailers).raw());
		if (this.#streams.get(stream.id) !== stream) return;
		const bytes = toBytes(body);
		const ends = bytes.length === 0 && trailerSection === null;
		this.#output.writeHeaders(stream.id, section, null, ends);
		if (ends) {
			this.#streams.delete(stream.id);
			return this.#flush();
		}
		const outbox = new Outbox();
		outbox.push(bytes);
		outbox.next = trailerSection === null ? 'end' : { fields: trailerSection, neverIndexed: null };
		stream.outbox = outbox;
		this.#queue.enqueue(stream);
		this.#send();
	}

	/** Sends as much as the windows allow. */
	#send(): void {
		let before: number;
		do {
			this.#queue.write(BUDGET);
			before = this.#output.length;
			this.#flush();
		} while (before > 0);
	}

	#drop(streamId: number): boolean {
		const stream = this.#streams.get(streamId);
		if (stream !== undefined) stream.outbox = null;
		return this.#streams.delete(streamId);
	}
}

/** Names and values in turn; names in lower case, as RFC 9113 §8.2 requires. */
function flat(lines: Iterable<readonly [name: string, value: string, ...unknown[]]>): string[] {
	const fields: string[] = [];
	for (const [name, value] of lines) fields.push(name.toLowerCase(), value);
	return fields;
}
