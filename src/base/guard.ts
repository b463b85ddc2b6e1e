// Calls user functions that only observe: their errors must not affect the connection.

/** Returns a function that calls the listener until it throws. Then it warns, beginning with `name`, and calls no more. */
export function guard<Argument>(
	listener: (argument: Argument) => void,
	name: string,
	runtime: { warn(message: string): void },
): (argument: Argument) => void {
	let failed = false;
	return (argument) => {
		if (failed) return;
		try {
			listener(argument);
		} catch (error) {
			failed = true;
			const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
			runtime.warn(`${name} threw an error and will not be called again: ${why}`);
		}
	};
}
