// The rival's side of a benchmark: a process that receives commands over IPC and measures itself while it does the work.

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import type { Measurement } from './case.ts';

export interface Worker<Config> {
	open(config: Config): Promise<void>;
	/** Does the work `count` times and checks every result. May return figures that it measured more precisely itself. */
	run(count: number): Promise<Partial<Measurement> | undefined>;
}

export type Command =
	| { type: 'open'; config: unknown }
	| { type: 'run'; count: number; profile?: { path: string; intervalMicros: number } };

export type Reply = { type: 'opened' } | ({ type: 'ran' } & Measurement) | { type: 'failed'; message: string };

/** The configuration of cases with a server. */
export interface ServerConfig {
	port: number;
	/** In PEM; null: plaintext with prior knowledge. */
	ca: string | null;
	path: string;
	/** Expected length of the response's body in bytes. */
	length: number;
	concurrency: number;
	upload?: { file: string; length: number };
}

/** Called once by each program in rivals/. The process exits when its parent disconnects. */
export function serveWorker<Config>(worker: Worker<Config>): void {
	process.on('message', (command: Command) => {
		obey(worker, command).then(reply, (error: unknown) => {
			reply({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
		});
	});
	process.on('disconnect', () => process.exit());
}

export function check(right: boolean, what: string): void {
	if (!right) throw new Error(`wrong response: ${what}`);
}

async function obey<Config>(worker: Worker<Config>, command: Command): Promise<Reply> {
	if (command.type === 'open') {
		await worker.open(command.config as Config);
		return { type: 'opened' };
	}
	const stopProfile = command.profile === undefined ? null : await startProfile(command.profile.intervalMicros);
	const cpu = process.cpuUsage();
	const start = performance.now();
	const measured = await worker.run(command.count);
	const elapsedMs = performance.now() - start;
	const { user, system } = process.cpuUsage(cpu);
	if (command.profile !== undefined) writeFileSync(command.profile.path, JSON.stringify(await stopProfile?.()));
	return { type: 'ran', elapsedMs, cpuMicros: user + system, ...measured };
}

async function startProfile(interval: number): Promise<() => Promise<unknown>> {
	const session = new Session();
	session.connect();
	const post = (method: string, parameters?: object): Promise<{ profile?: unknown }> =>
		new Promise((resolve, reject) => {
			session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result as object)));
		});
	await post('Profiler.enable');
	await post('Profiler.setSamplingInterval', { interval });
	await post('Profiler.start');
	return async () => (await post('Profiler.stop')).profile;
}

function reply(message: Reply): void {
	process.send?.(message);
}
