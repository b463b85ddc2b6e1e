// Runs test files, each in a process of its own, and prints a report of each when it has ended: failures in full and skips
// with their reason, each under its whole path (file > describe > title).

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { inRoot, runNode } from './run.mjs';

/** @typedef {import('./test-reporter.mjs').TestEvent} TestEvent */
/** @typedef {{ passed: number, failed: number, skips: string[] }} Counts */
/** @typedef {{ file: string, passed: number, failures: string[], skips: string[], notes: string[], output: string }} FileReport */

/**
 * `timeout` is in milliseconds per file.
 * @param {readonly string[]} files
 * @param {{ concurrency: number, timeout: number }} options
 * @returns {Promise<Counts>}
 */
export async function runTestFiles(files, { concurrency, timeout }) {
	const folder = inRoot(`build/test-${process.pid}`);
	mkdirSync(folder, { recursive: true });
	const total = { passed: 0, failed: 0, skips: /** @type {string[]} */ ([]) };
	const waiting = files.entries();
	const work = async () => {
		for (const [i, file] of waiting) {
			const begun = performance.now();
			const report = await runFile(file, `${folder}/${i}.jsonl`, timeout);
			console.log(format(report, performance.now() - begun));
			total.passed += report.passed;
			total.failed += report.failures.length;
			total.skips.push(...report.skips);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, work));
	rmSync(folder, { recursive: true });
	return total;
}

/** @returns {Promise<FileReport>} */
async function runFile(file, eventsFile, timeout) {
	const args = [
		...['--conditions=hyper-wasm-source', '--import', 'tsx'],
		...['--test-reporter=./scripts/test-reporter.mjs', `--test-reporter-destination=${eventsFile}`],
		file,
	];
	const { code, output, timedOut } = await runNode(args, { capture: true, timeout });
	const events = readEvents(eventsFile);
	const report = toReport(file, events, output);
	if (timedOut) report.failures.push(describeTimeout(file, events, timeout));
	else if (code !== 0 && report.failures.length === 0) report.failures.push(`${file}\nexited with ${code}`);
	else if (events.length === 0) report.failures.push(`${file}\nhas no tests`);
	return report;
}

/** Ignores a last line without an end, which a process that was killed may leave. @returns {TestEvent[]} */
function readEvents(file) {
	const lines = readIfExists(file).split('\n').slice(0, -1);
	return lines.map((line) => JSON.parse(line));
}

function readIfExists(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT') return '';
		throw error;
	}
}

/** Names the test that started last. */
function describeTimeout(file, events, timeout) {
	const last = events.findLast(({ type }) => type === 'start');
	return `${nameOf(file, last?.path ?? [])}\nwas running when the file was ended after ${timeout / 1000} s`;
}

/** @returns {FileReport} */
function toReport(file, events, output) {
	/** @type {FileReport} */
	const report = { file, passed: 0, failures: [], skips: [], notes: [], output };
	for (const { type, path, text } of events) {
		if (type === 'pass') report.passed++;
		else if (type === 'fail') report.failures.push(`${nameOf(file, path)}\n${text}`);
		else if (type === 'skip') report.skips.push(`${nameOf(file, path)}: ${text}`);
		else if (type === 'note') report.notes.push(text);
	}
	return report;
}

function nameOf(file, path) {
	return [file, ...path].join(' > ');
}

function format({ file, passed, failures, skips, notes, output }, duration) {
	const figures = [`${passed} passed`];
	if (failures.length > 0) figures.push(`${failures.length} FAILED`);
	if (skips.length > 0) figures.push(`${skips.length} skipped`);
	const lines = [`  ${file}: ${figures.join(', ')} (${Math.round(duration)} ms)`];
	for (const skip of skips) lines.push(indent(`- skipped ${skip}`));
	for (const note of notes) lines.push(indent(`ℹ ${note}`));
	for (const failure of failures) lines.push(indent(`✖ ${failure.replaceAll('\n', '\n    ')}`));
	if (failures.length > 0 && output !== '') lines.push(indent(`output:\n${indent(output.trimEnd())}`));
	return lines.join('\n');
}

function indent(text) {
	return text.replace(/^/gm, '    ');
}
