// The same exchanges with every server over every transport. Each cell must have the verdict that matrix/expected.ts expects.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverFor } from '../support/interop.ts';
import type { ServerName, ServerOptions } from '../support/servers.ts';
import { describeVerdict, tryColumn, type Verdict } from './matrix/column.ts';
import { refusals } from './matrix/expected.ts';
import { printMatrix, type ServerVerdicts, verdictsOf } from './matrix/print.ts';
import { transports } from './matrix/transports.ts';

const servers: readonly [ServerName, ServerOptions][] = [
	['nghttpx', {}],
	['h2o', { origin: true }],
	['nginx', { origin: true }],
	['apache', { origin: true }],
	['caddy', {}],
	['haproxy', {}],
	['lighttpd', {}],
	['go', {}],
	['nghttpd', { echo: true, trailers: true }],
];

const results = new Map<ServerName, ServerVerdicts>();

for (const [name, options] of servers) {
	test(`${name} answers the exchanges of the matrix as expected`, { concurrency: true }, async (t) => {
		results.set(name, null);
		const server = await serverFor(t, name, options);
		if (server === null) return;
		const verdicts = new Map<string, readonly Verdict[]>();
		results.set(name, verdicts);
		await Promise.all(
			transports.map((transport) =>
				t.test(`${name} over ${transport.name} answers the exchanges of the matrix as expected`, async () => {
					const column = await tryColumn(server, transport);
					verdicts.set(transport.name, column);
					const unexpected = column.filter(({ asExpected }) => !asExpected);
					assert.equal(unexpected.length, 0, `\n${unexpected.map(describeVerdict).join('\n')}`);
				}),
			),
		);
	});
}

test('every entry of expected.ts applies to a cell of the matrix', (t) => {
	t.diagnostic(`what each server does\n${printMatrix(results)}`);
	const used = new Set(verdictsOf(results).map(({ refusal }) => refusal));
	const idle = refusals.filter((refusal) => !used.has(refusal));
	assert.deepEqual(
		idle.filter(({ server }) => server === undefined || results.get(server) !== null),
		[],
	);
});
