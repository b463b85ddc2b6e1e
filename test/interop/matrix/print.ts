// The matrix as text: a row for each exchange, a column for each server and transport, and a list of the reasons for "no".

import type { ServerName } from '../../support/servers.ts';
import type { Verdict } from './column.ts';
import { exchanges } from './exchanges.ts';
import { refusals } from './expected.ts';
import { transports } from './transports.ts';

/** The verdicts of one server by transport; null if the server is not installed. */
export type ServerVerdicts = ReadonlyMap<string, readonly Verdict[]> | null;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NOT_INSTALLED = '?';

export function printMatrix(results: ReadonlyMap<ServerName, ServerVerdicts>): string {
	const reasons = refusals.filter((refusal) => verdictsOf(results).some((verdict) => verdict.refusal === refusal));
	const markOf = (verdict: Verdict | undefined): string => {
		if (verdict === undefined) return NOT_INSTALLED;
		if (!verdict.asExpected) return '!';
		return verdict.refusal === null ? '+' : letter(reasons.indexOf(verdict.refusal));
	};
	const labels = Object.keys(exchanges);
	const margin = Math.max(...labels.map((label) => label.length)) + 2;
	const row = (label: string, cellsOf: (server: ServerName, verdicts: ServerVerdicts) => string): string => {
		const cells = [...results].map(([server, verdicts]) => {
			const width = Math.max(server.length, transports.length) + 2;
			return cellsOf(server, verdicts).padEnd(width);
		});
		return `${label.padEnd(margin)}${cells.join('')}`.trimEnd();
	};
	return [
		row('', (server) => server),
		row('', () => transports.map((_, i) => i + 1).join('')),
		...labels.map((label) =>
			row(label, (_, verdicts) =>
				transports.map(({ name }) => markOf(verdicts?.get(name)?.find(({ exchange }) => exchange === label))).join(''),
			),
		),
		transports.map(({ name }, i) => `${i + 1} ${name}`).join('  '),
		`+ yes  ! unexpected  ${NOT_INSTALLED} not installed  a letter: no`,
		...reasons.map(({ server, reason }, i) => `${letter(i)} ${server ?? 'all'}: ${reason}`),
	].join('\n');
}

export function verdictsOf(results: ReadonlyMap<ServerName, ServerVerdicts>): Verdict[] {
	return [...results.values()].flatMap((columns) => [...(columns?.values() ?? [])].flat());
}

function letter(i: number): string {
	return LETTERS[i] ?? '-';
}
