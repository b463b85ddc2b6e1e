// RFC 9113 §6.9: one flow-control window. Arithmetic only: when to update is policy (flow-control.ts).

import { MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';

export class Window {
	/** Octets that may be sent; below 0 after the initial size was lowered (§6.9.2). */
	available: number;

	constructor(size: number) {
		this.available = size;
	}

	/** False, and no change, when the octets do not fit. None always do, also where the window is below 0 (§6.9). */
	consume(length: number): boolean {
		if (length > this.available && length > 0) return false;
		this.available -= length;
		return true;
	}

	/** "A sender MUST NOT allow a flow-control window to exceed 2^31-1": false, and no change, when it would. */
	increase(increment: number): boolean {
		if (this.available + increment > MAX_WINDOW_SIZE) return false;
		this.available += increment;
		return true;
	}
}
