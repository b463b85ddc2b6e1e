// RFC 9113 §6.9, flow control: the arithmetic of a window, and the policy of WINDOW_UPDATE, which users may replace.
// The session keeps one manager for the connection and one for each stream, and tells it what the application consumes.

import { MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';

/** One flow-control window, of either direction. */
export class Window {
	/** Bytes that may be sent; below 0 after the initial size was lowered (§6.9.2). */
	available: number;

	constructor(size: number) {
		this.available = size;
	}

	/** False, and no change, when the bytes do not fit. No bytes always fit, even into a window below 0 (§6.9). */
	consume(length: number): boolean {
		if (length > this.available && length > 0) return false;
		this.available -= length;
		return true;
	}

	/** "A sender MUST NOT allow a flow-control window to exceed 2^31-1": false, and no change, when it would (§6.9.1). */
	increase(increment: number): boolean {
		if (this.available + increment > MAX_WINDOW_SIZE) return false;
		this.available += increment;
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
			throw new RangeError(`Initial window size is ${initialWindowSize}, must be an integer from 0 to 2^31-1`);
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
	 * Counts `length` bytes as consumed and returns the increment of the WINDOW_UPDATE to send; 0: send none. When that
	 * would leave the peer without any window, `stalled` decides.
	 */
	received(length: number): number {
		const increment = this.#grant(this.increaseWindowSize(length), length);
		return increment === 0 && this.windowSize <= 0 ? this.stalled() : increment;
	}

	/** The peer has no window left: returns the increment of the WINDOW_UPDATE to send; 0: send none. */
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
	const manager = isClass(factory) ? new factory(initialWindowSize) : factory(initialWindowSize);
	if (!(manager instanceof BaseFlowControlManager)) {
		throw new TypeError('flowControl must be a subclass of BaseFlowControlManager or a function that returns one');
	}
	return manager;
}

function isClass(factory: FlowControlFactory): factory is new (size: number) => BaseFlowControlManager {
	return typeof factory === 'function' && factory.prototype instanceof BaseFlowControlManager;
}

function isWindowSize(size: number): boolean {
	return Number.isInteger(size) && size >= 0 && size <= MAX_WINDOW_SIZE;
}
