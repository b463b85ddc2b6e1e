// RFC 9113 §6.9, flow control: the arithmetic of a window, the policy of WINDOW_UPDATE, which users may replace, and receiving.
// The session keeps one manager for the connection and one for each stream, and tells it what the application consumes.

import { DEFAULT_WINDOW_SIZE, MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import type { FrameOutput } from '../codec/frame-output.ts';
import { INITIAL_SETTINGS } from './settings.ts';
import type { StreamRecord } from './stream.ts';

/** With what all windows of a kind begin: the settings of the side that receives. */
interface InitialWindow {
	readonly initialWindowSize: number;
}

/**
 * One flow-control window, of either direction. "When the value of SETTINGS_INITIAL_WINDOW_SIZE changes, a receiver MUST
 * adjust the size of all stream flow-control windows": windows share the initial size, so none need be visited (§6.9.2).
 */
export class Window {
	readonly #initial: InitialWindow;
	/** What WINDOW_UPDATE has added to the initial size, less the bytes that were sent. */
	granted = 0;

	constructor(initial: InitialWindow) {
		this.#initial = initial;
	}

	/** Bytes that may be sent; below 0 after the initial size was lowered. */
	get available(): number {
		return this.#initial.initialWindowSize + this.granted;
	}

	/** False, and no change, when the bytes do not fit. No bytes always fit, even into a window below 0 (§6.9). */
	consume(length: number): boolean {
		if (length > this.available && length > 0) return false;
		this.granted -= length;
		return true;
	}

	/** "A sender MUST NOT allow a flow-control window to exceed 2^31-1": false, and no change, when it would (§6.9.1). */
	increase(increment: number): boolean {
		if (this.available + increment > MAX_WINDOW_SIZE) return false;
		this.granted += increment;
		return true;
	}
}

/**
 * Decides how much window to give back to the peer, and when. A subclass answers two questions with a number of bytes
 * and changes no field; `received` and `stalled` ask them and keep the count. The bytes that were consumed and not yet
 * given back are `initialWindowSize - windowSize`.
 *
 * @example
 * class EveryFrame extends BaseFlowControlManager {
 * 	increaseWindowSize(frameSize: number): number { return frameSize; }
 * 	blocked(): number { return this.initialWindowSize - this.windowSize; }
 * }
 */
export abstract class BaseFlowControlManager {
	readonly initialWindowSize: number;
	/** Bytes that the peer may still send before it needs a WINDOW_UPDATE. */
	windowSize: number;
	/** The response's content-length; null while it is unknown, and for a connection. */
	documentSize: number | null = null;

	/** RangeError unless the size is an integer from 0 to 2^31-1. */
	constructor(initialWindowSize: number) {
		if (!isWindowSize(initialWindowSize)) {
			throw new RangeError(`initialWindowSize is ${initialWindowSize}, but must be an integer from 0 to 2^31-1`);
		}
		this.initialWindowSize = initialWindowSize;
		this.windowSize = initialWindowSize;
	}

	/** The increment to send for `frameSize` consumed bytes (0 is possible), before `windowSize` is lowered by them. */
	abstract increaseWindowSize(frameSize: number): number;

	/** The increment to send when the peer has no window left. */
	abstract blocked(): number;

	/** `bytes` arrived at `now`, in milliseconds of a monotonic clock; they are not consumed yet. */
	onArrival?(bytes: number, now: number): void;

	/** A round trip to the peer was measured. */
	onRoundTrip?(milliseconds: number): void;

	/**
	 * Counts `length` bytes as consumed and returns the increment of the WINDOW_UPDATE to send; 0: send no frame. If that
	 * would leave the peer without any window, `stalled` decides.
	 */
	received(length: number): number {
		const increment = this.#grant(this.increaseWindowSize(length), length);
		return increment === 0 && this.windowSize <= 0 ? this.stalled() : increment;
	}

	/** Call this when the peer has no window left. Returns the increment of the WINDOW_UPDATE to send; 0: send no frame. */
	stalled(): number {
		return this.#grant(this.blocked(), 0);
	}

	#grant(increment: number, length: number): number {
		const left = this.windowSize - length;
		if (!isWindowSize(increment) || left + increment > MAX_WINDOW_SIZE) {
			const answer = `${this.constructor.name} returned the increment ${String(increment)} for a window of ${left}`;
			throw new RangeError(`${answer}: it must be a non-negative integer, and the sum at most 2^31-1`);
		}
		this.windowSize = left + increment;
		return increment;
	}
}

