// How `npm test` shows a run of node:test: one line for each file, failures in full, skips with their reason. Writes its
// counts to the file named by HYPER_TEST_COUNTS, for scripts/test.mjs to sum.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';

/** @typedef {{ passed: number, failed: number, skips: string[], notes: string[], output: string }} FileReport */

/**
 * node:test tells of files in order, one after the other, except that `test:complete` comes at once: it gives the
 * durations, and the next file's first event that the file before it is done.
 */
export default async function* report(source) {
	const durations = new Map();
	const counts = { passed: 0, failed: 0, skips: /** @type {string[]} */ ([]) };
	let path = '';
	let file = newReport();
	for await (const { type, data } of source) {
		if (type === 'test:complete' && data.name === data.file) durations.set(data.file, data.details.duration_ms);
		if (!TELLING.has(type) || isFigure(data)) continue;
		if ((data.file ?? '') !== path) {
			yield close(file, path, durations, counts);
			path = data.file ?? '';
			file = newReport();
		}
		if (type === 'test:diagnostic') noteDiagnostic(file, data.message);
		else if (type === 'test:stdout' || type === 'test:stderr') file.output += data.message;
		else if (data.name === data.file) noteFile(file, type === 'test:pass', data);
		else noteTest(file, type === 'test:pass', data);
	}
	yield close(file, path, durations, counts);
	if (process.env.HYPER_TEST_COUNTS) writeFileSync(process.env.HYPER_TEST_COUNTS, JSON.stringify(counts));
}

const TELLING = new Set(['test:pass', 'test:fail', 'test:diagnostic', 'test:stdout', 'test:stderr']);

/** The totals that node:test itself gives at the end. */
function isFigure(data) {
	return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(data.message ?? '');
}

/** @returns {FileReport} */
function newReport() {
	return { passed: 0, failed: 0, skips: [], notes: [], output: '' };
}

function noteTest(file, passed, test) {
	if (test.skip !== undefined || test.todo !== undefined) {
		const reason = test.skip ?? test.todo;
		file.skips.push(`${test.name}: ${typeof reason === 'string' && reason !== '' ? reason : 'no reason given'}`);
	} else if (!passed) {
		if (test.details.error?.failureType === 'subtestsFailed') return;
		file.failed++;
		file.notes.push(`✖ ${test.name}\n${indent(explain(test.details.error))}`);
	} else if (test.details.type !== 'suite') file.passed++;
}

/** A file has a result of its own when its tests cannot speak for it: it did not load, did not end, or has none. */
function noteFile(file, passed, result) {
	file.failed++;
	file.notes.push(passed ? '✖ holds no test' : `✖ ${explain(result.details.error)}`);
}

/** What a test says with `t.diagnostic` is shown; what outlives its test is a failure. */
function noteDiagnostic(file, message) {
	const late = message.includes('asynchronous activity after the test ended');
	if (late) file.failed++;
	file.notes.push(`${late ? '✖' : 'ℹ'} ${message}`);
}

function close(file, path, durations, counts) {
	if (path === '' && file.notes.length === 0) return '';
	counts.passed += file.passed;
	counts.failed += file.failed;
	const name = relative(process.cwd(), path) || 'node --test';
	counts.skips.push(...file.skips.map((skip) => `${name}: ${skip}`));
	const figures = [`${file.passed} passed`];
	if (file.failed > 0) figures.push(`${file.failed} FAILED`);
	if (file.skips.length > 0) figures.push(`${file.skips.length} skipped`);
	const lines = [`  ${name}: ${figures.join(', ')} (${Math.round(durations.get(path) ?? 0)} ms)`];
	for (const skip of file.skips) lines.push(indent(`- skipped ${skip}`));
	for (const note of file.notes) lines.push(indent(note));
	if (file.failed > 0 && file.output !== '') lines.push(indent(`output:\n${indent(file.output.trimEnd())}`));
	return `${lines.join('\n')}\n`;
}

/** node:test wraps what a test threw; its frames tell nothing, and an assertion's message holds what it compared. */
function explain(error) {
	const cause = error?.cause ?? error;
	const compared = cause?.code === 'ERR_ASSERTION' && typeof cause.stack === 'string';
	const text = compared ? cause.stack : typeof cause === 'string' ? cause : inspect(cause, { depth: 8 });
	return text.replace(/\n +at [^\n]*\(?node:internal\/[^\n]*?(?=( \{)?(\n|$))/g, '');
}

function indent(text) {
	return text.replace(/^/gm, '    ');
}
