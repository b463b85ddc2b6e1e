// The program that a runtime runs: `program.js PEERS [NAME ...]` runs the exchanges with these names, or all, one after the
// other, and prints a line of JSON for each. It ends by itself: a timer or a socket that is left keeps it from that.

import { exchanges } from './exchanges.ts';
import { LATE, outcomeOf } from './outcome.ts';

let hasHung = false;
const [peers = '', ...names] = process.argv.slice(2);
for (const name of names.length > 0 ? names : exchanges.keys()) {
	const outcome = await outcomeOf(name, JSON.parse(peers));
	hasHung ||= outcome.error?.includes(LATE) === true;
	console.log(JSON.stringify(outcome));
}
// What hangs would keep the program running, and has been reported.
if (hasHung) process.exit();
