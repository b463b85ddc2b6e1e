// Other clients, each in a process of its own. A client runs one case after the other, each on a connection of its own, so
// the connections come in the order of the cases.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildGoProgram, X_NET } from '../support/go-program.ts';
import { findProgram } from '../support/servers/program.ts';
import type { Case } from './case.ts';
import { type Observation, type Outcome, outcomeOf, type Report } from './outcome.ts';
import { play } from './player.ts';

export type OracleName = 'node' | 'python' | 'go';

interface Oracle {
	/** As documents call it. */
	title: string;
	/** Null, or why the client cannot run here. */
	missing(): string | null;
	/** Whether it is of the version whose differences the table lists. Others may have fewer. */
	isListed(): boolean;
	/** The command, without the port of the server. */
	command(): Promise<readonly string[]>;
	/** Whether the client can do what the case asks for. */
	supports(each: Case): boolean;
}

/** How long a client may take to connect, in milliseconds. */
const PATIENCE = 60_000;
const PROCESSES = 4;
/** Fewer cases are not worth a process. */
const LEAST = 50;
/** The interpreter for which Debian packages python3-h2. */
const PYTHON = '/usr/bin/python3';
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export const oracles: Readonly<Record<OracleName, Oracle>> = {
	node: {
		title: 'node:http2',
		missing: () => null,
		isListed: () => process.version.startsWith('v20.'),
		command: async () => [
			...[process.execPath, '--conditions=hyper-wasm-source', '--import', import.meta.resolve('tsx')],
			pathOf('node-client.ts'),
		],
		supports: () => true,
	},
	python: {
		title: 'python3-h2',
		missing: () => (ask(PYTHON, '-c', 'import h2') === null ? 'python3-h2 is not installed' : null),
		isListed: () => ask(PYTHON, '-c', 'import h2; print(h2.__version__)')?.startsWith('4.1.') === true,
		command: async () => [PYTHON, pathOf('python-h2.py')],
		supports: () => true,
	},
	go: {
		title: "Go's x/net/http2",
		missing: () => (findProgram('go') && existsSync(X_NET) ? null : 'golang-golang-x-net-dev is not installed'),
		isListed: () =>
			ask('dpkg-query', '-W', '-f', '${Version}', 'golang-golang-x-net-dev')?.startsWith('1:0.7.') === true,
		command: async () => [await buildGoProgram(findProgram('go') as string, pathOf('go/main.go'), 'go-client')],
		// It never allows push, and always announces a window of 4 MiB.
		supports: ({ plan }) => !plan.push && plan.window === null,
	},
};

export const oracleNames: readonly OracleName[] = Object.keys(oracles) as OracleName[];

/** What a command prints; null if it fails or is not installed. */
function ask(command: string, ...args: string[]): string | null {
	const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
	return status === 0 ? stdout : null;
}

/** The outcomes of the cases, in their order. Several processes share them, because most of the time goes into waiting. */
export async function runOracle(name: OracleName, cases: readonly Case[]): Promise<Outcome[]> {
	const size = Math.max(LEAST, Math.ceil(cases.length / PROCESSES));
	const shares: Promise<Outcome[]>[] = [];
	for (let from = 0; from < cases.length; from += size) shares.push(runProcess(name, cases.slice(from, from + size)));
	return (await Promise.all(shares)).flat();
}

async function runProcess(name: OracleName, cases: readonly Case[]): Promise<Outcome[]> {
	const [command, ...args] = await oracles[name].command();
	const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const child = spawn(command as string, [...args, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
	const ended = once(child, 'exit').then(([code]): never => {
		throw new Error(`${name} ended with ${code} after ${seen.length} cases, in "${cases[seen.length]?.name}"`);
	});
	ended.catch(() => undefined);
	const seen: Observation[] = [];
	const reports: Report[] = [];
	const output = createInterface({ input: child.stdout });
	output.on('line', (line) => reports.push(JSON.parse(line) as Report));
	const reported = once(output, 'close');
	try {
		// The next line tells a client that the case is over, and the order of its connections which case is which.
		for (const each of cases) {
			child.stdin.write(`${JSON.stringify(each.plan)}\n`);
			const late = AbortSignal.timeout(PATIENCE);
			const [socket] = await Promise.race([once(server, 'connection', { signal: late }), ended]).catch((error) => {
				throw new Error(`${name} is stuck behind "${cases[seen.length - 1]?.name}"`, { cause: error });
			});
			seen.push(await play(socket as Socket, each));
		}
		child.stdin.end();
		await reported;
		if (reports.length < cases.length) return await ended;
		return reports.map((report, i) => outcomeOf(report, seen[i] as Observation, cases[i] as Case));
	} finally {
		child.kill();
		server.close();
	}
}
