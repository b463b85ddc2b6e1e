// The matrix as text: a row for each exchange, a column for each runtime, and a list of the reasons for "no".

import type { Verdict } from './column.ts';
import { groups } from './exchanges.ts';
import { noes } from './expected.ts';
import { RUNTIME_NAMES, type RuntimeName } from './runtimes.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A runtime without an entry could not be had. */
export function printMatrix(results: ReadonlyMap<RuntimeName, readonly Verdict[]>): string {
	const columns = RUNTIME_NAMES.map(
		(name) => new Map(results.get(name)?.map((verdict) => [verdict.exchange, verdict])),
	);
	const cells = (of: (column: ReadonlyMap<string, Verdict>) => string): string =>
		columns.map((column, i) => of(column).padEnd((RUNTIME_NAMES[i] as string).length + 2)).join('');
	const line = (label: string, rest: string): string => `${label.padEnd(MARGIN)}${rest}`.trimEnd();
	return [
		line('', RUNTIME_NAMES.map((name) => `${name}  `).join('')),
		...Object.entries(groups).flatMap(([group, rows]) => {
			const names = Object.keys(rows);
			const passed = (column: ReadonlyMap<string, Verdict>): string =>
				column.size === 0 ? '?' : `${names.filter((name) => mark(column.get(name)) === '+').length}/${names.length}`;
			return [
				line(group, cells(passed)),
				...names.map((name) =>
					line(
						`  ${name}`,
						cells((column) => mark(column.get(name))),
					),
				),
			];
		}),
		'+ yes  ! unexpected  ? the runtime could not be had  a letter: no',
		...noes.map(({ runtimes, reason }, i) => `${LETTERS[i]} ${runtimes.join(', ')}: ${reason}`),
	].join('\n');
}

function mark(verdict: Verdict | undefined): string {
	if (verdict === undefined) return '?';
	if (!verdict.asExpected) return '!';
	return verdict.no === null ? '+' : (LETTERS[noes.indexOf(verdict.no)] as string);
}

const MARGIN = Math.max(...Object.values(groups).flatMap((rows) => Object.keys(rows).map(({ length }) => length))) + 4;
