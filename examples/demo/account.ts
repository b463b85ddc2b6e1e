// What the demo prints: one line for each thing that was done, and the fields of a response below its line.

import type { HTTP20Response, Timings } from 'hyper-wasm';

export function tell(what: string, outcome: string): void {
	console.log(`${what.padEnd(12)} ${outcome}`);
}

export function tellFields(fields: Iterable<readonly [name: string, value: string, ...rest: unknown[]]>): void {
	for (const [name, value] of fields) console.log(`${' '.repeat(13)}${name}: ${value}`);
}

/** Status and header fields, as they came. */
export function tellHead(what: string, response: HTTP20Response): void {
	tell(what, `${response.version} ${response.status}`);
	tellFields(response.headers.raw());
}

/** How long the steps of a response took that opened its connection. */
export function describeTimings({ queued, dialled, secured, sent, firstByte, end }: Readonly<Timings>): string {
	const steps: [string, number | null, number | null][] = [
		['connect', queued, dialled],
		['TLS', dialled, secured],
		['first byte', sent, firstByte],
		['rest', firstByte, end],
	];
	return steps
		.filter(([, from, to]) => from !== null && to !== null)
		.map(([name, from, to]) => `${name} ${milliseconds(to! - from!)}`)
		.join(', ');
}

export function milliseconds(value: number): string {
	return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function octets(count: number): string {
	return `${count.toLocaleString('en')} octets`;
}
