// nghttp2's h2load, written in C. It is started for every run, and the shell's `time` measures its CPU time.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Measurement } from '../case.ts';
import { check, type ServerConfig, serveWorker } from '../worker.ts';

const run = promisify(execFile);
const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

let config: ServerConfig;

serveWorker<ServerConfig>({
	async open(given) {
		config = given;
	},

	async run(count) {
		const { port, ca, path, concurrency, upload } = config;
		const url = `${ca === null ? 'http' : 'https'}://localhost:${port}${path}`;
		const options = ['-n', String(count), '-c', '1', '-m', String(Math.min(count, concurrency))];
		if (upload !== undefined) options.push('-d', upload.file);
		const script = 'TIMEFORMAT="cpu %U %S"; time h2load "$@"';
		const { stdout, stderr } = await run('bash', ['-c', script, 'h2load', ...options, url]);
		return read(stdout, stderr, count);
	},
});

function read(stdout: string, stderr: string, count: number): Measurement {
	const succeeded = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1]);
	const bytes = Number(/\((\d+)\) data/.exec(stdout)?.[1]);
	check(succeeded === count && bytes === count * config.length, `${succeeded} of ${count}, ${bytes} bytes`);
	const [, time, unit] = /finished in ([\d.]+)(us|ms|s),/.exec(stdout) ?? [];
	const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
	const elapsedMs = Number(time) * (milliseconds[unit ?? ''] ?? Number.NaN);
	const cpuMicros = (Number(user) + Number(system)) * 1e6;
	if (Number.isNaN(elapsedMs) || Number.isNaN(cpuMicros))
		throw new Error(`Cannot read the output of h2load: ${stdout}${stderr}`);
	return { elapsedMs, cpuMicros };
}
