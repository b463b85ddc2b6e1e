// `npm run demo` runs HTTP/2 over TLS from end to end, against a server of its own. `npm run demo -- URL` sends one GET
// to a real server. The exit status is 0 only if every check passes.

import { getAddress } from './demo/address.ts';
import { runTour } from './demo/tour.ts';

const TIME_LIMIT = 60_000;

setTimeout(() => {
	console.error(`demo: not finished after ${TIME_LIMIT / 1000} s`);
	process.exit(1);
}, TIME_LIMIT).unref();

try {
	const [address] = process.argv.slice(2);
	await (address === undefined ? runTour() : getAddress(address));
} catch (error) {
	console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
}
