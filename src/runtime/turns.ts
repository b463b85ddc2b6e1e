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

/**
 * Stops reading from the transport until the event loop has turned: Node reads a socket up to 32 times before its timers run,
 * which takes 50 ms if all that it reads is tiny frames.
 */
export function pauseForTurn(
	transport: { pause(): void; resume(): void },
	runtime: { nextTurn(): Promise<void> },
): void {
	transport.pause();
	void runtime.nextTurn().then(() => transport.resume());
}
