// What happens to errors of the caller's functions: those that only observe must not affect the connection, and async ones
// reject instead of throwing.

/** Returns a function that calls the listener until it throws or rejects. Then it warns, beginning with `name`, and calls no more. */
export function guard<Argument>(
	listener: (argument: Argument) => void,
	name: string,
	runtime: { warn(message: string): void },
): (argument: Argument) => void {
	let failed = false;
	const fail = (error: unknown): void => {
		if (failed) return;
		failed = true;
		const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
		runtime.warn(`${name} threw an error and will not be called again: ${why}`);
	};
	return (argument) => {
		if (failed) return;
		try {
			onRejection(listener(argument), fail);
		} catch (error) {
			fail(error);
		}
	};
}

/**
 * Calls back if what a function returned is a promise that rejects. By its tag, as it may be of another realm; other thenables
 * may be lazy, such as a query that `then` would run.
 */
export function onRejection(returned: unknown, callback: (error: unknown) => void): void {
	const isPromise = Object.prototype.toString.call(returned) === '[object Promise]';
	if (isPromise) Promise.resolve(returned).catch(callback);
}

/** Calls a function whose errors cannot end a request: they become uncaught exceptions. */
export function callUncaught(callback: () => void): void {
	try {
		callback();
	} catch (error) {
		throwLater(error);
	}
}

/** Makes an uncaught exception of an error. */
export function throwLater(error: unknown): void {
	queueMicrotask(() => {
		throw error;
	});
}
