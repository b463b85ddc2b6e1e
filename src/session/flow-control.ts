// The policy of WINDOW_UPDATE: how much window to give back, and when (RFC 9113 §6.9). Leaf; users may replace it.
// The session keeps one manager for the connection and one for each stream, and feeds it what the application consumes.

import { MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';

/**
 * What a flow-control manager is. A subclass answers two questions with a number of octets, and changes no field in
 * doing so; `received` and `stalled` ask them and keep the count. What was consumed and not yet given back is
 * `initialWindowSize - windowSize`.
 *
 * @example
 * class EveryFrame extends BaseFlowControlManager {
 * 	increaseWindowSize(frameSize: number): number { return frameSize; }
 * 	blocked(): number { return this.initialWindowSize - this.windowSize; }
 * }
 */
export abstract class BaseFlowControlManager {
	readonly initialWindowSize: number;
	/** Octets that may still come before a WINDOW_UPDATE is due. */
	windowSize: number;
	/** The response's content-length; null while it is not known, and always for a connection. */
	documentSize: number | null = null;

	/** RangeError when the size is no integer from 0 to 2^31-1. */
	constructor(initialWindowSize: number) {
		if (!isWindowSize(initialWindowSize)) {
			throw new RangeError(`Initial window size is ${initialWindowSize}, must be an integer from 0 to 2^31-1`);
		}
		this.initialWindowSize = initialWindowSize;
		this.windowSize = initialWindowSize;
	}

	/** The increment to send for a frame; asked before `windowSize` goes down. `frameSize` counts padding and may be 0. */
	abstract increaseWindowSize(frameSize: number): number;

	/** The increment to send to a peer that has no window left. */
	abstract blocked(): number;

	/** `bytes` came from the peer at `now`, in milliseconds of a monotonic clock; they are not consumed yet. */
	onArrival?(bytes: number, now: number): void;

	/** A round trip to the peer was measured. */
	onRoundTrip?(milliseconds: number): void;

	/**
	 * Counts `length` octets as consumed and returns the increment of the WINDOW_UPDATE to send; 0: send none. A peer that
	 * would be left without any window, with all of it consumed, is `stalled`.
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
			const asked = `${this.constructor.name} gave an increment of ${String(increment)} to a window of ${left}`;
			throw new RangeError(`${asked}: the increment must be an integer from 0, and the sum at most 2^31-1`);
		}
		this.windowSize = left + increment;
		return increment;
	}
}

/** hyper's rule: fill the window up again when less than a quarter of it, or less than 1,000 octets, are left. */
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

/** TypeError when the factory gives anything but a BaseFlowControlManager. */
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
