// Lets the event loop turn between parts of long work on this thread, so that timers and I/O get their time.

/**
 * Makes `Runtime.nextTurn` from a function that calls back in a later turn of the event loop. One caller goes on in each
 * turn: if all did, a hundred decoders would make one long turn.
 */
export function createTurns(schedule: (callback: () => void) => void): () => Promise<void> {
	const waiting: (() => void)[] = [];
	const onTurn = (): void => {
		waiting.shift()?.();
		if (waiting.length > 0) schedule(onTurn);
	};
	return () =>
		new Promise((resolve) => {
			waiting.push(resolve);
			if (waiting.length === 1) schedule(onTurn);
		});
}
