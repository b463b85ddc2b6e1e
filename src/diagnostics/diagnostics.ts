// What connections tell of themselves, to loggers, to channels of node:diagnostics_channel and to listeners for frames.
// They tell as they go; nothing is made or formatted unless somebody listens.

import { CANCEL } from '../../assembly/shared/error-code.ts';
import { StreamResetError, TimeoutError } from '../base/errors.ts';
import { visible } from '../base/escape.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { FrameEvent } from '../trace/frame-event.ts';
import { guard } from '../trace/guard.ts';
import { frameListeners } from '../trace/listeners.ts';
import { Log, type Logger, write } from './log.ts';
import {
	type Channels,
	type ConnectionMessage,
	channelsOf,
	type FlatSection,
	pseudoField,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
	type Version,
} from './messages.ts';

export type { Logger } from './log.ts';
export type {
	ConnectionMessage,
	ErrorMessage,
	FlatSection,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
} from './messages.ts';

export interface DiagnosticsOptions {
	logger?: Logger;
	/** Called with every frame that is sent and received; one that throws is not called again. */
	onFrame?: (event: FrameEvent) => void;
}

type DiagnosticsRuntime = Pick<Runtime, 'channel' | 'env' | 'log' | 'now' | 'warn'>;

type FrameListener = (event: FrameEvent) => void;

/** Of all connections of this process, whoever made them. */
let lastConnection = 0;

/** What one object that dials was told to tell, and to whom. */
export class Diagnostics {
	readonly #runtime: DiagnosticsRuntime;
	readonly #log: Log;
	readonly #channels: Channels;
	readonly #onFrame: FrameListener | null;

	/** TypeError for options that cannot be. */
	constructor({ logger, onFrame }: DiagnosticsOptions, runtime: DiagnosticsRuntime) {
		if (onFrame !== undefined && typeof onFrame !== 'function') {
			throw new TypeError(`onFrame must be a function, not ${typeof onFrame}`);
		}
		this.#runtime = runtime;
		this.#log = new Log(logger, runtime);
		this.#channels = channelsOf(runtime);
		this.#onFrame = onFrame === undefined ? null : guard(onFrame, 'onFrame', runtime);
	}

	/** A dial begins. */
	opening(host: string, port: number): ConnectionDiagnostics {
		return new ConnectionDiagnostics(host, port, this.#log, this.#channels, this.#onFrame, this.#runtime);
	}
}

/** One connection, from its dial to its end. */
export class ConnectionDiagnostics {
	/** Unique in this process. */
	readonly id: number;
	readonly #host: string;
	readonly #port: number;
	readonly #log: Log;
	readonly #channels: Channels;
	readonly #runtime: DiagnosticsRuntime;
	/** Who wants frames; empty when nobody did when the dial began. */
	readonly #frameListeners: readonly FrameListener[];
	readonly #tracesFrames: boolean;
	#state: ConnectionMessage['state'] = 'opening';
	#version: Version | null = null;
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
		this.#tell(null);
	}

	/** Whether `request` has anybody to tell; for callers who would have to make its arguments. So below. */
	get wantsRequests(): boolean {
		return this.#log.info.length > 0 || this.#channels.request.hasSubscribers;
	}

	get wantsResponses(): boolean {
		return this.#log.info.length > 0 || this.#channels.response.hasSubscribers;
	}

	get wantsTrailers(): boolean {
		return this.#channels.trailers.hasSubscribers;
	}

	/**
	 * The pipe is there, and what is spoken on it is known; again after an upgrade to HTTP/2. Returns the transport to be
	 * used from now on, a promise of it where the tracer of frames is to be loaded first.
	 */
	opened(transport: Transport, version: Version): Transport | Promise<Transport> {
		this.#state = 'open';
		this.#version = version;
		this.#alpn = transport.alpn;
		this.#tell(null);
		if (this.#log.info.length > 0) {
			const alpn = transport.alpn === null ? '' : `, ${transport.alpn} by ALPN`;
			this.#info(null, `open to ${this.#host}:${this.#port}: ${version}${alpn}`);
		}
		return this.#tracesFrames && version === 'HTTP/2' ? this.#trace(transport) : transport;
	}

	/** The transport is gone, or the dial has failed; null when all was in order. Only the first call counts. */
	closed(failure: unknown): void {
		if (this.#state === 'closed') return;
		this.#state = 'closed';
		const error = failure === null || failure instanceof Error ? failure : new Error(String(failure));
		this.#tell(error);
		if (error !== null) this.error(null, error);
		else if (this.#log.info.length > 0) this.#info(null, 'closed');
	}

	/** The head of a request was sent: its fields with the pseudo-header fields, also on HTTP/1.1. */
	request(streamId: number | null, section: FlatSection): void {
		if (this.#channels.request.hasSubscribers) {
			this.#channels.request.publish(new RequestMessage(this.id, streamId, section));
		}
		if (this.#log.info.length === 0) return;
		const [method, scheme, authority, path] = [':method', ':scheme', ':authority', ':path'].map((name) =>
			pseudoField(section, name),
		);
		this.#info(streamId, `${method} ${scheme === '' ? '' : `${scheme}://`}${authority}${path}`);
	}

	/** The head of a final response. */
	response(streamId: number | null, status: number, section: FlatSection): void {
		if (this.#channels.response.hasSubscribers) {
			this.#channels.response.publish(new ResponseMessage(this.id, streamId, status, section));
		}
		if (this.#log.info.length > 0) this.#info(streamId, String(status));
	}

	/** The trailer section of a response. */
	trailers(streamId: number | null, section: FlatSection): void {
		if (this.#channels.trailers.hasSubscribers) {
			this.#channels.trailers.publish(new TrailersMessage(this.id, streamId, section));
		}
	}

	/** A request has failed; without a stream on HTTP/2, the connection. */
	error(streamId: number | null, failure: Error): void {
		// What the caller gets.
		const error = failure.cause instanceof TimeoutError ? failure.cause : failure;
		if (this.#channels.error.hasSubscribers) {
			this.#channels.error.publish({ connection: this.id, streamId, error });
		}
		if (isCancellation(error)) {
			if (this.#log.info.length > 0) this.#info(streamId, error.message);
		} else if (this.#log.warn.length > 0) {
			this.warn(streamId, `${error.name}: ${error.message}`);
		}
	}

	/** Something that is no error of ours and that the developer may want to know. */
	warn(streamId: number | null, message: string): void {
		if (this.#log.warn.length > 0) write(this.#log.warn, this.#line(streamId, message));
	}

	#info(streamId: number | null, message: string): void {
		write(this.#log.info, this.#line(streamId, message));
	}

	#line(streamId: number | null, message: string): string {
		return `#${this.id}${streamId === null ? '' : ` stream ${streamId}`}: ${visible(message)}`;
	}

	#tell(error: Error | null): void {
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
		// Most processes never trace, and importing the package must cost little.
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

/** The caller's own doing. */
function isCancellation(error: Error): boolean {
	return error instanceof StreamResetError && error.initiator === 'local' && error.errorCode === CANCEL;
}
