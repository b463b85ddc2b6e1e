// Runs programs as child processes: finds them, starts them on free loopback ports, waits until the ports accept
// connections, and kills them when this process exits at the latest.

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
	command: string;
	args: string[];
	ports: number[];
	prefix: readonly string[];
	/** A file for its stderr. Not a pipe of Node, which programs cannot open by name. */
	log: string;
	/** Added to the environment of this process. */
	env?: Readonly<Record<string, string>>;
	/** Does not keep this process running, and is killed with it. */
	background?: boolean;
}

interface Running {
	child: ChildProcess;
	program: Program;
	failure: Error | null;
}

const readyWithin = 15_000;
const pollEvery = 10;
const stderrKept = 16_384;
const attempts = 5;
const portTaken = /address (is )?already in use|EADDRINUSE|could not bind/i;

const children = new Set<ChildProcess>();
const folders = new Set<string>();
let watching = false;

/** The path of a program, searched in PATH and where Debian installs servers; null if it is not installed. */
export function findProgram(command: string): string | null {
	const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
	for (const path of isAbsolute(command) ? [command] : places.map((place) => join(place, command))) {
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not here; try the next place.
		}
	}
	return null;
}

/** Removes a folder when the process exits. The returned function cancels that. */
export function removeAtExit(folder: string): () => void {
	watchExit();
	folders.add(folder);
	return () => folders.delete(folder);
}

export interface Started<Ports> {
	ports: Ports;
	programs: readonly Program[];
	stop(): Promise<void>;
}

/** Starts the programs that `plan` returns for free ports. Retries with others if a port was taken in the meantime. */
export async function startPrograms<Name extends string>(
	names: readonly Name[],
	plan: (ports: Record<Name, number>) => Program[],
): Promise<Started<Record<Name, number>>> {
	for (let attempt = 1; ; attempt++) {
		const ports = {} as Record<Name, number>;
		for (const name of names) ports[name] = await freePort();
		const programs = plan(ports);
		const running = programs.map(start);
		const stop = async (): Promise<void> => void (await Promise.all(running.map(end)));
		try {
			await Promise.all(running.map((one, i) => untilReady(one, programs[i]?.ports ?? [])));
			return { ports, programs, stop };
		} catch (error) {
			await stop();
			const taken = programs.some((program) => portTaken.test(stderrOf(program)));
			if (!taken || attempt === attempts) throw error;
		}
	}
}

function start(program: Program): Running {
	watchExit();
	const [file, ...rest] = commandLine(program) as [string, ...string[]];
	const log = openSync(program.log, 'w');
	const child = spawn(file, rest, { stdio: ['ignore', 'ignore', log], env: { ...process.env, ...program.env } });
	closeSync(log);
	if (program.background) child.unref();
	const running: Running = { child, program, failure: null };
	children.add(child);
	child.on('error', (error) => {
		running.failure = error;
	});
	child.on('exit', () => children.delete(child));
	return running;
}

async function untilReady(running: Running, ports: readonly number[]): Promise<void> {
	const deadline = performance.now() + readyWithin;
	for (const port of ports) {
		while (!(await acceptsConnections(port)) || hasEnded(running)) {
			if (hasEnded(running)) throw notReady(running, `ended (${running.child.exitCode ?? running.child.signalCode})`);
			if (performance.now() > deadline) throw notReady(running, `accepts no connections on port ${port}`);
			await sleep(pollEvery);
		}
	}
}

function hasEnded({ child, failure }: Running): boolean {
	return failure !== null || child.exitCode !== null || child.signalCode !== null;
}

function notReady(running: Running, what: string): Error {
	const message = `${commandLine(running.program).join(' ')}: ${what}\n${stderrOf(running.program)}`;
	return new Error(message, { cause: running.failure ?? undefined });
}

function commandLine({ command, args, prefix }: Program): string[] {
	return [...prefix, command, ...args];
}

function stderrOf({ log }: Program): string {
	return readFileSync(log, 'utf8').slice(-stderrKept);
}

async function end(running: Running): Promise<void> {
	if (hasEnded(running)) return;
	const ended = new Promise((resolve) => running.child.once('exit', resolve));
	running.child.kill('SIGKILL');
	await ended;
}

function acceptsConnections(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});
}

// Below the range that systems use for outgoing connections, which could otherwise take the port.
async function freePort(): Promise<number> {
	for (;;) {
		const port = 12_000 + Math.floor(Math.random() * 20_000);
		if (await isFree(port)) return port;
	}
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}

function watchExit(): void {
	if (watching) return;
	watching = true;
	process.on('exit', dropAll);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			dropAll();
			process.kill(process.pid, signal);
		});
	}
}

function dropAll(): void {
	for (const child of children) child.kill('SIGKILL');
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
