// Runs a function several times, a few at once.

/** Calls `run` with 0 to `count` - 1, at most `width` at a time. */
export async function repeat(count: number, width: number, run: (i: number) => Promise<void>): Promise<void> {
	let next = 0;
	const worker = async (): Promise<void> => {
		while (next < count) await run(next++);
	};
	await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}
