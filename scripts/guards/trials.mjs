// Runs test files in the instrumented tree: to record which guards take effect in each, and with one guard removed.
// Results are appended to files in build/guards, so that a run that was ended goes on where it was.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { inRoot } from '../run.mjs';
import { compiledPath, tree } from './tree.mjs';

/** @typedef {import('./find.mjs').Guard} Guard */
/**
 * What one test file does without a removal. `guards` has, for each source in which guards took effect, their keys.
 * @typedef {{ test: string, digest: string, passed: boolean, seconds: number, fired: string[], known: Record<string, string> }} Recording
 */
/**
 * `ran` has the tests that ran without the guard; the last one failed, unless it `survived`.
 * @typedef {{ key: string, outcome: 'noticed' | 'survived', ran: string[], title: string, timedOut: boolean, digest: string }} Result
 */

const folder = inRoot('build/guards');
const RECORDINGS = `${folder}/recordings.jsonl`;
const RESULTS = `${folder}/results.jsonl`;

/** In milliseconds: what a test file may take beyond five times what it took without a removal. */
const GRACE = 20_000;
const LONGEST = 300_000;

/** Tests of the project's own text and tools, of the built package, and with real servers, which take long. */
const NOT_RUN =
	/^test\/(bench|differential|interop|runtimes|scripts|simulation|soak|torture)\/|^test\/(architecture|documents|examples|package|porting|titles|workerd-bundle)\.test\.ts$|^test\/support\/(servers|source-text)\.test\.ts$|^test\/hyper\/package/;

const children = new Set();
process.on('exit', () => {
	for (const child of children) end(child);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The test files that may notice a removal. */
export function testFiles() {
	return readdirSync(`${tree}/test`, { recursive: true })
		.map((name) => `test/${String(name).replaceAll('\\', '/')}`)
		.filter((file) => file.endsWith('.test.ts') && !NOT_RUN.test(file))
		.sort();
}

export function forget() {
	for (const file of [RECORDINGS, RESULTS]) rmSync(file, { force: true });
}

/** @returns {Map<string, Recording>} by test file */
export function readRecordings() {
	return new Map(readLines(RECORDINGS).map((recording) => [recording.test, recording]));
}

/** @returns {Map<string, Result>} by the key of the guard */
export function readResults() {
	return new Map(readLines(RESULTS).map((result) => [result.key, result]));
}

/**
 * @param {string} test
 * @param {readonly Guard[]} guards
 * @param {Record<string, string>} known the digest of the guards of each source
 * @returns {Promise<Recording>}
 */
export async function record(test, guards, known) {
	const log = `${folder}/fired-${process.pid}-${test.replaceAll('/', '-')}`;
	const begun = performance.now();
	const { code } = await run(test, LONGEST, { HYPER_GUARDS_LOG: log });
	const seconds = (performance.now() - begun) / 1000;
	const numbers = existsSync(log) ? new Set(readFileSync(log, 'utf8').trim().split('\n')) : new Set();
	rmSync(log, { force: true });
	const fired = [...numbers].map((number) => guards[Number(number)]?.key).filter((key) => key !== undefined);
	const recording = { test, digest: digestOf(test), passed: code === 0, seconds, fired, known };
	appendFileSync(RECORDINGS, `${JSON.stringify(recording)}\n`);
	return recording;
}

/**
 * Runs the tests without the guard, up to the first that fails.
 * @param {Guard} guard
 * @param {number} number
 * @param {readonly Recording[]} recordings
 * @returns {Promise<Result>}
 */
export async function tryWithout(guard, number, recordings) {
	/** @type {Result} */
	const result = { key: guard.key, outcome: 'survived', ran: [], title: '', timedOut: false, digest: '' };
	for (const { test, seconds } of recordings) {
		result.ran.push(test);
		const timeout = Math.min(LONGEST, seconds * 5000 + GRACE);
		const { code, output, timedOut } = await run(test, timeout, { HYPER_GUARD: String(number) });
		if (code === 0) continue;
		const title = /^failed: (.*)$/m.exec(output)?.[1] ?? 'the file';
		Object.assign(result, { outcome: 'noticed', title, timedOut, digest: resultDigest(guard, test) });
		break;
	}
	appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
	return result;
}

/** Whether the result is still that of this guard: neither its source nor the test that noticed has changed. */
export function isCurrent(result, guard) {
	return result?.outcome === 'noticed' && result.digest === resultDigest(guard, result.ran.at(-1) ?? '');
}

function resultDigest({ file }, test) {
	return digestOf(file) + digestOf(test);
}

/** @type {Map<string, string>} */
const digests = new Map();

/** The digest of a file of the project. */
export function digestOf(file) {
	const known = digests.get(file);
	if (known !== undefined) return known;
	const path = inRoot(file);
	const digest = existsSync(path) ? shortDigest(readFileSync(path)) : '';
	digests.set(file, digest);
	return digest;
}

export function shortDigest(data) {
	return createHash('sha256').update(data).digest('base64url').slice(0, 10);
}

/**
 * Runs a test file in a process group of its own, which is ended as a whole.
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>}
 */
function run(test, timeout, env) {
	return new Promise((resolve, reject) => {
		const conditions = ['--conditions=guards', '--conditions=hyper-wasm-source'];
		const reporter = `--test-reporter=${inRoot('scripts/guards/first-failure.mjs')}`;
		const child = spawn(process.execPath, [...conditions, reporter, compiledPath(test)], {
			cwd: tree,
			env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
			stdio: ['ignore', 'pipe', 'ignore'],
			detached: true,
		});
		children.add(child);
		let output = '';
		let timedOut = false;
		child.stdout.on('data', (chunk) => {
			output = (output + chunk).slice(-10_000);
		});
		const timer = setTimeout(() => {
			timedOut = true;
			end(child);
		}, timeout);
		child.on('error', reject);
		child.on('exit', (code) => {
			clearTimeout(timer);
			children.delete(child);
			end(child);
			child.stdout.destroy();
			resolve({ code: code ?? 1, output, timedOut });
		});
	});
}

/** Ends what is left of the group. @param {import('node:child_process').ChildProcess} child */
function end({ pid }) {
	if (pid === undefined) return;
	try {
		process.kill(-pid, 'SIGKILL');
	} catch (error) {
		if (error.code !== 'ESRCH') throw error;
	}
}

function readLines(file) {
	if (!existsSync(file)) return [];
	// The last line may be incomplete.
	const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
	return lines.map((line) => JSON.parse(line));
}
