// Reads what a client sends: the connection preface, then frames. Field blocks are joined and decoded.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE, DEFAULT_TABLE_SIZE } from '../../assembly/shared/limit.ts';
import { faultText } from '../codec/fault.ts';
import { PrefaceReader } from '../codec/preface.ts';
import { WholeFrames } from '../codec/whole-frames.ts';
import { FieldBlocks, openDecoder } from '../frames/field-blocks.ts';
import type { Frame, HeadersFrame } from '../frames/frame.ts';
import { toFrame } from '../frames/frame-reader.ts';
import type { DecodedField } from '../hpack/hpack.ts';
import { type PeerFrame, toPeerFrame } from './peer-frame.ts';

/** Passes each frame to `take`, in order, and every violation of the rules of framing to `fail`. */
export class ClientReader {
	readonly #take: (frame: PeerFrame) => void;
	readonly #fail: (error: Error) => void;
	readonly #preface = new PrefaceReader();
	readonly #frames = new WholeFrames(DEFAULT_MAX_FRAME_SIZE);
	readonly #decoder = openDecoder(DEFAULT_TABLE_SIZE);
	readonly #blocks = new FieldBlocks(this.#decoder);
	/** The HEADERS frame whose field block is being read. */
	#headers: HeadersFrame | null = null;

	constructor(take: (frame: PeerFrame) => void, fail: (error: Error) => void) {
		this.#take = take;
		this.#fail = fail;
	}

	/** Sets the SETTINGS_MAX_FRAME_SIZE that was announced to the client. */
	setMaxFrameSize(size: number): void {
		this.#frames.setMaxFrameSize(size);
	}

	/** Reads any piece of the input. */
	read(bytes: Uint8Array): void {
		const start = this.#preface.read(bytes);
		if (start === -1) return this.#fail(new Error('Client did not send the connection preface'));
		if (start === bytes.length) return;
		this.#frames.receive(bytes.subarray(start), {
			onFrame: (raw) => this.#onFrame(toFrame(raw)),
			onFault: (streamId, errorCode, fault) => {
				const where = streamId === 0 ? '' : ` on stream ${streamId}`;
				this.#fail(new Error(`Client broke the protocol${where}: ${faultText(fault)} (error code ${errorCode})`));
			},
		});
	}

	/** Releases the WebAssembly instances; later input is ignored. */
	close(): void {
		this.#frames.close();
		this.#decoder.dispose();
	}

	#onFrame(frame: Frame): void {
		if (frame.type === FrameType.PUSH_PROMISE) {
			return this.#fail(new Error(`Client sent PUSH_PROMISE on stream ${frame.streamId}`));
		}
		if (frame.type !== FrameType.HEADERS && frame.type !== FrameType.CONTINUATION)
			return this.#take(toPeerFrame(frame));
		if (frame.type === FrameType.HEADERS) this.#headers = frame;
		const fields = this.#decode(frame);
		if (fields === null) return;
		const { endHeaders, fragment, ...head } = this.#headers as HeadersFrame;
		this.#take({ ...head, type: 'HEADERS', fields });
	}

	/** The fields of the block that the frame ends; null if the frame does not end a block, or the block is broken. */
	#decode(frame: Frame): DecodedField[] | null {
		try {
			return this.#blocks.read(frame);
		} catch (error) {
			this.#fail(new Error(`Client broke the protocol: ${(error as Error).message}`, { cause: error }));
			return null;
		}
	}
}