/** hyper's rule: refill the window when less than a quarter of it, or less than 1,000 bytes, are left. */
export class FlowControlManager extends BaseFlowControlManager {
	increaseWindowSize(frameSize: number): number {
		const future = this.windowSize - frameSize;
		const low = future < this.initialWindowSize / 4 || future < 1000;
		return low ? this.initialWindowSize - future : 0;
	}

	blocked(): number {
		return this.initialWindowSize - this.windowSize;
	}
}

/** A subclass of BaseFlowControlManager, or a function that returns an instance of one. */
export type FlowControlFactory =
	| (new (
			initialWindowSize: number,
	  ) => BaseFlowControlManager)
	| ((initialWindowSize: number) => BaseFlowControlManager);

/** TypeError when the factory returns anything but a BaseFlowControlManager. */
export function createFlowControlManager(
	factory: FlowControlFactory,
	initialWindowSize: number,
): BaseFlowControlManager {
	const isClass = factory.prototype instanceof BaseFlowControlManager;
	const manager = isClass
		? new (factory as new (size: number) => BaseFlowControlManager)(initialWindowSize)
		: (factory as (size: number) => BaseFlowControlManager)(initialWindowSize);
	if (!(manager instanceof BaseFlowControlManager)) {
		throw new TypeError('flowControl must be a subclass of BaseFlowControlManager or a function that returns one');
	}
	return manager;
}

function isWindowSize(size: number): boolean {
	return Number.isInteger(size) && size >= 0 && size <= MAX_WINDOW_SIZE;
}

/**
 * Receiving: what DATA takes from the two windows, and what WINDOW_UPDATE gives back. A stream's window is refilled as the
 * application consumes, which is its back-pressure. The connection's window is refilled on arrival, so that one unread
 * response does not stop the others, until too many bytes are unread.
 */
export class ReceiveFlow {
	readonly #output: FrameOutput;
	/** Ends a stream whose manager threw. */
	readonly #onFault: (stream: StreamRecord, cause: unknown) => void;
	readonly #factory: FlowControlFactory;
	readonly #window = new Window(INITIAL_SETTINGS);
	readonly #manager: BaseFlowControlManager;
	/** The default has no onArrival, and most responses end before they need more window: no manager is made for them. */
	readonly observesStreams: boolean;
	/** How many unread bytes there may be before the connection's window waits for the readers. */
	readonly #buffer: number;
	#unread = 0;
	/** Bytes that have arrived and are not given back yet. */
	#withheld = 0;

	/** Announces the connection's window, at least the 65,535 bytes with which every connection begins. */
	constructor(
		output: FrameOutput,
		factory: FlowControlFactory,
		connectionWindow: number,
		buffer: number,
		onFault: (stream: StreamRecord, cause: unknown) => void,
	) {
		this.#output = output;
		this.#onFault = onFault;
		this.#factory = factory;
		this.observesStreams = factory !== FlowControlManager;
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

	/** Reports the bytes that have arrived for a stream to its manager; to be called if `observesStreams`. */
	observe(stream: StreamRecord, length: number, now: number, initialWindowSize: number): void {
		try {
			stream.manager ??= this.#createManager(stream, initialWindowSize);
			stream.manager.onArrival?.(length, now);
		} catch (cause) {
			this.#onFault(stream, cause);
		}
	}

	/** Reports a round trip to all managers. */
	onRoundTrip(milliseconds: number, streams: Iterable<StreamRecord>): void {
		this.#manager.onRoundTrip?.(milliseconds);
		for (const stream of streams) {
			try {
				stream.manager?.onRoundTrip?.(milliseconds);
			} catch (cause) {
				this.#onFault(stream, cause);
			}
		}
	}

	/** Returns the connection's window for bytes that belong to no open stream. For all others, call `consume`. */
	consumeWithoutStream(length: number): void {
		this.#unread -= length;
		this.#giveBack();
	}

	/** Returns both windows for bytes of an open stream that were read or discarded, padding included. */
	consume(stream: StreamRecord, length: number, initialWindowSize: number): void {
		this.#unread -= length;
		this.#giveBack();
		// No more DATA can come, so the peer has no use for a WINDOW_UPDATE.
		if (stream.state === 'closed' || stream.state === 'half-closed (remote)') return;
		// Nor after the last byte of content, if END_STREAM is in a frame of its own: no manager is created just for that.
		if (stream.manager === null && stream.contentReceived === stream.contentLength) return;
		let increment: number;
		try {
			stream.manager ??= this.#createManager(stream, initialWindowSize);
			increment = stream.manager.received(length);
		} catch (cause) {
			return this.#onFault(stream, cause);
		}
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
