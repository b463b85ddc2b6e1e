// Programs in child processes: found, started on free loopback ports, awaited until the ports take connections, and
// ended with this process at the latest.

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
	/** A file for its stderr: programs can open that by name, as they cannot open a pipe of Node's. */
	log: string;
	/** Added to this process's own. */
	env?: Readonly<Record<string, string>>;
	/** It does not keep this process alive, and ends with it. */
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

/** The path of a program, looked for where Debian keeps servers too; null when it is not installed. */
export function findProgram(command: string): string | null {
	const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
	for (const path of isAbsolute(command) ? [command] : places.map((place) => join(place, command))) {
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not in this place: the next one.
		}
	}
	return null;
}

/** Registers a folder to be removed when the process ends; returns how to take that back. */
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

/** Starts what `plan` makes of free ports; others are tried when somebody else was faster on one. */
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
		while (!(await takesConnections(port)) || hasEnded(running)) {
			if (hasEnded(running)) throw notReady(running, `ended (${running.child.exitCode ?? running.child.signalCode})`);
			if (performance.now() > deadline) throw notReady(running, `takes no connections on port ${port}`);
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

function takesConnections(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});
}

// Below the range from which systems take the ports of outgoing connections, so that those do not get in the way.
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
