// The HTTP/2 server of a simulated life: answers as planned, keeps the rules except where the plan says otherwise, and
// checks that the client keeps them: windows, streams, frame sizes (RFC 9113 §5).

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_WINDOW_SIZE, MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { Codec } from '../../src/codec/codec.ts';
import { ClientReader } from '../../src/testing/client-reader.ts';
import { FrameSender } from '../../src/testing/frame-sender.ts';
import type { DecodedHeadersFrame, PeerFrame, PeerFrameOf } from '../../src/testing/peer-frame.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { contentOf, encodedContent, piecesOf } from './content.ts';
import type { AnswerPlan } from './exchange-plan.ts';
import type { Arrival, Ledger } from './ledger.ts';
import type { End } from './network.ts';
import { Noise } from './noise.ts';
import { pushedContentId } from './pushes.ts';
import type { World } from './world.ts';

/** How many bytes of a stream's window are given where the settings give too few. */
const FIRST_WINDOW = 5000;
const MAX_FRAME = 16_384;

interface Stream {
	readonly id: number;
	/** Null for a push. */
	readonly arrival: Arrival | null;
	sendWindow: number;
	receiveWindow: number;
	readonly outbox: Uint8Array[];
	/** What ends the response once the outbox is empty; null while more follows. */
	finish: 'end' | 'trailers' | null;
	hasEnded: boolean;
	isRequestOver: boolean;
	readonly onRequestOver: (() => void)[];
}

/** A request that came with an upgrade from HTTP/1.1 and is stream 1. */
export interface Upgraded {
	readonly arrival: Arrival;
	/** The payload of the client's SETTINGS. */
	readonly settings: Uint8Array;
}

export class HTTP20Server {
	/** Whether anything but the plan of the requests has happened to the connection. */
	isDisturbed = false;
	readonly #world: World;
	readonly #end: End;
	readonly #ledger: Ledger;
	readonly #codec = new Codec();
	readonly #send: FrameSender;
	readonly #noise: Noise;
	readonly #reader: ClientReader;
	readonly #streams = new Map<number, Stream>();
	/** The last stream that a GOAWAY has not excluded. */
	#lastAccepted = 0x7fffffff;
	#highestActedOn = 0;
	#highestSeen = 0;
	#nextPush = 2;
	/** What has arrived before its SETTINGS were sent; null from then on. */
	#early: Uint8Array[] | null = [];
	#isOver = false;
	/** Announced values of SETTINGS_INITIAL_WINDOW_SIZE and SETTINGS_MAX_CONCURRENT_STREAMS, until they are acknowledged. */
	readonly #announced: { window: number; streams: number }[] = [];
	#initialReceiveWindow = DEFAULT_WINDOW_SIZE;
	#maxStreams = Number.POSITIVE_INFINITY;
	#receiveWindow = DEFAULT_WINDOW_SIZE;
	#sendWindow = DEFAULT_WINDOW_SIZE;
	#initialSendWindow = DEFAULT_WINDOW_SIZE;
	#mayPush = true;
	#cancelIdle: () => void = () => undefined;

