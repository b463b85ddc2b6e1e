// Findings as text: the requests, the frames of the server, and what both clients did.

import { explain } from '../../src/frames.ts';
import type { Finding } from './differential.ts';
import { oracles } from './oracle.ts';

export function describeFinding({ client, case: { name, plan, steps }, differences }: Finding): string {
	const requests = plan.requests.map(({ method, open, cancel }, i) => {
		return `${2 * i + 1}: ${method}${open ? ' with open content' : ''}${cancel ? ', cancelled' : ''}`;
	});
	const bytes = Buffer.concat(steps.filter((step) => step instanceof Uint8Array));
	return [
		`${oracles[client].title} differs in "${name}"`,
		`  requests: ${requests.join('; ') || 'none'}${plan.push ? ', with push' : ''}`,
		...explain(bytes, { hpack: true })
			.split('\n')
			.map((line) => `    ${line}`),
		`  bytes: ${bytes.length > 400 ? `${bytes.length}` : bytes.toString('hex')}`,
		...differences.flatMap(({ where, ours, theirs, ourReason, theirReason }) => [
			`  ${where}, ours:   ${ours} [${ourReason}]`,
			`  ${where}, theirs: ${theirs} [${theirReason}]`,
		]),
	].join('\n');
}
