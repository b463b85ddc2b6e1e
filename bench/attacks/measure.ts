// Measures attacks: one process of hostile servers, and a new client process for each run.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Attack, Measurement, TransportKind, Version } from './attack.ts';

/** One run of an attack. */
export interface Task {
	readonly name: string;
	readonly version: Version;
	readonly transport: TransportKind;
	/** The part of its usual amount, at most 1. */
	readonly scale: number;
}

/** Where the server of a task listens, and the CA of its certificate. */
export interface Place {
	readonly port: number;
	readonly ca: string;
}

/** The part of the amount with which a client performs an attack before it measures, so that all code is compiled. */
export const WARM_UP: number = 1 / 16;

/** Milliseconds after which a client counts as hanging. */
const PATIENCE = 120_000;

export class AttackBench {
	readonly #server = start('server.ts', []);

	async measure(attack: Attack, version: Version, transport: TransportKind, scale: number): Promise<Measurement> {
		const task: Task = { name: attack.name, version, transport, scale };
		this.#server.send(task);
		const place = await answerOf(this.#server);
		const client = start('client.ts', [JSON.stringify(task), JSON.stringify(place)]);
		const timer = setTimeout(() => client.kill('SIGKILL'), PATIENCE);
		const measured = (await answerOf(client).catch(ofDead)) as Measurement;
		clearTimeout(timer);
		return measured;
	}

	close(): void {
		this.#server.disconnect();
	}
}

function start(file: string, args: string[]): ChildProcess {
	const program = fileURLToPath(new URL(file, import.meta.url));
	const execArgv = ['--conditions=hyper-wasm-source', '--import', 'tsx', '--expose-gc', '--max-old-space-size=256'];
	return fork(program, args, { execArgv });
}

/** Of a client that has run out of memory, or hangs. */
function ofDead(reason: Error): Measurement {
	const most = Number.POSITIVE_INFINITY;
	const error = reason.message;
	return { received: 0, memory: most, memoryBound: 0, cpu: most, longestTurn: most, warnings: [], error };
}

/** The next message of a process; rejects if it ends before. */
async function answerOf(child: ChildProcess): Promise<unknown> {
	const stop = new AbortController();
	const { signal } = stop;
	const ended = once(child, 'exit', { signal }).then(([code, reason]) => {
		throw new Error(`A process ended early: ${code ?? reason}`);
	});
	try {
		const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
		return message;
	} finally {
		ended.catch(() => {});
		stop.abort();
	}
}
