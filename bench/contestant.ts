// The harness's side of one rival: its process, which is pinned to the clients' core and lives through all rounds.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Measurement, Place, Rival } from './case.ts';
import { builtProgram } from './rivals.ts';
import type { Command, Reply } from './worker.ts';

const children = new Set<ChildProcess>();

export class Contestant {
	readonly rival: Rival;
	readonly #child: ChildProcess;

	private constructor(rival: Rival, child: ChildProcess) {
		this.rival = rival;
		this.#child = child;
	}

	static async start(rival: Rival, config: Record<string, unknown>, place: Place): Promise<Contestant> {
		const [execPath = process.execPath, ...execArgv] = [...place.clientPrefix, process.execPath];
		const child = fork(builtProgram(rival.program), [], { execPath, execArgv });
		endAtExit(child);
		const contestant = new Contestant(rival, child);
		await contestant.#ask({ type: 'open', config: { ...config, ...rival.options } });
		return contestant;
	}

	async run(count: number, profile?: { path: string; intervalMicros: number }): Promise<Measurement> {
		const reply = await this.#ask({ type: 'run', count, ...(profile === undefined ? {} : { profile }) });
		if (reply.type !== 'ran') throw new Error(`${this.rival.name} replied to run with ${reply.type}`);
		return reply;
	}

	async stop(): Promise<void> {
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const ended = once(this.#child, 'exit');
		this.#child.kill('SIGKILL');
		await ended;
	}

	async #ask(command: Command): Promise<Reply> {
		const child = this.#child;
		const abort = new AbortController();
		const { signal } = abort;
		try {
			child.send(command);
			const ended = once(child, 'exit', { signal }).then(([code, name]) => {
				throw new Error(`${this.rival.name} exited with ${code ?? name}`);
			});
			const [reply] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Reply];
			if (reply.type === 'failed') throw new Error(`${this.rival.name}: ${reply.message}`);
			return reply;
		} finally {
			abort.abort();
		}
	}
}

function endAtExit(child: ChildProcess): void {
	if (children.size === 0) process.once('exit', endAll);
	children.add(child);
}

function endAll(): void {
	for (const child of children) child.kill('SIGKILL');
}
