// Functions of the user's that only listen: what they throw must not harm what they listen to.

import type { Runtime } from '../runtime/runtime.ts';

/** Calls on until it throws; that is told in a warning, and it is not called again. `name` begins the warning. */
export function guard<Argument>(
	listener: (argument: Argument) => void,
	name: string,
	runtime: Pick<Runtime, 'warn'>,
): (argument: Argument) => void {
	let failed = false;
	return (argument) => {
		if (failed) return;
		try {
			listener(argument);
		} catch (error) {
			failed = true;
			const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
			runtime.warn(`${name} has thrown and is not called any more: ${why}`);
		}
	};
}
