// Reads one direction of a traced connection from copies of its bytes. It never throws: bytes that cannot be read are
// reported once, as a fault.

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

/** An event without its connection, direction and time. */
export type Reading = Omit<FrameTraced, Occasion> | Omit<PrefaceTraced, Occasion> | Omit<FaultTraced, Occasion>;

/** The parts that hold WebAssembly instances. They exist from the first byte of a frame to the end. */
interface Parts {
	frames: WholeFrames;
	decoder: Decoder;
	blocks: FieldBlocks;
}

export class DirectionReader {
	/** The SETTINGS_MAX_FRAME_SIZE that the receiver has announced. Must be set before the first frame. */
	maxFrameSize: number = LARGEST_MAX_FRAME_SIZE;
	#parts: Parts | null = null;
	#ended = false;
	/** Set until the preface of a client is complete. */
	#preface: PrefaceReader | null;

	/** The bytes of a client begin with the connection preface. */
	constructor(sender: 'client' | 'server') {
		this.#preface = sender === 'client' ? new PrefaceReader() : null;
	}

	/** Returns what these bytes complete; they may be split anywhere. */
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

	/** Releases the WebAssembly instances; later reads return nothing. */
	close(): void {
		this.#ended = true;
		this.#parts?.frames.close();
		this.#parts?.decoder.dispose();
		this.#parts = null;
	}

	/** Returns the position of the first frame. */
	#readPreface(bytes: Uint8Array, readings: Reading[]): number {
		if (this.#preface === null) return 0;
		const start = this.#preface.read(bytes);
		if (start === -1) throw new Error('Cannot trace frames: the client did not send the connection preface');
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
