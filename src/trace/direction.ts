// One direction of a traced connection: copies of its bytes go in, what they mean comes out. Whatever the bytes are,
// nothing is thrown: what cannot be read is told as a fault, once.

import { LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { ProtocolError } from '../base/errors.ts';
import { faultText } from '../codec/fault.ts';
import { PrefaceReader } from '../codec/preface.ts';
import { WholeFrames } from '../codec/whole-frames.ts';
import { FieldBlocks, openDecoder } from '../frames/field-blocks.ts';
import type { Frame } from '../frames/frame.ts';
import { toFrame } from '../frames/frame-reader.ts';
import type { Decoder } from '../hpack/hpack.ts';
import type { FaultTraced, FrameTraced, PrefaceTraced } from './frame-event.ts';

type Occasion = 'connection' | 'direction' | 'time';

/** An event without what tells when and where it happened. */
export type Reading = Omit<FrameTraced, Occasion> | Omit<PrefaceTraced, Occasion> | Omit<FaultTraced, Occasion>;

/** The parts that hold WebAssembly instances, from the first byte to the end. */
interface Parts {
	frames: WholeFrames;
	decoder: Decoder;
	blocks: FieldBlocks;
}

export class DirectionReader {
	/** What the receiver has announced as SETTINGS_MAX_FRAME_SIZE; counts until the first frame comes. */
	maxFrameSize: number = LARGEST_MAX_FRAME_SIZE;
	#parts: Parts | null = null;
	#ended = false;
	/** Of a client, until the preface is complete. */
	#preface: PrefaceReader | null;

	/** `client`: the bytes open with the connection preface. */
	constructor(sender: 'client' | 'server') {
		this.#preface = sender === 'client' ? new PrefaceReader() : null;
	}

	/** What these bytes complete; they may be split anywhere. */
	read(bytes: Uint8Array): Reading[] {
		const readings: Reading[] = [];
		if (this.#ended) return readings;
		try {
			const start = this.#readPreface(bytes, readings);
			if (start < bytes.length) this.#readFrames(bytes.subarray(start), readings);
		} catch (error) {
			this.#end(readings, error instanceof Error ? error : new Error(String(error)));
		}
		return readings;
	}

	/** Gives the instances back; what is read later is nothing. */
	close(): void {
		this.#ended = true;
		this.#parts?.frames.close();
		this.#parts?.decoder.dispose();
		this.#parts = null;
	}

	/** Returns where the frames begin. */
	#readPreface(bytes: Uint8Array, readings: Reading[]): number {
		if (this.#preface === null) return 0;
		const start = this.#preface.read(bytes);
		if (start === -1) throw new Error('Cannot trace frames: the client has sent no preface');
		if (this.#preface.isComplete) {
			this.#preface = null;
			readings.push({ type: 'preface' });
		}
		return start;
	}

	#readFrames(bytes: Uint8Array, readings: Reading[]): void {
		this.#parts ??= openParts(this.maxFrameSize);
		const { frames, blocks } = this.#parts;
		frames.receive(bytes, {
			onFrame: (raw) => {
				if (!this.#ended) readings.push(withFields(toFrame(raw), blocks));
			},
			onFault: (streamId, errorCode, fault) => {
				const error = new ProtocolError(errorCode, `Cannot trace a frame: ${faultText(fault)}`);
				if (streamId === 0) this.#ended = true;
				readings.push({ type: 'fault', streamId, error });
			},
		});
		if (this.#ended) this.close();
	}

	#end(readings: Reading[], error: Error): void {
		this.close();
		readings.push({ type: 'fault', streamId: 0, error });
	}
}

function openParts(maxFrameSize: number): Parts {
	const frames = new WholeFrames(maxFrameSize);
	try {
		const decoder = openDecoder();
		return { frames, decoder, blocks: new FieldBlocks(decoder) };
	} catch (error) {
		frames.close();
		throw error;
	}
}

function withFields(frame: Frame, blocks: FieldBlocks): Reading {
	try {
		const fields = blocks.read(frame);
		return fields === null ? { type: 'frame', frame } : { type: 'frame', frame, fields };
	} catch (error) {
		return { type: 'frame', frame, fieldsError: error instanceof Error ? error : new Error(String(error)) };
	}
}
