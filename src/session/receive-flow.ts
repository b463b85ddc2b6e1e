// RFC 9113 §6.9, receiving: what DATA takes from the two windows, and what WINDOW_UPDATE gives back.
// A stream's window is refilled as the application consumes, which is its back-pressure. The connection's is refilled on
// arrival, so that one unread response does not stop the others, until too much lies unread.

import { DEFAULT_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import type { FrameOutput } from '../codec/frame-output.ts';
import {
	type BaseFlowControlManager,
	createFlowControlManager,
	type FlowControlFactory,
	FlowControlManager,
} from './flow-control.ts';
import { CLOSED, HALF_CLOSED_REMOTE } from './stream-state.ts';
import type { StreamRecord } from './streams.ts';
import { Window } from './window.ts';

export class ReceiveFlow {
	readonly #output: FrameOutput;
	readonly #factory: FlowControlFactory;
	readonly #window = new Window(DEFAULT_WINDOW_SIZE);
	readonly #manager: BaseFlowControlManager;
	/** Octets that may lie unread before the connection's window waits for the reader. */
	readonly #buffer: number;
	#unread = 0;
	/** Octets that have arrived and were not given back. */
	#withheld = 0;

	/** Announces the connection's window, which is never below the 65,535 octets that every connection begins with. */
	constructor(output: FrameOutput, factory: FlowControlFactory, connectionWindow: number, buffer: number) {
		this.#output = output;
		this.#factory = factory;
		this.#buffer = buffer;
		this.#manager = createFlowControlManager(factory, Math.max(connectionWindow, DEFAULT_WINDOW_SIZE));
		const increment = this.#manager.windowSize - DEFAULT_WINDOW_SIZE;
		if (increment > 0) {
			this.#window.increase(increment);
			output.writeWindowUpdate(0, increment);
		}
	}

	/** The peer may send nothing: too much of what has come lies unread. */
	get isShut(): boolean {
		return this.#window.available <= 0;
	}

	/** A piece of DATA has come, for any stream. False when the peer exceeds the connection's window. */
	arrive(length: number, now: number): boolean {
		if (!this.#window.consume(length)) return false;
		this.#manager.onArrival?.(length, now);
		this.#unread += length;
		this.#withheld += length;
		this.#giveBack();
		return true;
	}

	/** Reports the bytes that have arrived for a stream to its manager. */
	observe(stream: StreamRecord, length: number, now: number, initialWindowSize: number): void {
		// The default has no onArrival, and most responses end before they need more window: no manager is made for them.
		if (this.#factory === FlowControlManager) return;
		stream.manager ??= this.#createManager(stream, initialWindowSize);
		stream.manager.onArrival?.(length, now);
	}

	/** A round trip was measured; streams that have a manager are told too. */
	onRoundTrip(milliseconds: number, streams: Iterable<StreamRecord>): void {
		this.#manager.onRoundTrip?.(milliseconds);
		for (const stream of streams) stream.manager?.onRoundTrip?.(milliseconds);
	}

	/** The octets will not be read from the stream, or were: they count for the connection no more. */
	release(length: number): void {
		this.#unread -= length;
		this.#giveBack();
	}

	/** The application has read `length` octets of the stream's DATA. */
	consume(stream: StreamRecord, length: number, initialWindowSize: number): void {
		this.release(length);
		// No more DATA can come: "WINDOW_UPDATE ... on a closed stream" would be work for nothing.
		if (stream.state === CLOSED || stream.state === HALF_CLOSED_REMOTE) return;
		stream.manager ??= this.#createManager(stream, initialWindowSize);
		const increment = stream.manager.received(length);
		if (increment === 0 || !stream.receiveWindow.increase(increment)) return;
		this.#output.writeWindowUpdate(stream.id, increment);
	}

	#createManager(stream: StreamRecord, initialWindowSize: number): BaseFlowControlManager {
		const manager = createFlowControlManager(this.#factory, initialWindowSize);
		manager.documentSize = stream.contentLength === -1 ? null : stream.contentLength;
		return manager;
	}

	#giveBack(): void {
		if (this.#withheld === 0) return;
		const kept = Math.max(0, this.#unread - this.#buffer);
		const length = this.#withheld - kept;
		if (length <= 0) return;
		this.#withheld = kept;
		const increment = this.#manager.received(length);
		if (increment === 0 || !this.#window.increase(increment)) return;
		this.#output.writeWindowUpdate(0, increment);
	}
}
