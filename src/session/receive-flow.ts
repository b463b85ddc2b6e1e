// RFC 9113 §6.9, receiving: what DATA takes from the two windows, and what WINDOW_UPDATE gives back.
// A stream's window is refilled as the application consumes, which is its back-pressure. The connection's window is
// refilled on arrival, so that one unread response does not stop the others, until too many bytes are unread.

import { DEFAULT_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import type { FrameOutput } from '../codec/frame-output.ts';
import {
	type BaseFlowControlManager,
	createFlowControlManager,
	type FlowControlFactory,
	FlowControlManager,
	Window,
} from './flow-control.ts';
import type { StreamRecord } from './stream.ts';

export class ReceiveFlow {
	readonly #output: FrameOutput;
	readonly #factory: FlowControlFactory;
	readonly #window = new Window(DEFAULT_WINDOW_SIZE);
	readonly #manager: BaseFlowControlManager;
	/** How many unread bytes there may be before the connection's window waits for the readers. */
	readonly #buffer: number;
	#unread = 0;
	/** Bytes that have arrived and are not given back yet. */
	#withheld = 0;

	/** Announces the connection's window, at least the 65,535 bytes with which every connection begins. */
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

	/** Whether the peer may send no DATA, because too many bytes are unread. */
	get isShut(): boolean {
		return this.#window.available <= 0;
	}

	/** Counts a piece of DATA for any stream. False when the peer exceeds the connection's window. */
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

	/** Reports a round trip to all managers. */
	onRoundTrip(milliseconds: number, streams: Iterable<StreamRecord>): void {
		this.#manager.onRoundTrip?.(milliseconds);
		for (const stream of streams) stream.manager?.onRoundTrip?.(milliseconds);
	}

	/** These bytes were read, or never will be: they no longer count as unread on the connection. */
	release(length: number): void {
		this.#unread -= length;
		this.#giveBack();
	}

	/** The application has read `length` bytes of the stream's DATA. */
	consume(stream: StreamRecord, length: number, initialWindowSize: number): void {
		this.release(length);
		// No more DATA can come, so the peer has no use for a WINDOW_UPDATE.
		if (stream.state === 'closed' || stream.state === 'half-closed (remote)') return;
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
