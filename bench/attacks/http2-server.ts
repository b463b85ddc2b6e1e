// One connection of a hostile server that speaks HTTP/2, frame by frame, because no library sends what attacks need.

import type net from 'node:net';
import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { HEAD_BYTES } from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { frameBytes } from '../../test/support/frame-bytes.ts';
import type { Answer, Service } from './attack.ts';
import { Output } from './output.ts';

const PREFACE_BYTES = 24;
const INITIAL_WINDOW_SIZE = 65_535;
const NOTHING = new Uint8Array(0);
/** `:status: 200` of the static table. */
const STATUS_200 = Buffer.of(0x88);
/** A literal field whose name is not in a table, not to be indexed (RFC 7541 §6.2.2). */
const LITERAL = Buffer.of(0);

/** @param upgraded the settings of a client whose request on stream 1 has come with an Upgrade. */
export function serveHTTP2(socket: net.Socket, service: Service, upgraded: Buffer | null = null): void {
	const peer = new Peer(socket, service);
	socket.on('data', (bytes: Buffer) => peer.receive(bytes));
	socket.on('close', () => peer.wake());
	peer.start(upgraded);
}

class Peer {
	readonly #output: Output;
	readonly #service: Service;
	/** What we may send on the streams that the client has not reset; 0: the connection. */
	readonly #windows = new Map<number, number>([[0, INITIAL_WINDOW_SIZE]]);
	#initialWindowSize = INITIAL_WINDOW_SIZE;
	#waiting: (() => void)[] = [];
	#input: Buffer = Buffer.alloc(0);
	#skip = PREFACE_BYTES;

	constructor(socket: net.Socket, service: Service) {
		this.#output = new Output(socket);
		this.#service = service;
	}

	start(upgraded: Buffer | null): void {
		this.#send(FrameType.SETTINGS, 0, 0, NOTHING);
		if (upgraded === null) return;
		this.#applySettings(upgraded);
		this.#open(1);
		this.#answer(1);
	}

	/** Lets answers that wait for window look again. */
	wake(): void {
		for (const resolve of this.#waiting.splice(0)) resolve();
	}

	receive(bytes: Buffer): void {
		this.#input = Buffer.concat([this.#input, bytes]);
		const skipped = Math.min(this.#skip, this.#input.length);
		this.#skip -= skipped;
		let at = skipped;
		while (this.#input.length >= at + HEAD_BYTES) {
			const length = this.#input.readUIntBE(at, 3);
			const end = at + HEAD_BYTES + length;
			if (this.#input.length < end) break;
			const [type, flags] = [this.#input[at + 3] as number, this.#input[at + 4] as number];
			this.#onFrame(type, flags, this.#input.readUInt32BE(at + 5), this.#input.subarray(at + HEAD_BYTES, end));
			at = end;
		}
		this.#input = this.#input.subarray(at);
		this.wake();
	}

	#onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
		const { answersEarly } = this.#service;
		const endsStream = (flags & FrameFlag.END_STREAM) !== 0;
		if (type === FrameType.SETTINGS && (flags & FrameFlag.ACK) === 0) {
			this.#applySettings(payload);
			this.#send(FrameType.SETTINGS, FrameFlag.ACK, 0, NOTHING);
		} else if (type === FrameType.HEADERS) {
			this.#open(streamId);
			if (endsStream || answersEarly) this.#answer(streamId);
		} else if (type === FrameType.DATA) {
			if (answersEarly) return;
			if (payload.length > 0) for (const id of [0, streamId]) this.#giveWindow(id, payload.length);
			if (endsStream) this.#answer(streamId);
		} else if (type === FrameType.WINDOW_UPDATE) {
			const window = this.#windows.get(streamId);
			if (window !== undefined) this.#windows.set(streamId, window + payload.readUInt32BE(0));
		} else if (type === FrameType.RST_STREAM) this.#windows.delete(streamId);
	}

	#applySettings(entries: Buffer): void {
		for (let at = 0; at < entries.length; at += 6) {
			if (entries.readUInt16BE(at) === Setting.INITIAL_WINDOW_SIZE) {
				this.#initialWindowSize = entries.readUInt32BE(at + 2);
			}
		}
	}

	#open(streamId: number): void {
		this.#windows.set(streamId, this.#initialWindowSize);
	}

	#giveWindow(streamId: number, length: number): void {
		const increment = Buffer.alloc(4);
		increment.writeUInt32BE(length);
		this.#send(FrameType.WINDOW_UPDATE, 0, streamId, increment);
	}

	#send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
		void this.#output.write(frameBytes(type, flags, streamId, payload));
	}

	#answer(streamId: number): void {
		const output = this.#output;
		const windows = this.#windows;
		const frame: Answer['frame'] = (type, flags, payload, id = streamId) => frameBytes(type, flags, id, payload);
		const answer: Answer = {
			version: 'HTTP/2',
			scale: this.#service.scale,
			get gone() {
				return output.gone || !windows.has(streamId);
			},
			head: (fields = []) => {
				const strings = fields.map((text) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]));
				const lines = strings.flatMap((text, i) => (i % 2 === 0 ? [LITERAL, text] : [text]));
				return output.write(frame(FrameType.HEADERS, FrameFlag.END_HEADERS, Buffer.concat([STATUS_200, ...lines])));
			},
			piece: (content, padding) => {
				if (padding === undefined) return frame(FrameType.DATA, 0, content);
				const padded = Buffer.concat([Buffer.of(padding), content, Buffer.alloc(padding)]);
				return frame(FrameType.DATA, FrameFlag.PADDED, padded);
			},
			frame,
			window: (length) => this.#takeWindow(streamId, length),
			write: (bytes) => output.write(bytes),
			end: () => output.write(frame(FrameType.DATA, FrameFlag.END_STREAM, NOTHING)),
		};
		void this.#service.respond(answer, streamId === 1);
	}

	async #takeWindow(streamId: number, length: number): Promise<void> {
		const windows = this.#windows;
		for (;;) {
			const [all, own] = [windows.get(0) ?? 0, windows.get(streamId)];
			if (this.#output.gone || own === undefined) return;
			if (all >= length && own >= length) {
				windows.set(0, all - length);
				windows.set(streamId, own - length);
				return;
			}
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}
}
