// Tries one column of the matrix: every exchange in one runtime, in a process of its own and in one process with all others.

import { join } from 'node:path';
import { repeat } from '../support/repeat.ts';
import type { Need } from './exchanges/support.ts';
import { exchanges } from './exchanges.ts';
import { type No, noOf } from './expected.ts';
import type { Outcome } from './outcome.ts';
import type { Peers } from './peers/peers.ts';
import { type Runtime, type RuntimeName, runProgram } from './runtimes.ts';

/** The outcome of a cell. */
export interface Verdict {
	readonly exchange: string;
	/** Why it failed, in a process of its own or in one with others; null if it succeeded. */
	readonly alone: string | null;
	readonly together: string | null;
	/** Null if it must succeed. */
	readonly no: No | null;
	readonly asExpected: boolean;
}

/** The deadline of an exchange, and what a busy machine needs to start and end a program. */
const ALONE = 120_000;
const TOGETHER = 600_000;
/** As many as there are cores in a machine of CI. */
const PROCESSES = 2;

export async function tryColumn(runtime: Runtime, modules: string, program: string, peers: Peers): Promise<Verdict[]> {
	const start = async (names: readonly string[], needs: readonly Need[], timeout: number): Promise<Outcomes> => {
		const flags = runtime.flags?.(needs, peers) ?? [];
		const args = [JSON.stringify(peers), ...names];
		return new Outcomes(await runProgram(join(modules, runtime.program), flags, program, args, timeout));
	};
	const all = [...exchanges];
	const everyNeed = [...new Set(all.flatMap(([, { needs = [] }]) => needs))];
	const together = start([], everyNeed, TOGETHER);
	const alone = new Map<string, Outcomes>();
	await repeat(all.length, PROCESSES, async (i) => {
		const [name, { needs = [] }] = all[i] as (typeof all)[number];
		alone.set(name, await start([name], needs, ALONE));
	});
	const shared = await together;
	return all.map(([name]) => verdictOf(runtime.name, name, (alone.get(name) as Outcomes).of(name), shared.of(name)));
}

export function verdictOf(
	runtime: RuntimeName,
	exchange: string,
	alone: string | null,
	together: string | null,
): Verdict {
	const no = noOf(runtime, exchange);
	const isExpected = (error: string | null): boolean => (no === null ? error === null : no.shows.test(error ?? ''));
	return { exchange, alone, together, no, asExpected: isExpected(alone) && isExpected(together) };
}

/** One line and the errors, for an unexpected verdict. */
export function describeVerdict({ exchange, alone, together, no }: Verdict): string {
	const outcomes = [`alone: ${alone ?? 'yes'}`];
	if (together !== alone) outcomes.push(`with all others: ${together ?? 'yes'}`);
	return `${exchange}: expected ${no === null ? 'yes' : `no, because ${no.reason} (${no.shows})`}\n${outcomes.join('\n')}`;
}

/** What a program printed. */
class Outcomes {
	readonly #outcomes = new Map<string, string | null>();
	/** Why the program failed, which is also the outcome of each exchange; null if it succeeded. */
	readonly #failure: string | null;

	constructor({ status, stdout, stderr }: Awaited<ReturnType<typeof runProgram>>) {
		for (const line of stdout.split('\n')) {
			if (!line.startsWith('{"exchange":')) continue;
			const { exchange, error }: Outcome = JSON.parse(line);
			this.#outcomes.set(exchange, error);
		}
		const how = status === null ? 'did not end by itself' : `ended with status ${status}`;
		this.#failure = status === 0 ? null : `the program ${how}: ${stderr}`;
	}

	of(exchange: string): string | null {
		const error = this.#outcomes.get(exchange);
		if (error === undefined) return this.#failure ?? 'the program ended before the exchange did';
		return error ?? this.#failure;
	}
}
