// The program that a runtime runs: `program.js PEERS [NAME ...]` runs the exchanges with these names, or all, one after the
// other, and prints a line of JSON for each. It ends by itself: a timer or a socket that is left keeps it from that.

import { exchanges } from './exchanges.ts';
import { outcomeOf } from './outcome.ts';

const [peers = '', ...names] = process.argv.slice(2);
for (const name of names.length > 0 ? names : exchanges.keys()) {
	console.log(JSON.stringify(await outcomeOf(name, JSON.parse(peers))));
}
