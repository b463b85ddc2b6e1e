// Implements `npm run guards [-- PART ...]`: removes each guard of the sources in turn (guards/find.mjs) and runs the tests in
// which it takes effect, up to the first that fails. A guard whose removal no test notices is a survivor, and fails the run.
// PART selects guards by a part of their path, in the given order. --list only lists them; --tests PART runs only some tests; --jobs N; --fresh
// forgets the results of earlier runs.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { listGuards, makeTree } from './guards/tree.mjs';
import {
	digestOf,
	forget,
	isCurrent,
	readRecordings,
	readResults,
	record,
	shortDigest,
	testFiles,
	tryWithout,
} from './guards/trials.mjs';
import { unobservable } from './guards/unobservable.mjs';
import { setup } from './setup.mjs';

/** @typedef {import('./guards/find.mjs').Guard} Guard */

/** A guard that this many tests do not notice is a survivor. */
const MOST_TESTS = 12;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		list: { type: 'boolean' },
		fresh: { type: 'boolean' },
		tests: { type: 'string', default: '' },
		jobs: { type: 'string', default: String(availableParallelism()) },
	},
});
if (options.list) list(select(listGuards()));
else await main();

async function main() {
	await setup({ dist: false });
	if (options.fresh) forget();
	const guards = await makeTree();
	const wanted = select(guards);
	const known = digestsOf(guards);
	const recordings = await recordTests(guards, wanted, known);
	const results = readResults();
	/** @type {Guard[]} */
	const survivors = [];
	let count = 0;
	await inParallel(wanted, async (guard) => {
		const excuse = unobservable.get(guard.key);
		let result = results.get(guard.key);
		if (excuse === undefined && !isCurrent(result, guard)) {
			result = await tryWithout(guard, guards.indexOf(guard), candidates(guard, recordings, known));
			if (result.timedOut) console.log(`  ${nameOf(guard)}\n    its removal hangs ${result.ran.at(-1)}`);
		}
		if (++count % 50 === 0) console.log(`  ${count} of ${wanted.length} guards`);
		if (excuse !== undefined || result?.outcome === 'noticed') return;
		survivors.push(guard);
		console.log(`✖ ${nameOf(guard)}\n    ${describe(result?.ran ?? [])}`);
	});
	summarise(guards, wanted, survivors);
}

/** In the order of the given parts. */
function select(guards) {
	if (positionals.length === 0) return guards;
	return [...new Set(positionals.flatMap((part) => guards.filter(({ file }) => file.includes(part))))];
}

function describe(ran) {
	return ran.length === 0 ? 'takes effect in no test' : `not noticed by ${ran.join(', ')}`;
}

function nameOf({ file, line, kind, text }) {
	return `${file}:${line} ${kind}: ${text.length > 140 ? `${text.slice(0, 139)}…` : text}`;
}

/** Records the tests that have changed. */
async function recordTests(guards, wanted, known) {
	const recordings = readRecordings();
	// The tests of the command line start a process for each command, so only its own guards are tried with them.
	const usesProgram = wanted.some(({ file }) => file.startsWith('src/cli/'));
	const tests = testFiles().filter(
		(test) => test.includes(options.tests) && (usesProgram || !test.startsWith('test/cli/')),
	);
	const stale = tests.filter((test) => recordings.get(test)?.digest !== digestOf(test));
	if (stale.length > 0) console.log(`Recording ${stale.length} test files ...`);
	await inParallel(stale, async (test) => {
		const recording = await record(test, guards, known);
		recordings.set(test, recording);
		if (!recording.passed) console.log(`  ${test} fails with all guards in place, and is left out`);
	});
	return tests.map((test) => recordings.get(test)).filter((recording) => recording?.passed);
}

/** For each source, a digest of the keys of its guards. */
function digestsOf(guards) {
	/** @type {Record<string, string>} */
	const keys = {};
	for (const { file, key } of guards) keys[file] = `${keys[file] ?? ''}\n${key}`;
	return Object.fromEntries(Object.entries(keys).map(([file, list]) => [file, shortDigest(list)]));
}

/**
 * The recordings of tests in which the guard takes effect, or that ran its source before it had this guard: first the test of
 * its source, then its room's, then cheap ones.
 */
function candidates({ key, file }, recordings, known) {
	const mirror = mirrorOf(file);
	const room = mirror.slice(0, mirror.lastIndexOf('/') + 1);
	const cost = ({ test, seconds }) => (test === mirror ? 0 : test.startsWith(room) ? seconds / 4 : seconds);
	const reaches = ({ fired }) => fired.includes(key);
	const mayReach = ({ fired, known: before }) =>
		before[file] !== known[file] && fired.some((other) => other.startsWith(`${file} `));
	return recordings
		.filter(({ test }) => file.startsWith('src/cli/') || !test.startsWith('test/cli/'))
		.filter((recording) => reaches(recording) || mayReach(recording))
		.sort(
			(a, b) =>
				Number(b.test === mirror) - Number(a.test === mirror) ||
				Number(reaches(b)) - Number(reaches(a)) ||
				cost(a) - cost(b),
		)
		.slice(0, MOST_TESTS);
}

function mirrorOf(file) {
	if (file.startsWith('assembly/hpack/')) return 'test/codec/hpack/hostile-blocks.test.ts';
	if (file.startsWith('assembly/')) return 'test/codec/codec.test.ts';
	return file.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts');
}

async function inParallel(items, work) {
	const waiting = items.values();
	const worker = async () => {
		for (const item of waiting) await work(item);
	};
	await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
}

function list(guards) {
	for (const guard of guards) console.log(nameOf(guard));
	console.log(countKinds(guards));
}

function summarise(guards, wanted, survivors) {
	const excused = wanted.filter(({ key }) => unobservable.has(key));
	const keys = new Set(guards.map(({ key }) => key));
	const unknown = [...unobservable.keys()].filter((key) => !keys.has(key));
	for (const key of unknown) console.log(`✖ No guard has the name "${key}", which unobservable.mjs lists`);
	console.log(`${countKinds(wanted)}\n${excused.length} of them cannot be observed: see guards/unobservable.mjs`);
	console.log(`${wanted.length} guards, survivors ${survivors.length}`);
	process.exitCode = survivors.length + unknown.length > 0 ? 1 : 0;
}

function countKinds(guards) {
	/** @type {Record<string, number>} */
	const counts = {};
	for (const { kind } of guards) counts[kind] = (counts[kind] ?? 0) + 1;
	return Object.entries(counts)
		.map(([kind, count]) => `${count} ${kind}`)
		.join(', ');
}
