// Runs the attacks whose names contain the argument, for each version, in plaintext and over TLS, and prints the table. The
// exit status is 1 if a bound does not hold.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { attacks } from './all.ts';
import { type Attack, BOUNDS, type Measurement, type Version } from './attack.ts';

const [part = ''] = process.argv.slice(2);
const MIB = 2 ** 20;
let broken = 0;

console.log(row('attack', 'version', 'transport', 'wire MiB', 'memory MiB', 'bound', 'CPU ms/MiB', 'turn ms', 'holds'));
for (const attack of attacks.filter((each) => each.name.includes(part))) {
	for (const version of attack.versions) {
		for (const transport of ['plain', 'TLS']) {
			const measured = await measure(attack, version, transport);
			const cpu = measured.cpuMs / (measured.wire / MIB);
			const holds =
				measured.memory <= measured.memoryBound &&
				(attack.anyCPU || cpu <= BOUNDS.cpu) &&
				measured.longestTurn <= BOUNDS.turn;
			if (!holds) broken++;
			const end = measured.error === null ? '' : `  (${measured.error})`;
			const memory = [measured.wire, measured.memory, measured.memoryBound].map((bytes) => (bytes / MIB).toFixed(1));
			const work = [attack.anyCPU ? '-' : cpu.toFixed(0), measured.longestTurn.toFixed(0)];
			console.log(row(attack.name, version, transport, ...memory, ...work, holds ? 'yes' : 'NO') + end);
		}
	}
}
if (broken > 0) {
	console.log(`${broken} attacks exceed a bound`);
	process.exitCode = 1;
}

async function measure(attack: Attack, version: Version, transport: string): Promise<Measurement> {
	const server = start('server.ts', [attack.name, version, transport]);
	try {
		const { port, ca } = (await answerOf(server)) as { port: number; ca: string };
		const origin = `${transport === 'TLS' ? 'https' : 'http'}://localhost:${port}`;
		const measured = (await answerOf(start('client.ts', [attack.name, version, origin, ca]))) as Measurement;
		server.send('count');
		return { ...measured, ...((await answerOf(server)) as { wire: number }) };
	} finally {
		server.disconnect();
	}
}

function start(file: string, args: string[]): ChildProcess {
	const program = fileURLToPath(new URL(file, import.meta.url));
	return fork(program, args, { execArgv: [...process.execArgv, '--expose-gc', '--max-old-space-size=256'] });
}

async function answerOf(child: ChildProcess): Promise<unknown> {
	const ended = once(child, 'exit').then(([code, signal]) => {
		throw new Error(`A process ended early: ${code ?? signal}`);
	});
	const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
	ended.catch(() => {});
	return message;
}

function row(name: string, ...cells: string[]): string {
	return name.padEnd(50) + cells.map((cell) => cell.padStart(11)).join('');
}
