// One exchange on its way over a connection: the platform's request and response, and what their events mean.

import { ConnectionError, type HyperError, InvalidResponseError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { fieldValues } from '../fields/flat-fields.ts';
import type { HTTP1Platform, TransportDuplex } from '../runtime/http1.ts';
import type { Exchange } from './exchange.ts';
import { checkSection } from './failure.ts';
import type { ClientRequest, IncomingMessage, RequestArguments } from './platform.ts';
import type { RequestHead } from './request-head.ts';
import { Upload, type UploadOwner } from './upload.ts';

/** Octets of content that are held for a reader before the server is made to wait. */
const HELD = 65_536;
/** Octets that are held for one who has not begun to read, while another request waits for the connection. */
const HELD_UNREAD = 16 * 1024 * 1024;
/** A signed integer to the platform's parser. */
const MAX_HEADER_SIZE = 0x7fffffff;

/** What carries the exchange, and how it is addressed. */
export interface Wire {
	readonly platform: HTTP1Platform;
	readonly duplex: TransportDuplex;
	readonly limits: Readonly<Limits>;
	/** What the request line has. */
	readonly target: string;
	/** Names and values alternate. */
	readonly fields: readonly string[];
	readonly head: RequestHead;
}

export interface CallOwner {
	now(): number;
	/** The head is on its way. */
	onWritten(call: Call): void;
	/** The head of the final response, and what came behind its content. */
	onHead(status: number, fields: readonly string[]): void;
	onTrailers(fields: readonly string[]): void;
	/** Somebody may be late earlier than before. */
	onDue(): void;
	/** More is unread than is held while another request waits. */
	onUnread(limit: number): void;
	/** The response is complete. */
	onEnded(call: Call): void;
	/** The last call; `cause` is an error of ours or of the platform. */
	onFailed(call: Call, cause: unknown): void;
	/** The server has sent a 101; the connection is no longer the platform's, and who has it now ends the exchange. */
	onSwitched(call: Call, fields: readonly string[], following: Uint8Array): void;
}

export class Call implements UploadOwner {
	readonly exchange: Exchange;
	readonly head: RequestHead;
	readonly upload: Upload;
	readonly #message: ClientRequest;
	readonly #limits: Readonly<Limits>;
	readonly #owner: CallOwner;
	/** `ended`: the response is complete. `over`: nothing that happens matters any more. */
	#state: 'running' | 'ended' | 'over' = 'running';
	#isWritten = false;
	#response: IncomingMessage | null = null;
	/** Octets that nobody has read. */
	#held = 0;
	#isRead = false;
	#hurried = false;
	#paused = false;

	/** Throws what the platform throws for a request that cannot be sent. */
	constructor(exchange: Exchange, wire: Wire, owner: CallOwner) {
		this.exchange = exchange;
		this.head = wire.head;
		this.#limits = wire.limits;
		this.#owner = owner;
		const message = createMessage(exchange.request.method, wire);
		this.#message = message;
		this.upload = new Upload(exchange, wire.head, message, this);
		message.on('socket', (socket) => {
			// Nothing is written to one that has just broken.
			if (!socket.destroyed) this.#onSocket();
		});
		message.on('continue', () => this.upload.proceed());
		message.on('information', ({ statusCode, rawHeaders }) => this.#onInformational(statusCode, rawHeaders));
		message.on('response', (response) => this.#onResponse(response));
		message.on('upgrade', (response, _socket, following) => this.#onUpgrade(response, following));
		message.on('error', (error) => {
			// What follows a complete response is the connection's affair.
			if (!this.received) this.fail(error);
		});
		this.upload.start();
	}

	/** There is more of the response to come. */
	get running(): boolean {
		return this.#state === 'running';
	}

	/** The request was given to the connection, in part at least. */
	get written(): boolean {
		return this.#isWritten;
	}

	/** All octets of the response have been taken from the connection. */
	get received(): boolean {
		return this.#response?.complete === true;
	}

	/** All octets of the request have been taken by the connection. */
	get sent(): boolean {
		return this.upload.ended && this.#message.writableFinished;
	}

	/** The server owes octets, and we take them. */
	get owed(): boolean {
		return this.running && !this.#paused;
	}

	/** There is room for more content. */
	consume(length: number): void {
		this.#held -= length;
		this.#isRead = true;
		if (this.#paused && this.#held < this.#bound) this.#resume();
	}

	/** Another request waits: content that nobody has begun to read is taken off the connection, up to a limit. */
	hurry(): void {
		this.#hurried = true;
		if (!this.#paused) return;
		if (this.#held < this.#bound) this.#resume();
		else if (!this.#isRead) this.#owner.onUnread(HELD_UNREAD);
	}

	/** The exchange is over, one way or another: events are ignored from now on. */
	abandon(): void {
		this.#state = 'over';
		this.upload.stop();
	}

	/** Ends the exchange with an error, unless it is over. */
	fail(cause: unknown): void {
		if (!this.running) return;
		this.abandon();
		this.#owner.onFailed(this, cause);
	}

	onProgress(): void {
		if (!this.exchange.answered) this.exchange.since = this.#owner.now();
	}

	onUploadFailed(cause: unknown): void {
		const why = cause instanceof Error ? cause.message : String(cause);
		this.fail(new ConnectionError(`Request was given up: its body failed (${why})`, { cause }));
	}

	get #bound(): number {
		return this.#hurried && !this.#isRead ? HELD_UNREAD : HELD;
	}

	#onSocket(): void {
		if (!this.running) return;
		this.#isWritten = true;
		this.#owner.onWritten(this);
	}

	#onInformational(status: number, fields: readonly string[]): void {
		if (!this.running) return;
		const { exchange } = this;
		const fault = checkSection(`Response with status ${status}`, fields, this.#limits);
		if (fault !== null) return this.fail(fault);
		if (exchange.informational.length >= this.#limits.informational) {
			return this.fail(new InvalidResponseError(`Server sent more than ${this.#limits.informational} 1xx responses`));
		}
		exchange.onInformational(status, fields);
	}

	#onResponse(response: IncomingMessage): void {
		if (!this.running) return;
		const { exchange } = this;
		const { statusCode: status = 0, statusMessage: reason = '', rawHeaders: fields } = response;
		this.#response = response;
		const fault =
			status < 200 ? statusError(status) : checkSection('Header section of the response', fields, this.#limits);
		if (fault !== null) return this.fail(fault);
		this.upload.onFinal(status);
		const now = this.#owner.now();
		exchange.since = now;
		response.on('data', (bytes: Uint8Array) => this.#onContent(bytes));
		response.on('end', () => this.#onEnd(response.rawTrailers));
		response.on('error', (error) => this.fail(error));
		this.#owner.onHead(status, fields);
		exchange.onHead({ status, reason, fields }, contentLength(exchange.request.method, status, fields), now);
		this.#owner.onDue();
	}

	#onContent(bytes: Uint8Array): void {
		if (!this.running) return;
		this.exchange.since = this.#owner.now();
		this.#held += bytes.length;
		this.exchange.onContent(bytes);
		if (this.#held < this.#bound) return;
		this.#paused = true;
		this.#response?.pause();
		if (this.#hurried && !this.#isRead) this.#owner.onUnread(HELD_UNREAD);
	}

	#onEnd(trailers: readonly string[]): void {
		if (!this.running) return;
		const fault = checkSection('Trailer section of the response', trailers, this.#limits);
		if (fault !== null) return this.fail(fault);
		this.#state = 'ended';
		if (trailers.length > 0) this.#owner.onTrailers(trailers);
		this.exchange.onEnd(trailers, this.#owner.now());
		this.#owner.onEnded(this);
	}

	#onUpgrade(response: IncomingMessage, following: Uint8Array): void {
		if (!this.running) return;
		this.#owner.onSwitched(this, response.rawHeaders, following);
	}

	#resume(): void {
		this.#paused = false;
		this.exchange.since = this.#owner.now();
		this.#response?.resume();
		this.#owner.onDue();
	}
}

function createMessage(method: string, { platform, duplex, limits, target, fields }: Wire): ClientRequest {
	// What the platform asks of an agent when a connection carries one request after another.
	const agent = { keepAlive: true, addRequest: (request: ClientRequest) => request.onSocket(duplex as never) };
	const message = platform.http.request({
		agent: agent as unknown as RequestArguments['agent'],
		method,
		path: target,
		headers: fields as unknown as RequestArguments['headers'],
		maxHeaderSize: Math.min(Math.max(1, limits.headerListSize), MAX_HEADER_SIZE),
		insecureHTTPParser: false,
	});
	// Fields are counted here: the platform drops in silence what is too many.
	message.maxHeadersCount = 0;
	return message;
}

function statusError(status: number): HyperError {
	if (status !== 101) return new InvalidResponseError(`Server sent the status ${status}`);
	return new InvalidResponseError('Server sent 101 Switching Protocols without saying what it switches to');
}

/** RFC 9112 §6.3; -1 when the head does not say. The parser has refused what is no length. */
function contentLength(method: string, status: number, fields: readonly string[]): number {
	if (method === 'HEAD' || status === 204 || status === 304) return 0;
	const [value] = fieldValues(fields, 'content-length');
	return value === undefined ? -1 : Number(value);
}
