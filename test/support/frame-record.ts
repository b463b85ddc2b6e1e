// Records the callbacks of a Codec as lines that do not depend on how the input is split.

import { Codec, type FrameHandler } from '../../src/codec/codec.ts';
import { toHex } from './hpack-stories.ts';

export class FrameRecord implements FrameHandler {
	readonly lines: string[] = [];
	readonly sections: { fields: string[]; neverIndexed: number[]; faults: number }[] = [];
	/** The last fault; null before the first. */
	fault: { streamId: number; errorCode: number; fault: number } | null = null;
	/** The pieces of the current DATA frame. */
	#data: Uint8Array[] = [];
	#dataLength = 0;

	onData(
		streamId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		flowControlledLength: number,
		endOfFrame: boolean,
		endStream: boolean,
	): void {
		this.#data.push(bytes.slice(start, end));
		this.#dataLength += flowControlledLength;
		if (!endOfFrame) return;
		this.lines.push(`DATA ${streamId} ${toHex(Buffer.concat(this.#data))} ${this.#dataLength} ${endStream}`);
		this.#data = [];
		this.#dataLength = 0;
	}

	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void {
		this.#addSection(`HEADERS ${streamId} ${endStream}`, fields, neverIndexed, faults);
	}

	onPushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
	): void {
		this.#addSection(`PUSH_PROMISE ${streamId} ${promisedStreamId}`, fields, neverIndexed, faults);
	}

	onPriority(streamId: number): void {
		this.lines.push(`PRIORITY ${streamId}`);
	}

	onRstStream(streamId: number, errorCode: number): void {
		this.lines.push(`RST_STREAM ${streamId} ${errorCode}`);
	}

	onSettings(entries: readonly number[]): void {
		this.lines.push(`SETTINGS ${entries.join(' ')}`);
	}

	onSettingsAck(): void {
		this.lines.push('SETTINGS ACK');
	}

	onPing(first: number, second: number, ack: boolean): void {
		this.lines.push(`PING ${first} ${second} ${ack}`);
	}

	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void {
		this.lines.push(`GOAWAY ${lastStreamId} ${errorCode} ${toHex(debugData)}`);
	}

	onWindowUpdate(streamId: number, increment: number): void {
		this.lines.push(`WINDOW_UPDATE ${streamId} ${increment}`);
	}

	onUnknown(type: number, streamId: number): void {
		this.lines.push(`UNKNOWN ${type} ${streamId}`);
	}

	onFault(streamId: number, errorCode: number, fault: number): void {
		this.fault = { streamId, errorCode, fault };
		this.lines.push(`FAULT ${streamId} ${errorCode} ${fault}`);
	}

	#addSection(head: string, fields: string[], neverIndexed: Set<number> | null, faults: number): void {
		const pairs = [...(neverIndexed ?? [])];
		this.sections.push({ fields, neverIndexed: pairs, faults });
		this.lines.push(`${head} ${JSON.stringify(fields)} ${pairs.join()} ${faults}`);
	}
}

/** Decodes the chunks with a new codec and records its callbacks. */
export function record(pieces: Iterable<Uint8Array>): FrameRecord {
	const codec = new Codec();
	const frames = new FrameRecord();
	try {
		for (const piece of pieces) codec.receive(piece, frames);
	} finally {
		codec.close();
	}
	return frames;
}

/** Splits the bytes into chunks of one byte. */
export function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
	for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
