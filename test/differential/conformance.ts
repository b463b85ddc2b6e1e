// The table of docs/conformance.md.

import { type Explanation, explanations } from './differences.ts';
import { oracles } from './oracle.ts';

/** One row for each explanation. */
export function conformanceTable(): string {
	return [
		'| the server sends | we | others | who | decided by |',
		'|---|---|---|---|---|',
		...explanations.map((explanation) => `| ${cellsOf(explanation).map(escapeCell).join(' | ')} |`),
	].join('\n');
}

function cellsOf({ what, ours, theirs, clients, sometimes = [], section, sentence, choice }: Explanation): string[] {
	const who = [...clients, ...sometimes].map((name) => oracles[name].title);
	const decision = `${section}: "${sentence}"${choice === undefined ? '' : ` We: ${choice}.`}`;
	return [what, ours, theirs, who.join(', '), decision];
}

function escapeCell(text: string): string {
	return text.replaceAll('|', '\\|');
}
