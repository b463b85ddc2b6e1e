// Tries one column of the matrix: every exchange with one server over one transport. A verdict is the outcome of a cell.

import type { RunningServer } from '../../support/servers.ts';
import { exchanges } from './exchanges.ts';
import { type Refusal, refusalOf } from './expected.ts';
import type { Connection, Transport } from './transports.ts';

export interface Verdict {
	readonly exchange: string;
	/** Null if the exchange succeeded. */
	readonly error: unknown;
	/** Null if the exchange was expected to succeed. */
	readonly refusal: Refusal | null;
	readonly asExpected: boolean;
}

/** An exchange takes milliseconds: one that takes longer than this hangs. */
const DEADLINE = 15_000;

export async function tryColumn(server: RunningServer, transport: Transport): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	let connection: Connection | null = null;
	for (const [exchange, run] of Object.entries(exchanges)) {
		connection ??= transport.connect(server);
		const peer = { connection, transport };
		const error = await outcomeOf((transport.prepare?.(connection) ?? Promise.resolve()).then(() => run(peer)));
		const refusal = refusalOf(server.name, transport.name, exchange);
		verdicts.push({ exchange, error, refusal, asExpected: isExpected(error, refusal) });
		if (!transport.fresh && error === null) continue;
		await connection.close();
		connection = null;
	}
	await connection?.close();
	return verdicts;
}

/** One line and the error, for an unexpected verdict. */
export function describeVerdict({ exchange, error, refusal }: Verdict): string {
	const expected = refusal === null ? 'yes' : `no: ${refusal.reason} (${refusal.shows})`;
	const actual = error === null ? 'yes' : `no\n${error instanceof Error ? error.stack : String(error)}`;
	return `${exchange}: expected ${expected}; it is ${actual}`;
}

function isExpected(error: unknown, refusal: Refusal | null): boolean {
	if (error === null || refusal === null) return error === refusal;
	return refusal.shows.test(String(error));
}

async function outcomeOf(exchange: Promise<void>): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no end within ${DEADLINE} ms`)), DEADLINE);
	});
	try {
		await Promise.race([exchange, late]);
		return null;
	} catch (error) {
		return error;
	} finally {
		clearTimeout(timer);
	}
}
