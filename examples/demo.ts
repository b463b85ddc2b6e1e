// `npm run demo`: HTTP/2 over TLS from end to end, against a server of its own; `npm run demo -- URL`: one GET from a
// real server. Ends with 0 only if everything is as it must be.

import { getAddress } from './demo/address.ts';
import { runTour } from './demo/tour.ts';

const PATIENCE = 60_000;

setTimeout(() => {
	console.error(`demo: not done after ${PATIENCE / 1000} s`);
	process.exit(1);
}, PATIENCE).unref();

try {
	const [address] = process.argv.slice(2);
	await (address === undefined ? runTour() : getAddress(address));
} catch (error) {
	console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
}
