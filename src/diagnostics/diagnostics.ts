// Reports what connections do to loggers, to channels of node:diagnostics_channel and to frame listeners. Called by the
// connections of both versions. Messages are built and formatted only when they have a recipient.

import { CANCEL } from '../../assembly/shared/error-code.ts';
import { ConnectionError, HyperError, StreamResetError, TimeoutError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { guard } from '../base/guard.ts';
import type { HTTPVersion } from '../base/version.ts';
import type { FlatFields } from '../fields/flat-fields.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { FrameEvent } from '../trace/frame-event.ts';
import { frameListeners } from '../trace/listeners.ts';
import { Log, type Logger, write } from './log.ts';
import {
	type Channels,
	type ConnectionMessage,
	channelsOf,
	pseudoField,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
} from './messages.ts';

export type { Logger } from './log.ts';
export type {
	ConnectionMessage,
	ErrorMessage,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
} from './messages.ts';

export interface DiagnosticsOptions {
	logger?: Logger;
	/** Called with every frame that is sent or received. If it throws, it is not called again. */
	onFrame?: (event: FrameEvent) => void;
}

type DiagnosticsRuntime = Pick<Runtime, 'channel' | 'env' | 'log' | 'now' | 'warn'>;

type FrameListener = (event: FrameEvent) => void;

/** Numbers all connections of the process. */
let lastConnection = 0;

/** The recipients of one connection object's reports. */
export class Diagnostics {
	readonly #runtime: DiagnosticsRuntime;
	readonly #log: Log;
	readonly #channels: Channels;
	readonly #onFrame: FrameListener | null;

	/** Throws TypeError for invalid options. */
	constructor({ logger, onFrame }: DiagnosticsOptions, runtime: DiagnosticsRuntime) {
		if (onFrame !== undefined && typeof onFrame !== 'function') {
			throw new TypeError(`onFrame must be a function, not ${typeof onFrame}`);
		}
		this.#runtime = runtime;
		this.#log = new Log(logger, runtime);
		this.#channels = channelsOf(runtime);
		this.#onFrame = onFrame === undefined ? null : guard(onFrame, 'onFrame', runtime);
	}

	/** To be called when a dial begins. */
	opening(host: string, port: number): ConnectionDiagnostics {
		return new ConnectionDiagnostics(host, port, this.#log, this.#channels, this.#onFrame, this.#runtime);
	}
}

/** Reports on one connection, from its dial to its end. */
export class ConnectionDiagnostics {
	/** Unique in this process. */
	readonly id: number;
	readonly #host: string;
	readonly #port: number;
	readonly #log: Log;
	readonly #channels: Channels;
	readonly #runtime: DiagnosticsRuntime;
	/** The frame listeners that existed when the dial began. */
	readonly #frameListeners: readonly FrameListener[];
	readonly #tracesFrames: boolean;
	#state: ConnectionMessage['state'] = 'opening';
	#version: HTTPVersion | null = null;
	#alpn: string | null = null;

	constructor(
		host: string,
		port: number,
		log: Log,
		channels: Channels,
		onFrame: FrameListener | null,
		runtime: DiagnosticsRuntime,
	) {
		this.id = ++lastConnection;
		this.#host = host;
		this.#port = port;
		this.#log = log;
		this.#channels = channels;
		this.#runtime = runtime;
		this.#frameListeners = onFrame === null ? frameListeners() : [onFrame, ...frameListeners()];
		this.#tracesFrames = this.#frameListeners.length > 0 || log.debug.length > 0 || channels.frame.hasSubscribers;
		this.#publishState(null);
	}

	/** Whether `request` or `response` has a recipient. If not, callers need not build their arguments. */
	get wantsHeads(): boolean {
		const { request, response } = this.#channels;
		return this.#log.info.length > 0 || request.hasSubscribers || response.hasSubscribers;
	}

	/**
	 * To be called when the transport is open and its version of HTTP is known, and again after an upgrade to HTTP/2.
	 * Returns the transport to use from then on, or a promise of it if the frame tracer has to be loaded first.
	 */
	opened(transport: Transport, version: HTTPVersion): Transport | Promise<Transport> {
		this.#state = 'open';
		this.#version = version;
		this.#alpn = transport.alpn;
		this.#publishState(null);
		if (this.#log.info.length > 0) {
			const alpn = transport.alpn === null ? '' : `, ${transport.alpn} by ALPN`;
			this.#info(null, `open to ${this.#host}:${this.#port}: ${version}${alpn}`);
		}
		return this.#tracesFrames && version === 'HTTP/2' ? this.#trace(transport) : transport;
	}

	/**
	 * To be called when the transport has closed or the dial has failed; null for an orderly close. Later calls do
	 * nothing.
	 */
	closed(failure: unknown): void {
		if (this.#state === 'closed') return;
		this.#state = 'closed';
		const error = failure === null || failure instanceof Error ? failure : new Error(String(failure));
		this.#publishState(error);
		if (error !== null) this.error(null, error);
		else if (this.#log.info.length > 0) this.#info(null, 'closed');
	}

	/** The head of a request was sent. `section` has pseudo-header fields on HTTP/1.1 too. */
	request(streamId: number | null, section: FlatFields): void {
		if (this.#channels.request.hasSubscribers) {
			this.#channels.request.publish(new RequestMessage(this.id, streamId, section));
		}
		if (this.#log.info.length === 0) return;
		const [method, scheme, authority, path] = [':method', ':scheme', ':authority', ':path'].map((name) =>
			pseudoField(section, name),
		);
		this.#info(streamId, `${method} ${scheme === '' ? '' : `${scheme}://`}${authority}${path}`);
	}

	/** The head of a final response was received. */
	response(streamId: number | null, status: number, section: FlatFields): void {
		if (this.#channels.response.hasSubscribers) {
			this.#channels.response.publish(new ResponseMessage(this.id, streamId, status, section));
		}
		if (this.#log.info.length > 0) this.#info(streamId, String(status));
	}

	/** The trailer section of a response was received. */
	trailers(streamId: number | null, section: FlatFields): void {
		if (this.#channels.trailers.hasSubscribers) {
			this.#channels.trailers.publish(new TrailersMessage(this.id, streamId, section));
		}
	}

	/** A request has failed, or, on HTTP/2 without a stream id, the connection. */
	error(streamId: number | null, failure: Error): void {
		// The error that the caller's promise rejects with.
		const error = failure.cause instanceof TimeoutError ? failure.cause : failure;
		if (this.#channels.error.hasSubscribers) {
			this.#channels.error.publish({ connection: this.id, streamId, error });
		}
		if (isCancellation(error)) {
			if (this.#log.info.length > 0) this.#info(streamId, error.message);
		} else if (this.wantsWarnings) {
			this.warn(streamId, `${error.name}: ${error.message}`);
		}
	}

	/** A request without a stream has ended from our side: its caller cancelled it, or it timed out. */
	cancelled(reason: unknown): void {
		if (reason instanceof TimeoutError) return this.error(null, reason);
		const error =
			reason instanceof HyperError ? reason : new ConnectionError('Request was cancelled', { cause: reason });
		if (this.#channels.error.hasSubscribers) {
			this.#channels.error.publish({ connection: this.id, streamId: null, error });
		}
		if (this.#log.info.length > 0) this.#info(null, error.message);
	}

	/** Whether `warn` has a recipient. */
	get wantsWarnings(): boolean {
		return this.#log.warn.length > 0;
	}

	/** Reports what is not an error but may matter to the developer. */
	warn(streamId: number | null, message: string): void {
		if (this.wantsWarnings) write(this.#log.warn, this.#line(streamId, message));
	}

	#info(streamId: number | null, message: string): void {
		write(this.#log.info, this.#line(streamId, message));
	}

	#line(streamId: number | null, message: string): string {
		return `#${this.id}${streamId === null ? '' : ` stream ${streamId}`}: ${escapeText(message)}`;
	}

	#publishState(error: Error | null): void {
		const { connection } = this.#channels;
		if (!connection.hasSubscribers) return;
		const message: ConnectionMessage = {
			connection: this.id,
			state: this.#state,
			host: this.#host,
			port: this.#port,
			version: this.#version,
			alpn: this.#alpn,
			error,
		};
		connection.publish(message);
	}

	async #trace(transport: Transport): Promise<Transport> {
		// Loaded on demand: most processes never trace, and importing the package should be cheap.
		const [{ traceTransport }, { formatFrame }] = await Promise.all([
			import('../trace/transport.ts'),
			import('../trace/format.ts'),
		]);
		const { frame } = this.#channels;
		const { debug } = this.#log;
		const listener = (event: FrameEvent): void => {
			for (const listen of this.#frameListeners) listen(event);
			if (frame.hasSubscribers) frame.publish(event);
			if (debug.length > 0) write(debug, `#${this.id} ${formatFrame(event)}`);
		};
		return traceTransport(transport, { connection: this.id, listener, now: () => this.#runtime.now() });
	}
}

/** Whether the caller itself cancelled the request. */
function isCancellation(error: Error): boolean {
	return error instanceof StreamResetError && error.initiator === 'local' && error.errorCode === CANCEL;
}
