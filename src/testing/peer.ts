// ScriptedPeer: the server end of an HTTP/2 connection, controlled by a test. It sends what the test asks for, right or
// wrong, and gives the test every frame of the client.

import {
	DEFAULT_MAX_FRAME_SIZE,
	DEFAULT_TABLE_SIZE,
	DEFAULT_WINDOW_SIZE,
	LARGEST_MAX_FRAME_SIZE,
} from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { latin1Bytes } from '../base/bytes.ts';
import { ConnectionError } from '../base/errors.ts';
import { boolean, callback, checkOptions, objectWith, oneOf, optionSet } from '../base/options.ts';
import { Codec } from '../codec/codec.ts';
import { createMemoryTransports, TRANSPORT_PAIR, type TransportPairOptions } from '../runtime/memory.ts';
import type { Transport } from '../runtime/transport.ts';
import { type ByteStreams, transportFromStreams } from '../runtime/web/streams.ts';
import { applySetting, INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import { toByteStreams } from './byte-streams.ts';
import { ClientReader } from './client-reader.ts';
import { FrameSender } from './frame-sender.ts';
import { type FrameShape, findMismatch } from './match.ts';
import { PEER_FRAME_NAMES, type PeerFrame, type PeerFrameName, type PeerFrameOf } from './peer-frame.ts';
import { type RequestHandler, Responder } from './responder.ts';

export interface ScriptedPeerOptions extends TransportPairOptions {
	/** The pipe to use, for example a socket of a test server. Default: a pipe in memory, whose other end is `transport`. */
	streams?: ByteStreams;
	/** Whether to acknowledge SETTINGS and PING, and to end the connection when the client does. Default: true. */
	autoReply?: boolean;
}

const SCRIPTED_PEER = optionSet(
	'a ScriptedPeer',
	{
		streams: objectWith('a pair of streams { readable, writable }', 'readable', 'writable'),
		autoReply: boolean,
		...Object.fromEntries(TRANSPORT_PAIR.checks),
	},
	{ ...Object.fromEntries(TRANSPORT_PAIR.advice), transport: 'write streams', settings: 'write handshake(settings)' },
);

interface Waiter {
	wants(frame: PeerFrame): boolean;
	resolve(frame: PeerFrame): void;
	reject(error: Error): void;
	what: string;
}

/**
 * A server that follows the script of a test.
 *
 * @example
 * const peer = new ScriptedPeer();
 * const conn = new HTTP20Connection('localhost', { transport: peer.transport });
 * const response = conn.roundTrip('GET', '/');
 * await peer.handshake();
 * const { streamId } = await peer.expect('HEADERS', { fields: { ':path': '/' } });
 * peer.send.headers(streamId, { ':status': '204' }, { endStream: true });
 * console.log((await response).status);
 */
export class ScriptedPeer {
	/** The client's end of the pipe, for the `transport` option of a connection. */
	readonly transport: ByteStreams;
	/** Sends frames immediately. */
	readonly send: FrameSender;
	/** Every frame of the client so far, except those that `respondWith` handled. */
	readonly frames: PeerFrame[] = [];
	/** Resolves when the connection is closed. */
	readonly closed: Promise<void>;
	readonly #pipe: Transport;
	/** Encodes and frames what the peer sends; input goes to the reader. */
	readonly #codec = new Codec();
	readonly #reader: ClientReader;
	readonly #autoReply: boolean;
	readonly #remote: Settings = { ...INITIAL_SETTINGS };
	#maxFrameSize = DEFAULT_MAX_FRAME_SIZE;
	/** Frames that `receive` has not returned yet. */
	#untaken: PeerFrame[] = [];
	#waiters: Waiter[] = [];
	/** Why no more frames can arrive; null while they can. */
	#over: Error | null = null;
	#responder: Responder | null = null;
	/** The connection window that the client has granted so far; a responder counts on from here. */
	#window = DEFAULT_WINDOW_SIZE;
	#greeted = false;
	/** Whether the script has sent anything. */
	#begun = false;
	/** Automatic replies that wait for the script to send something. */
	#owed: (() => void)[] = [];
	#pings = 0;
	#onClosed: () => void = () => undefined;

	/** TypeError or RangeError for options that are unknown or impossible, or have no effect next to `streams`. */
	constructor(options: ScriptedPeerOptions = {}) {
		checkOptions(options, SCRIPTED_PEER);
		const { streams, autoReply = true, ...pairOptions } = options;
		const [unused] = Object.entries(pairOptions).find(([, value]) => value !== undefined) ?? [];
		if (streams !== undefined && unused !== undefined) {
			throw new TypeError(`Cannot use ${unused} with streams: it applies only to a pipe that the peer creates`);
		}
		this.#autoReply = autoReply;
		if (streams === undefined) {
			const [near, far] = createMemoryTransports(pairOptions, 'h2');
			this.transport = toByteStreams(near);
			this.#pipe = far;
		} else {
			this.transport = streams;
			this.#pipe = transportFromStreams(streams);
		}
		this.send = new FrameSender(
			(bytes) => this.write(bytes),
			(fields) => {
				this.#flush();
				return this.#codec.output.encodeBlock(fields);
			},
			(identifier, value) => this.#onAnnounced(identifier, value),
		);
		this.#reader = new ClientReader(
			(frame) => this.#onFrame(frame),
			(error) => this.#end(error),
		);
		this.closed = new Promise((resolve) => (this.#onClosed = resolve));
		this.#pipe.start({
			onBytes: (bytes) => this.#onBytes(bytes),
			onDrain: () => undefined,
			onEnd: () => {
				this.#end(new ConnectionError('Client ended the connection'));
				if (this.#autoReply) this.#pipe.end();
			},
			onClose: (error) => {
				this.#end(new ConnectionError(`Connection is closed${error === null ? '' : `: ${error.message}`}`));
				this.#codec.close();
				this.#reader.close();
				this.#onClosed();
			},
		});
	}

	/** The client's settings received so far. */
	get remoteSettings(): Readonly<Settings> {
		return this.#remote;
	}

	/**
	 * Sends SETTINGS and waits for the client's SETTINGS and acknowledgement. Later calls of `receive` see neither of them,
	 * nor the WINDOW_UPDATE of the connection that came with them.
	 */
	async handshake(settings: Parameters<FrameSender['settings']>[0] = {}): Promise<Readonly<Settings>> {
		this.#greet(settings);
		await this.#next('SETTINGS', (frame) => frame.type === 'SETTINGS' && !frame.ack);
		await this.#next('SETTINGS with ACK', (frame) => frame.type === 'SETTINGS' && frame.ack);
		this.#untaken = this.#untaken.filter((frame) => !isConnectionUpdate(frame));
		return this.#remote;
	}

	/** Resolves with the next frame, or the next of a type; other types stay queued. Rejects when no more can arrive. */
	receive(): Promise<PeerFrame>;
	receive<Name extends PeerFrameName>(type: Name): Promise<PeerFrameOf<Name>>;
	async receive(type?: PeerFrameName): Promise<PeerFrame> {
		if (type !== undefined) frameName(type, 'The type of a frame');
		return this.#next(type ?? 'another frame', (frame) => type === undefined || frame.type === type);
	}

	/** Resolves with the next frame of a type. Rejects if its members differ from these. */
	async expect<Name extends PeerFrameName>(type: Name, shape: FrameShape = {}): Promise<PeerFrameOf<Name>> {
		const frame = await this.receive(type);
		const mismatch = findMismatch(frame, shape);
		if (mismatch !== null) throw new Error(`Client sent ${type} whose ${mismatch}`);
		return frame;
	}

	/** Sends PING and waits for its acknowledgement: by then the client has read, and answered, everything sent before. */
	async roundTrip(): Promise<void> {
		const opaque = latin1Bytes('peer\0\0\0\0');
		new DataView(opaque.buffer).setUint32(4, ++this.#pings);
		this.send.ping(opaque);
		const isAnswer = (frame: PeerFrame): boolean => {
			return frame.type === 'PING' && frame.ack && findMismatch(frame, { opaque }) === null;
		};
		await this.#next('PING with ACK', isAnswer);
	}

	/** Answers every request from now on, after the handshake if the script has not done it. */
	respondWith(handler: RequestHandler): void {
		callback(handler, 'The handler of requests');
		this.#greet({});
		const { output } = this.#codec;
		this.#responder = new Responder(handler, output, this.#remote, this.#window, () => this.#flush());
		const untaken = this.#untaken.filter((frame) => !isConnectionUpdate(frame));
		this.#untaken = [];
		for (const frame of untaken) if (!this.#responder.onFrame(frame)) this.#untaken.push(frame);
	}

	/** Sends any bytes. */
	write(bytes: Uint8Array): void {
		this.#flush();
		this.#pipe.write([bytes]);
		this.#begun = true;
		for (const reply of this.#owed.splice(0)) reply();
	}

	/** Ends the peer's direction after everything that was sent. */
	close(): void {
		this.#pipe.end();
	}

	/** Drops the connection. With an error, the client sees a reset. */
	destroy(error?: Error): void {
		this.#pipe.destroy(error);
	}

	/** Automatic replies never come first: the first frame belongs to the script. */
	#reply(reply: () => void): void {
		if (!this.#autoReply) return;
		if (this.#begun) reply();
		else this.#owed.push(reply);
	}

	#greet(settings: Parameters<FrameSender['settings']>[0]): void {
		if (this.#greeted) return;
		this.#greeted = true;
		this.send.settings(settings);
	}

	/** The client may use the largest SETTINGS_MAX_FRAME_SIZE that the script has announced so far. */
	#onAnnounced(identifier: number, value: number): void {
		if (identifier !== Setting.MAX_FRAME_SIZE || value <= this.#maxFrameSize || value > LARGEST_MAX_FRAME_SIZE) return;
		this.#maxFrameSize = value;
		this.#reader.setMaxFrameSize(value);
	}

	#flush(): void {
		if (this.#codec.output.length > 0) this.#pipe.write(this.#codec.output.take());
	}

	#onBytes(bytes: Uint8Array): void {
		if (this.#over === null) this.#reader.read(bytes);
	}

	#onFrame(frame: PeerFrame): void {
		if (this.#over !== null) return;
		if (frame.type === 'SETTINGS' && !frame.ack) this.#onSettings(frame);
		if (frame.type === 'PING' && !frame.ack) this.#reply(() => this.send.ping(frame.opaque, { ack: true }));
		if (this.#responder?.onFrame(frame)) return;
		if (isConnectionUpdate(frame)) this.#window += frame.increment;
		this.frames.push(frame);
		const i = this.#waiters.findIndex((waiter) => waiter.wants(frame));
		if (i === -1) this.#untaken.push(frame);
		else (this.#waiters.splice(i, 1)[0] as Waiter).resolve(frame);
	}

	#onSettings(frame: PeerFrameOf<'SETTINGS'>): void {
		for (const [identifier, value] of frame.settings) applySetting(this.#remote, identifier, value);
		const { output } = this.#codec;
		output.setTableSize(Math.min(this.#remote.headerTableSize, DEFAULT_TABLE_SIZE));
		output.maxFrameSize = this.#remote.maxFrameSize;
		this.#reply(() => this.send.settingsAck());
		this.#responder?.onWindowChange();
	}

	async #next(what: string, wants: (frame: PeerFrame) => boolean): Promise<PeerFrame> {
		const i = this.#untaken.findIndex(wants);
		if (i !== -1) return this.#untaken.splice(i, 1)[0] as PeerFrame;
		if (this.#over !== null) throw lateError(what, this.#over);
		return new Promise((resolve, reject) => this.#waiters.push({ wants, resolve, reject, what }));
	}

	#end(error: Error): void {
		if (this.#over !== null) return;
		this.#over = error;
		for (const waiter of this.#waiters.splice(0)) waiter.reject(lateError(waiter.what, error));
	}
}

/** A name that no frame has would be waited for in vain. */
const frameName = oneOf(...PEER_FRAME_NAMES);

function isConnectionUpdate(frame: PeerFrame): frame is PeerFrameOf<'WINDOW_UPDATE'> {
	return frame.type === 'WINDOW_UPDATE' && frame.streamId === 0;
}

function lateError(what: string, cause: Error): Error {
	return new Error(`Client sent no ${what}, and no more frames can arrive: ${cause.message}`, { cause });
}
