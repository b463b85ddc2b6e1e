// Frames that a peer receives, as plain objects: field blocks decoded and joined with their CONTINUATION frames, DATA whole.

import { joinBytes } from '../base/bytes.ts';
import type { FrameHandler } from '../codec/codec.ts';
import { faultText } from '../codec/fault.ts';
import type { FieldLine } from '../fields/field-line.ts';
import { words } from './frame-bytes.ts';
import type { PeerFrame } from './peer-frame.ts';

/** Gives each frame to `take`, in order, and what breaks the rules of framing to `fail`. */
export class FrameCollector implements FrameHandler {
	readonly #take: (frame: PeerFrame) => void;
	readonly #fail: (error: Error) => void;
	#data: Uint8Array[] = [];
	#flowControlledLength = 0;

	constructor(take: (frame: PeerFrame) => void, fail: (error: Error) => void) {
		this.#take = take;
		this.#fail = fail;
	}

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
		this.#flowControlledLength += flowControlledLength;
		if (!endOfFrame) return;
		const data = joinBytes(this.#data);
		const length = this.#flowControlledLength;
		this.#data = [];
		this.#flowControlledLength = 0;
		this.#take({ type: 'DATA', streamId, data, flowControlledLength: length, endStream });
	}

	onHeaders(
		streamId: number,
		flat: string[],
		neverIndexed: Set<number> | null,
		_faults: number,
		endStream: boolean,
	): void {
		const fields: FieldLine[] = [];
		for (let i = 0; i < flat.length; i += 2) {
			const name = flat[i] as string;
			const value = flat[i + 1] as string;
			fields.push(neverIndexed?.has(i >> 1) ? [name, value, { neverIndex: true }] : [name, value]);
		}
		this.#take({ type: 'HEADERS', streamId, fields, endStream });
	}

	onPushPromise(streamId: number): void {
		this.#fail(new Error(`Client sent PUSH_PROMISE on stream ${streamId}`));
	}

	onPriority(streamId: number): void {
		this.#take({ type: 'PRIORITY', streamId });
	}

	onRstStream(streamId: number, errorCode: number): void {
		this.#take({ type: 'RST_STREAM', streamId, errorCode });
	}

	onSettings(flat: readonly number[]): void {
		const entries: (readonly [number, number])[] = [];
		for (let i = 0; i < flat.length; i += 2) entries.push([flat[i] as number, flat[i + 1] as number]);
		this.#take({ type: 'SETTINGS', ack: false, entries });
	}

	onSettingsAck(): void {
		this.#take({ type: 'SETTINGS', ack: true, entries: [] });
	}

	onPing(first: number, second: number, ack: boolean): void {
		this.#take({ type: 'PING', ack, opaque: words([first, second]) });
	}

	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void {
		this.#take({ type: 'GOAWAY', lastStreamId, errorCode, debugData });
	}

	onWindowUpdate(streamId: number, increment: number): void {
		this.#take({ type: 'WINDOW_UPDATE', streamId, increment });
	}

	onUnknown(frameType: number, streamId: number): void {
		this.#take({ type: 'UNKNOWN', streamId, frameType });
	}

	onFault(streamId: number, errorCode: number, fault: number): void {
		const where = streamId === 0 ? '' : ` on stream ${streamId}`;
		this.#fail(new Error(`Client broke the protocol${where}: ${faultText(fault)} (error code ${errorCode})`));
	}
}
