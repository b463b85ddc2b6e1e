// The process of the servers, which is started again, with the same ports, if it dies: node:http2 of Node 20 has corrupted its
// memory after 1,500 seconds of this.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Opened, ServerName } from './servers.ts';

export class ServerProcess {
	/** How often it has died. */
	deaths = 0;
	opened: Opened | null = null;
	readonly #seed: number;
	#child: ChildProcess | null = null;
	#isStopped = false;

	constructor(seed: number) {
		this.#seed = seed;
	}

	async start(): Promise<Opened> {
		const program = fileURLToPath(new URL('servers.ts', import.meta.url));
		const execArgv = ['--conditions=hyper-wasm-source', '--import', 'tsx'];
		this.#child = fork(program, [String(this.#seed), JSON.stringify(this.opened)], { execArgv });
		this.#child.once('exit', () => {
			if (this.#isStopped || this.opened === null) return;
			this.deaths++;
			void this.start();
		});
		[this.opened] = (await once(this.#child, 'message')) as [Opened];
		return this.opened;
	}

	/** Restarts one server; its connections break. */
	restart(name: ServerName): void {
		if (this.#child?.connected) this.#child.send(name);
	}

	stop(): void {
		this.#isStopped = true;
		if (this.#child?.connected) this.#child.disconnect();
	}
}
