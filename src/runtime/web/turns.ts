// The turns of the event loop of a platform without setImmediate.

/**
 * Implements `Runtime.nextTurn`. Each caller has its own timer: in workerd, one that all shared would belong to one request,
 * and be gone with it while the others wait.
 */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 0));
}
