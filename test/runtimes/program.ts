// The program that a runtime runs: `program.js PEERS [NAME ...]` runs the exchanges with these names, or all, one after the
// other, and prints a line of JSON for each. It ends by itself: a timer or a socket that is left keeps it from that.

import { exchanges } from './exchanges.ts';
import type { Peers } from './peers/peers.ts';

/** What the program prints about an exchange. */
export interface Outcome {
	readonly exchange: string;
	/** Null if it succeeded. */
	readonly error: string | null;
}

/** An exchange takes milliseconds: one that takes longer than this hangs. */
const DEADLINE = 30_000;

const [peers = '', ...names] = process.argv.slice(2);
for (const name of names.length > 0 ? names : exchanges.keys()) {
	console.log(JSON.stringify({ exchange: name, error: await outcomeOf(name, JSON.parse(peers)) } satisfies Outcome));
}

async function outcomeOf(name: string, peers: Peers): Promise<string | null> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no end within ${DEADLINE} ms`)), DEADLINE);
	});
	try {
		const exchange = exchanges.get(name);
		if (exchange === undefined) throw new Error(`There is no exchange ${name}`);
		await Promise.race([exchange(peers), late]);
		return null;
	} catch (error) {
		return error instanceof Error ? `${error.stack}${error.cause ? `\ncause: ${error.cause}` : ''}` : String(error);
	} finally {
		clearTimeout(timer);
	}
}
