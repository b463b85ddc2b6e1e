// Prints the output of the demo: one line per step, with the fields of a response below it.

import type { HTTP20Response, Timings } from 'hyper-wasm';

export function print(what: string, outcome: string): void {
	console.log(`${what.padEnd(12)} ${outcome}`);
}

export function printFields(fields: Iterable<readonly [name: string, value: string, ...rest: unknown[]]>): void {
	for (const [name, value] of fields) console.log(`${' '.repeat(13)}${name}: ${value}`);
}

/** Prints version, status and header fields. */
export function printHead(what: string, response: HTTP20Response): void {
	print(what, `${response.version} ${response.status}`);
	printFields(response.headers.raw());
}

/** Describes how long each step took, for a request that opened its connection. */
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

export function bytes(count: number): string {
	return `${count.toLocaleString('en')} bytes`;
}
