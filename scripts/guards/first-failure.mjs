// The node:test reporter of one trial: ends the process at the first test that fails, and writes the title of that test.

import { writeSync } from 'node:fs';

// Runs the exit handlers of the tests, which end the servers that they started.
process.on('SIGTERM', () => process.exit(1));

// biome-ignore lint/correctness/useYield: it writes by itself, since the process ends before a yielded text is written.
export default async function* report(source) {
	for await (const { type, data } of source) {
		if (type !== 'test:fail' || data.skip !== undefined || data.todo !== undefined) continue;
		writeSync(1, `failed: ${data.name}\n`);
		process.exit(1);
	}
}
