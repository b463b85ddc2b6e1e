// Prints where one rival spends its CPU time: a profile of its run after warm-up, as self time per function.

import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Case } from './case.ts';
import { Contestant } from './contestant.ts';
import { place, warmUp } from './harness.ts';

interface Profile {
	nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
	samples: number[];
	timeDeltas: number[];
}

const results = new URL('results/', import.meta.url);
const intervalMicros = 200;
const shown = 25;

/** Prints the functions with the most self time, and writes the whole profile to results/ for a viewer. */
export async function printProfile(benchmark: Case, rivalName: string, roundMs: number): Promise<void> {
	const rival = benchmark.rivals.find(({ name }) => name === rivalName);
	if (rival === undefined) throw new Error(`${benchmark.name} has no rival ${rivalName}`);
	const missing = rival.missing?.() ?? null;
	if (missing !== null) throw new Error(`${rivalName}: ${missing}`);

	mkdirSync(results, { recursive: true });
	const path = fileURLToPath(
		new URL(`${benchmark.name} ${rivalName}.cpuprofile`.toLowerCase().replaceAll(' ', '-'), results),
	);
	const { config, close } = await benchmark.open(place);
	const contestant = await Contestant.start(rival, config, place);
	try {
		const count = (await warmUp(contestant, roundMs)) * 3;
		await contestant.run(count, { path, intervalMicros });
		const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile;
		printSelfTimes(profile, `${benchmark.name}, ${rivalName}, ${count} times`, count);
		console.log(`  whole profile: ${path}`);
	} finally {
		await contestant.stop();
		await close();
	}
}

function printSelfTimes({ nodes, samples, timeDeltas }: Profile, title: string, count: number): void {
	const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
	const selfMicros = new Map<string, number>();
	let total = 0;
	samples.forEach((id, i) => {
		const name = names.get(id) ?? '(unknown)';
		// Node counts native I/O callbacks, including TLS, as idle, so shares of the total would be meaningless.
		if (name === '(idle)') return;
		const micros = timeDeltas[i] ?? 0;
		selfMicros.set(name, (selfMicros.get(name) ?? 0) + micros);
		total += micros;
	});
	console.log(`\n${title}: self time of functions, without native I/O`);
	const sorted = [...selfMicros].sort(([, a], [, b]) => b - a).slice(0, shown);
	for (const [name, micros] of sorted) {
		const share = `${((micros / total) * 100).toFixed(1)} %`.padStart(8);
		console.log(`${share} ${(micros / count).toFixed(3).padStart(9)} µs each  ${name}`);
	}
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
	const file = url.startsWith('wasm:') ? 'wasm' : url.replace(/^file:\/\/.*\/(?=[^/]*\/[^/]*$)/, '');
	return `${functionName || '(anonymous)'}${file === '' ? '' : `  ${file}:${lineNumber + 1}`}`;
}
