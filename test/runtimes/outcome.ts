// Runs one exchange within a deadline. For the programs that run exchanges in the runtimes.

import { exchanges } from './exchanges.ts';
import type { Peers } from './peers/peers.ts';

/** What a program reports about an exchange. */
export interface Outcome {
	readonly exchange: string;
	/** Null if it succeeded. */
	readonly error: string | null;
}

/** An exchange takes milliseconds: one that takes longer than this hangs. */
const DEADLINE = 30_000;

/** A part of the error of one that hangs. */
export const LATE: string = `no end within ${DEADLINE} ms`;

/** `interruption` rejects when something else shows that the exchange has failed. */
export async function outcomeOf(name: string, peers: Peers, interruption?: Promise<never>): Promise<Outcome> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(LATE)), DEADLINE);
	});
	try {
		const exchange = exchanges.get(name);
		if (exchange === undefined) throw new Error(`There is no exchange ${name}`);
		await Promise.race([exchange(peers), late, ...(interruption === undefined ? [] : [interruption])]);
		return { exchange: name, error: null };
	} catch (error) {
		return { exchange: name, error: describe(error) };
	} finally {
		clearTimeout(timer);
	}
}

function describe(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return `${error.stack}${error.cause ? `\ncause: ${error.cause}` : ''}`;
}
