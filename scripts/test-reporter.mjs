// The node:test reporter of one test file's process. Writes a line of JSON for each start and each result of a test, for
// scripts/test-files.mjs.

import { inspect } from 'node:util';

/**
 * `path` has the titles from the outermost suite to the test. `text` is the reason of a failure or a skip, or a diagnostic.
 * @typedef {{ type: 'start' | 'pass' | 'fail' | 'skip' | 'note', path: string[], text: string }} TestEvent
 */

// Runs the exit handlers of the tests, which end the servers that they started.
process.on('SIGTERM', () => process.exit(1));

/** node:test reports `test:dequeue` when a test starts, but `test:start` when its result is next in the order of the file. */
export default async function* report(source) {
	/** @type {string[]} */
	const running = [];
	/** @type {string[]} */
	const reported = [];
	for await (const { type, data } of source) {
		if (type === 'test:dequeue') running.splice(data.nesting, Infinity, data.name);
		if (type === 'test:start') reported.splice(data.nesting, Infinity, data.name);
		const event = toEvent(type, data);
		if (event === null) continue;
		const path = event.type === 'start' ? running : reported.slice(0, data.nesting + 1);
		yield `${JSON.stringify({ ...event, path })}\n`;
	}
}

function toEvent(type, data) {
	switch (type) {
		case 'test:dequeue':
			return { type: 'start', text: '' };
		case 'test:pass':
		case 'test:fail':
			return toResult(type === 'test:pass', data);
		case 'test:diagnostic':
			return isFigure(data) ? null : toNote(data.message);
		default:
			return null;
	}
}

/** A passing suite is not a result, nor is a test that fails only because tests within it do. */
function toResult(passed, { skip, todo, details }) {
	const reason = skip ?? todo;
	if (reason !== undefined) {
		return { type: 'skip', text: typeof reason === 'string' && reason !== '' ? reason : 'no reason given' };
	}
	if (passed) return details.type === 'suite' ? null : { type: 'pass', text: '' };
	if (details.error?.failureType === 'subtestsFailed') return null;
	return { type: 'fail', text: explain(details.error) };
}

/** Activity after the end of a test is a failure; any other diagnostic is shown. */
function toNote(text) {
	return { type: text.includes('asynchronous activity after the test ended') ? 'fail' : 'note', text };
}

/** One of the totals that node:test itself reports at the end. */
function isFigure({ message }) {
	return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);
}

/** Unwraps the error that node:test reports, without its own stack frames. An assertion's message has what it compared. */
function explain(error) {
	const cause = error?.cause ?? error;
	const isAssertion = cause?.code === 'ERR_ASSERTION' && typeof cause.stack === 'string';
	const text = isAssertion ? cause.stack : typeof cause === 'string' ? cause : inspect(cause, { depth: 8 });
	return text.replace(/\n +at [^\n]*\(?node:internal\/[^\n]*?(?=( \{)?(\n|$))/g, '');
}
