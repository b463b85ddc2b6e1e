// The reporter of `npm test` for node:test prints one line for each file, failures in full and skips with their reason,
// each under its whole path (file > describe > title). Writes its counts to the file named by HYPER_TEST_COUNTS, for
// scripts/test.mjs to sum.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';

/** @typedef {{ name: string, path: string[], passed: number, failed: number, skips: string[], notes: string[], output: string }} FileReport */

/**
 * node:test reports files in order, one after the other, and in each file every test after the suite that holds it. Only
 * `test:complete` comes at once: it gives the durations. A file is done when the next one's first event comes.
 */
export default async function* report(source) {
	const durations = new Map();
	const counts = { passed: 0, failed: 0, skips: /** @type {string[]} */ ([]) };
	let file = newReport('');
	for await (const { type, data } of source) {
		if (type === 'test:complete' && data.name === data.file) durations.set(data.file, data.details.duration_ms);
		if (!REPORTED.has(type) || isFigure(data)) continue;
		if ((data.file ?? '') !== file.name) {
			yield close(file, durations, counts);
			file = newReport(data.file ?? '');
		}
		if (type === 'test:start') file.path.splice(data.nesting, Infinity, data.name);
		else if (type === 'test:diagnostic') noteDiagnostic(file, data.message);
		else if (type === 'test:stdout' || type === 'test:stderr') file.output += data.message;
		else if (data.name === data.file) noteFile(file, type === 'test:pass', data);
		else noteTest(file, type === 'test:pass', data);
	}
	yield close(file, durations, counts);
	if (process.env.HYPER_TEST_COUNTS) writeFileSync(process.env.HYPER_TEST_COUNTS, JSON.stringify(counts));
}

const REPORTED = new Set(['test:start', 'test:pass', 'test:fail', 'test:diagnostic', 'test:stdout', 'test:stderr']);

/** One of the totals that node:test itself reports at the end. */
function isFigure(data) {
	return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(data.message ?? '');
}

/** @returns {FileReport} */
function newReport(name) {
	return { name, path: [], passed: 0, failed: 0, skips: [], notes: [], output: '' };
}

function noteTest(file, passed, test) {
	const title = [displayName(file), ...file.path.slice(0, test.nesting), test.name].join(' > ');
	if (test.skip !== undefined || test.todo !== undefined) {
		const reason = test.skip ?? test.todo;
		file.skips.push(`${title}: ${typeof reason === 'string' && reason !== '' ? reason : 'no reason given'}`);
	} else if (!passed) {
		if (test.details.error?.failureType === 'subtestsFailed') return;
		file.failed++;
		file.notes.push(`✖ ${title}\n${indent(explain(test.details.error))}`);
	} else if (test.details.type !== 'suite') file.passed++;
}

/** A file has a result of its own only if it did not load, did not end, or has no tests. */
function noteFile(file, passed, result) {
	file.failed++;
	file.notes.push(passed ? '✖ has no tests' : `✖ ${explain(result.details.error)}`);
}

/** Shows what a test reports with `t.diagnostic`. Activity after a test has ended is a failure. */
function noteDiagnostic(file, message) {
	const late = message.includes('asynchronous activity after the test ended');
	if (late) file.failed++;
	file.notes.push(`${late ? '✖' : 'ℹ'} ${message}`);
}

function close(file, durations, counts) {
	if (file.name === '' && file.notes.length === 0) return '';
	counts.passed += file.passed;
	counts.failed += file.failed;
	counts.skips.push(...file.skips);
	const figures = [`${file.passed} passed`];
	if (file.failed > 0) figures.push(`${file.failed} FAILED`);
	if (file.skips.length > 0) figures.push(`${file.skips.length} skipped`);
	const lines = [`  ${displayName(file)}: ${figures.join(', ')} (${Math.round(durations.get(file.name) ?? 0)} ms)`];
	for (const skip of file.skips) lines.push(indent(`- skipped ${skip}`));
	for (const note of file.notes) lines.push(indent(note));
	if (file.failed > 0 && file.output !== '') lines.push(indent(`output:\n${indent(file.output.trimEnd())}`));
	return `${lines.join('\n')}\n`;
}

function displayName(file) {
	return relative(process.cwd(), file.name) || 'node --test';
}

/** Unwraps the error that node:test reports, without its own stack frames. An assertion's message has what it compared. */
function explain(error) {
	const cause = error?.cause ?? error;
	const compared = cause?.code === 'ERR_ASSERTION' && typeof cause.stack === 'string';
	const text = compared ? cause.stack : typeof cause === 'string' ? cause : inspect(cause, { depth: 8 });
	return text.replace(/\n +at [^\n]*\(?node:internal\/[^\n]*?(?=( \{)?(\n|$))/g, '');
}

function indent(text) {
	return text.replace(/^/gm, '    ');
}