	constructor(world: World, end: End, ledger: Ledger, upgraded: Upgraded | null = null) {
		this.#world = world;
		this.#end = end;
		this.#ledger = ledger;
		this.#send = new FrameSender(
			(bytes) => this.#write(bytes),
			(fields) => this.#codec.output.encodeBlock(fields),
		);
		this.#noise = new Noise(this.#send, new SeededRandom(ledger.plan.seed, 4), ledger.plan.noise);
		this.#reader = new ClientReader(
			(frame) => this.#onFrame(frame),
			(error) => ledger.violate('protocol', error.message),
		);
		const { greetsAfter } = ledger.plan;
		if (greetsAfter === 0 || upgraded !== null) this.#greet();
		else world.after(greetsAfter, () => this.#greet());
		if (upgraded !== null) this.#adopt(upgraded);
	}

	/** Bytes of the client. */
	receive(bytes: Uint8Array): void {
		if (this.#early !== null) this.#early.push(new Uint8Array(bytes));
		else if (!this.#isOver) {
			this.#reader.read(bytes);
			// Once for all frames, or small windows would shrink: each WINDOW_UPDATE would be answered by a frame of its own.
			this.#pump();
		}
	}

	/** The client has ended its direction. */
	receiveEnd(): void {
		this.#end.end();
	}

	/** The connection is gone. */
	closed(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#cancelIdle();
		this.#codec.close();
		this.#reader.close();
		for (const stream of this.#streams.values()) this.#endRequest(stream);
	}

	/** Excludes streams that were not acted on, and closes once the others have ended. */
	goAway(errorCode: number = ErrorCode.NO_ERROR): void {
		if (!this.#isOpen) return;
		this.#lastAccepted = Math.min(this.#lastAccepted, this.#highestActedOn);
		this.#send.goaway(this.#lastAccepted, errorCode);
		this.#closeIfDone();
	}

	/** Announces that it will go away, and does after a time (RFC 9113 §6.8). */
	shutDown(): void {
		if (!this.#isOpen) return;
		this.#send.goaway(0x7fffffff, ErrorCode.NO_ERROR);
		this.#world.after(200, () => this.goAway());
	}

	changeSettings(initialWindowSize: number, maxConcurrentStreams: number): void {
		if (!this.#isOpen) return;
		this.#announced.push({ window: initialWindowSize, streams: maxConcurrentStreams });
		this.#send.settings({ initialWindowSize, maxConcurrentStreams });
	}

	ping(): void {
		if (this.#isOpen) this.#send.ping();
	}

	/** What is wrong with a connection on which nothing happens any more. */
	findFaults(connectionWindowSize: number): string[] {
		if (!this.#isOpen || this.#end.isClosed) return [];
		const faults: string[] = [];
		for (const { id, isRequestOver, hasEnded } of this.#streams.values()) {
			faults.push(`stream ${id} is open: request over ${isRequestOver}, response over ${hasEnded}`);
		}
		// FlowControlManager refills a window of which less than a quarter is left.
		if (this.#sendWindow < connectionWindowSize / 4 || this.#sendWindow > connectionWindowSize) {
			faults.push(`the server has a window of ${this.#sendWindow} of ${connectionWindowSize} bytes`);
		}
		return faults;
	}

	#greet(): void {
		if (this.#isOver) return;
		const { settings } = this.#ledger.plan;
		this.#announced.push({ window: settings.initialWindowSize, streams: settings.maxConcurrentStreams });
		this.#send.settings(settings);
		this.#noise.frames(0);
		this.#rest();
		const early = this.#early ?? [];
		this.#early = null;
		for (const bytes of early) this.receive(bytes);
	}

	/** Whether it can send frames. */
	get #isOpen(): boolean {
		return !this.#isOver && this.#early === null;
	}

	#adopt({ arrival, settings }: Upgraded): void {
		const view = new DataView(settings.buffer, settings.byteOffset, settings.length);
		for (let at = 0; at + 6 <= settings.length; at += 6) this.#applySetting(view.getUint16(at), view.getUint32(at + 2));
		arrival.version = 'HTTP/2';
		const stream = this.#open(1, arrival);
		this.#highestActedOn = 1;
		this.#endRequest(stream);
		this.#answer(stream);
	}

	#onFrame(frame: PeerFrame): void {
		if (this.#isOver) return;
		switch (frame.type) {
			case 'HEADERS':
				return this.#onHeaders(frame);
			case 'DATA':
				return this.#onData(frame);
			case 'RST_STREAM':
				return this.#onReset(frame.streamId);
			case 'WINDOW_UPDATE':
				return this.#onWindowUpdate(frame.streamId, frame.increment);
			case 'SETTINGS':
				return frame.ack ? this.#onSettingsAck() : this.#onSettings(frame.settings);
			case 'PING':
				if (!frame.ack) this.#send.ping(frame.opaque, { ack: true });
				return;
			default:
		}
	}

	#onHeaders({ streamId, fields, endStream }: DecodedHeadersFrame): void {
		const known = this.#streams.get(streamId);
		if (known !== undefined) {
			if (!endStream) this.#ledger.violate('protocol', `HEADERS on the open stream ${streamId} without END_STREAM`);
			const trailers = new Map(fields.map(([name, value]) => [name, value]));
			if (known.arrival !== null) this.#ledger.complete(known.arrival, trailers);
			return this.#endRequest(known);
		}
		if (streamId <= this.#highestSeen) {
			// Trailers of a request whose stream this server has reset.
			if (!endStream) this.#ledger.violate('protocol', `HEADERS on the old stream ${streamId}`);
			return;
		}
		this.#highestSeen = streamId;
		if (streamId > this.#lastAccepted) return;
		const values = new Map(fields.map(([name, value]) => [name, value]));
		const arrival = this.#ledger.arrive('HTTP/2', values.get(':method') ?? '', values.get(':path') ?? '');
		if (arrival === null) return;
		this.#world.note(`server gets ${arrival.exchange.method} /${arrival.exchange.id} on stream ${streamId}`);
		if (arrival.exchange.method === 'CONNECT' && !this.#ledger.plan.settings.enableConnectProtocol) {
			this.#ledger.violate('protocol', 'An extended CONNECT that the settings do not allow', arrival.exchange.id);
		}
		if (this.#refuses(streamId, arrival)) return;
		arrival.isActedOn = true;
		this.#highestActedOn = streamId;
		this.#cancelIdle();
		const stream = this.#open(streamId, arrival);
		if (endStream) {
			this.#ledger.complete(arrival, null);
			this.#endRequest(stream);
		} else if (this.#initialReceiveWindow < FIRST_WINDOW) {
			this.#world.after(arrival.exchange.answer.readPause, () => this.#giveWindow(stream, FIRST_WINDOW, 0));
		}
		this.#answer(stream);
	}

	/** Whether the server declines the request without acting on it. */
	#refuses(streamId: number, { exchange: { id, answer } }: Arrival): boolean {
		const before = this.#ledger.arrivals(id).length - 1;
		const { behaviour } = answer;
		const requests = [...this.#streams.values()].filter((stream) => stream.arrival !== null).length;
		if (requests >= this.#maxStreams) {
			this.#ledger.violate('protocol', `${requests + 1} streams where ${this.#maxStreams} are allowed`, id);
		}
		if (behaviour === 'requireHTTP11') this.#send.rstStream(streamId, ErrorCode.HTTP_1_1_REQUIRED);
		else if (behaviour === 'refuse' || (behaviour === 'refuseOnce' && before === 0) || this.#isTooMany(requests)) {
			this.#send.rstStream(streamId, ErrorCode.REFUSED_STREAM);
		} else if (behaviour === 'goawayBehind' && before === 0) this.goAway();
		else return false;
		return true;
	}

	/** Whether the client, which does not know the limit yet, has opened too many streams. */
	#isTooMany(requests: number): boolean {
		return requests >= (this.#announced.at(-1)?.streams ?? Number.POSITIVE_INFINITY);
	}

	#onData({ streamId, data, length, endStream }: PeerFrameOf<'DATA'>): void {
		this.#receiveWindow -= length;
		if (this.#receiveWindow < 0) this.#ledger.violate('windows', 'The client exceeds the window of the connection');
		const stream = this.#streams.get(streamId);
		if (stream === undefined || stream.arrival === null || stream.isRequestOver) {
			return this.#giveWindow(null, 0, length);
		}
		const { arrival } = stream;
		stream.receiveWindow -= length;
		if (stream.receiveWindow < 0)
			this.#ledger.violate('windows', `The client exceeds the window of stream ${streamId}`);
		this.#ledger.receive(arrival, data);
		if (endStream) {
			this.#ledger.complete(arrival, null);
			this.#endRequest(stream);
		}
		const growth = stream.receiveWindow < FIRST_WINDOW ? FIRST_WINDOW : 0;
		this.#world.after(arrival.exchange.answer.readPause, () => this.#giveWindow(stream, length + growth, length));
	}

	#giveWindow(stream: Stream | null, increment: number, forConnection: number): void {
		if (this.#isOver) return;
		if (forConnection > 0) {
			this.#receiveWindow += forConnection;
			this.#send.windowUpdate(0, forConnection);
		}
		if (stream === null || increment === 0 || stream.isRequestOver) return;
		stream.receiveWindow += increment;
		this.#send.windowUpdate(stream.id, increment);
	}

	#onReset(streamId: number): void {
		const stream = this.#streams.get(streamId);
		if (stream === undefined) return;
		this.#world.note(`server gets RST_STREAM ${streamId}`);
		this.#drop(stream);
	}

	#onWindowUpdate(streamId: number, increment: number): void {
		if (streamId === 0) {
			this.#sendWindow += increment;
			if (this.#sendWindow > MAX_WINDOW_SIZE) this.#ledger.violate('windows', 'The connection has too large a window');
		} else {
			const stream = this.#streams.get(streamId);
			if (stream !== undefined) stream.sendWindow += increment;
		}
	}

	#onSettingsAck(): void {
		const acknowledged = this.#announced.shift();
		if (acknowledged === undefined) return this.#ledger.violate('protocol', 'An acknowledgement of no SETTINGS');
		const change = acknowledged.window - this.#initialReceiveWindow;
		this.#initialReceiveWindow = acknowledged.window;
		this.#maxStreams = acknowledged.streams;
		for (const stream of this.#streams.values()) {
			stream.receiveWindow += change;
			// With a small window nothing arrives that could be answered with more.
			if (!stream.isRequestOver && stream.receiveWindow <= 0)
				this.#giveWindow(stream, FIRST_WINDOW - stream.receiveWindow, 0);
		}
	}

	#onSettings(settings: readonly (readonly [identifier: number, value: number])[]): void {
		for (const [identifier, value] of settings) this.#applySetting(identifier, value);
		this.#send.settingsAck();
	}

	#applySetting(identifier: number, value: number): void {
		if (identifier === Setting.ENABLE_PUSH) this.#mayPush = value === 1;
		if (identifier === Setting.HEADER_TABLE_SIZE) this.#codec.output.setTableSize(Math.min(value, 4096));
		if (identifier !== Setting.INITIAL_WINDOW_SIZE) return;
		for (const stream of this.#streams.values()) stream.sendWindow += value - this.#initialSendWindow;
		this.#initialSendWindow = value;
	}

	#open(id: number, arrival: Arrival | null): Stream {
		const stream: Stream = {
			...{ id, arrival, sendWindow: this.#initialSendWindow, receiveWindow: this.#initialReceiveWindow },
			...{ outbox: [], finish: null, hasEnded: false, isRequestOver: arrival === null, onRequestOver: [] },
		};
		this.#streams.set(id, stream);
		return stream;
	}

	#endRequest(stream: Stream): void {
		stream.isRequestOver = true;
		for (const resolve of stream.onRequestOver.splice(0)) resolve();
		if (stream.hasEnded) this.#drop(stream);
	}

	#drop(stream: Stream): void {
		if (!this.#streams.delete(stream.id)) return;
		stream.hasEnded = true;
		stream.isRequestOver = true;
		for (const resolve of stream.onRequestOver.splice(0)) resolve();
		this.#closeIfDone();
		this.#rest();
	}

	/** Begins to wait for requests. */
	#rest(): void {
		const { serverIdle, seed } = this.#ledger.plan;
		this.#cancelIdle();
		if (serverIdle === 0 || this.#streams.size > 0) return;
		this.#cancelIdle = this.#world.after(serverIdle, () => {
			this.#world.note('server closes the idle connection');
			if (seed % 2 === 0) this.goAway();
			else this.#end.destroy();
		});
	}

	#closeIfDone(): void {
		if (this.#isOver || this.#lastAccepted === 0x7fffffff || this.#streams.size > 0) return;
		this.#world.after(10, () => this.#end.end());
	}

	#isGone(stream: Stream): boolean {
		return this.#isOver || !this.#streams.has(stream.id) || stream.hasEnded;
	}

	#answer(stream: Stream): void {
		void this.#runAnswer(stream, stream.arrival as Arrival);
	}

	async #runAnswer(stream: Stream, arrival: Arrival): Promise<void> {
		const { exchange } = arrival;
		const { answer, upload } = exchange;
		const { behaviour } = answer;
		if (behaviour === 'goaway') {
			this.goAway();
			this.#world.note('server sends GOAWAY');
		}
		if (answer.delay > 0) await this.#world.sleep(answer.delay);
		if (this.#isGone(stream)) return;
		const isFirst = this.#ledger.arrivals(exchange.id).length === 1;
		if (behaviour === 'failExpectation' && upload?.expect === true && !stream.isRequestOver && isFirst) {
			return this.#decline(stream, arrival, '417');
		}
		if (upload?.expect === true && !stream.isRequestOver && answer.informational > 0) {
			this.#send.headers(stream.id, { ':status': '100' });
		}
		if (answer.readsFirst && !stream.isRequestOver) {
			await new Promise<void>((resolve) => void stream.onRequestOver.push(resolve));
			if (this.#isGone(stream)) return;
		}
		if (behaviour === 'never') return;
		if (behaviour === 'reset') return this.#reset(stream, exchange.id);
		if (behaviour === 'garbage') return this.#sendGarbage(stream, exchange.id);
		this.#noise.frames(stream.id);
		for (let i = 0; i < answer.informational; i++) {
			const hints = [
				[':status', '103'],
				['link', '</a>'],
			] as const;
			this.#noise.headers(stream.id, hints, false);
		}
		if (this.#mayPush) for (let i = 0; i < answer.pushes; i++) this.#push(stream, exchange.id, i, answer);
		if (isFirst && behaviour === 'misdirect') return this.#decline(stream, arrival, '421');
		if (isFirst && behaviour === 'timeOut') return this.#decline(stream, arrival, '408');
		await this.#sendResponse(stream, exchange.id, exchange.method, answer);
	}

	/** Answers without having acted on the request. */
	#decline(stream: Stream, arrival: Arrival, status: string): void {
		arrival.isActedOn = false;
		this.#noise.headers(stream.id, [[':status', status]], true);
		this.#finish(stream);
	}

	async #sendResponse(stream: Stream, id: number, method: string, answer: AnswerPlan): Promise<void> {
		const { behaviour, status, coding, framing, trailers } = answer;
		const content = encodedContent(id, answer);
		const fields: [string, string][] = [[':status', String(status)]];
		const isEmpty = method === 'HEAD' || status === 204 || status === 304;
		if (coding !== null) fields.push(['content-encoding', coding]);
		const declared = behaviour === 'wrongLength' ? content.length + 5 : content.length;
		if (framing === 'length' && status !== 204 && method !== 'CONNECT')
			fields.push(['content-length', String(declared)]);
		fields.push(['x-id', String(id)]);
		this.#noise.headers(stream.id, fields, isEmpty);
		if (isEmpty) return this.#finish(stream);
		const pieces = piecesOf(content, answer.pieces);
		const isCutShort = ['stall', 'cut', 'fin', 'resetLate'].includes(behaviour);
		if (isCutShort) pieces.length = pieces.length >> 1;
		for (const piece of pieces) {
			stream.outbox.push(piece);
			this.#pump();
			if (answer.pause > 0) await this.#world.sleep(answer.pause);
			if (this.#isGone(stream)) return;
		}
		if (behaviour === 'cut') return this.#end.cut();
		if (behaviour === 'fin') return this.#end.destroy();
		if (behaviour === 'resetLate') return this.#reset(stream, id);
		if (behaviour === 'stall') return;
		stream.finish = trailers ? 'trailers' : 'end';
		this.#pump();
	}

	#push(parent: Stream, id: number, index: number, answer: AnswerPlan): void {
		const promised = this.#nextPush;
		this.#nextPush += 2;
		const { secure } = this.#ledger.plan;
		const request = {
			':method': 'GET',
			':scheme': secure ? 'https' : 'http',
			':authority': AUTHORITY,
			':path': `/push/${id}/${index}`,
		};
		this.#send.pushPromise(parent.id, promised, request);
		const stream = this.#open(promised, null);
		this.#send.headers(promised, { ':status': '200' });
		stream.outbox.push(contentOf(pushedContentId(id, index), answer.length));
		stream.finish = 'end';
		this.#pump();
	}

	#reset(stream: Stream, id: number): void {
		const codes = [ErrorCode.INTERNAL_ERROR, ErrorCode.CANCEL, ErrorCode.NO_ERROR, ErrorCode.ENHANCE_YOUR_CALM];
		this.#send.rstStream(stream.id, codes[id % codes.length] as number);
		this.#drop(stream);
	}

	#sendGarbage(stream: Stream, id: number): void {
		const streamId = stream.id;
		this.isDisturbed = true;
		switch (id % 7) {
			case 0:
				return this.#send.data(0x7ffffffd, 'x');
			case 1:
				stream.receiveWindow = Number.POSITIVE_INFINITY;
				this.#send.windowUpdate(streamId, MAX_WINDOW_SIZE);
				return this.#send.windowUpdate(streamId, MAX_WINDOW_SIZE);
			case 2:
				return this.#send.frame(FrameType.HEADERS, 4, streamId, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f));
			case 3:
				return this.#send.frame(FrameType.SETTINGS, 0, 0, 'short');
			case 4:
				return this.#send.data(streamId, 'content before the head');
			case 5:
				return this.#send.headers(streamId, { ':status': '200', 'content-length': 'many' });
			default:
				return this.#write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
		}
	}

	/** Writes content as the windows allow, the streams in turn. */
	#pump(): void {
		if (this.#isOver) return;
		for (const stream of [...this.#streams.values()]) {
			while (stream.outbox.length > 0 && stream.sendWindow > 0 && this.#sendWindow > 0) {
				const piece = stream.outbox[0] as Uint8Array;
				const room = Math.min(MAX_FRAME, stream.sendWindow, this.#sendWindow);
				const padding = this.#noise.padding(room - 1);
				const padded = padding === null ? 0 : 1 + padding;
				const length = Math.min(piece.length, room - padded);
				if (this.#noise.wantsEmptyFrame) this.#send.data(stream.id, '');
				if (length === piece.length) stream.outbox.shift();
				else stream.outbox[0] = piece.subarray(length);
				stream.sendWindow -= length + padded;
				this.#sendWindow -= length + padded;
				this.#send.data(stream.id, piece.subarray(0, length), { padding });
			}
			if (stream.outbox.length > 0 || stream.finish === null || stream.hasEnded) continue;
			if (stream.finish === 'end') this.#send.data(stream.id, '', { endStream: true });
			else this.#noise.headers(stream.id, [['x-sum', '1']], true);
			this.#finish(stream);
		}
	}

	/** The response is complete. */
	#finish(stream: Stream): void {
		stream.hasEnded = true;
		if (stream.isRequestOver) this.#drop(stream);
	}

	#write(bytes: Uint8Array): void {
		if (!this.#isOver) this.#end.write([bytes]);
	}
}

/** The authority of all requests. */
const AUTHORITY = 'a.test';
