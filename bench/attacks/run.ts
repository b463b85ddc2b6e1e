// Implements `npm run attacks -- [PART]`: runs the attacks whose names contain PART, in all variants, and prints the table. The
// exit status is 1 if a bound does not hold.
//   --scale S  the part of the usual amount to send, at most 1

import { parseArgs } from 'node:util';
import { attacks } from './all.ts';
import { BOUNDS, failures, MIB, variants } from './attack.ts';
import { AttackBench } from './measure.ts';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { scale: { type: 'string', default: '1' } },
});
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 1)) throw new Error(`--scale takes a number above 0 and up to 1, not ${values.scale}`);
const [part = ''] = positionals;
const chosen = attacks.filter(({ name }) => name.includes(part));
if (chosen.length === 0) throw new Error(`No attack has a name that contains ${JSON.stringify(part)}`);

console.log(`${BOUNDS.cpu} ms of CPU for each MiB received or decoded, ${BOUNDS.turn} ms for each turn`);
console.log(
	row('attack', ['version', 'transport', 'wire MiB', 'memory MiB', 'at most', 'CPU ms/MiB', 'turn ms', 'holds']),
);
const bench = new AttackBench();
let runs = 0;
let broken = 0;
for (const attack of chosen) {
	for (const [version, transport] of variants(attack)) {
		const measured = await bench.measure(attack, version, transport, scale);
		const failed = failures(attack, measured);
		runs++;
		if (failed.length > 0) broken++;
		const sizes = [measured.received, measured.memory, measured.memoryBound].map((bytes) => (bytes / MIB).toFixed(1));
		const cpu = measured.cpu.toFixed(0);
		const times = [attack.anyCPU ? `(${cpu})` : cpu, measured.longestTurn.toFixed(0)];
		const notes = [...new Set(measured.warnings), measured.error ?? ''].filter((note) => note !== '');
		console.log(
			row(attack.name, [
				version,
				transport,
				...sizes,
				...times,
				failed.length === 0 ? 'yes' : `NO: ${failed.join(', ')}`,
				...notes,
			]),
		);
	}
}
bench.close();
console.log(broken === 0 ? `all ${runs} runs hold their bounds` : `${broken} of ${runs} runs exceed a bound`);
process.exitCode = broken === 0 ? 0 : 1;

function row(name: string, cells: readonly string[]): string {
	return name.padEnd(56) + cells.map((cell, i) => (i < 7 ? cell.padStart(11) : `  ${cell}`)).join('');
}
