// Implements `npm test [-- SECTION [FILTER]]`: sets up the project and runs all sections, even after one has failed, or
// only the given one. FILTER is a part of the paths of the test files to run.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { checkFormat } from './format.mjs';
import { inRoot, runNode, tools } from './run.mjs';
import { setup } from './setup.mjs';
import { runTestFiles } from './test-files.mjs';

/** @typedef {import('./test-files.mjs').Counts} Counts */

const PACKAGE_TESTS = ['test/package.test.ts', 'test/workerd-bundle.test.ts'];

/** Tests that start servers run one at a time: they measure memory, and a starved server would fail them. */
const STARTS_SERVERS = /^test\/(interop\/|differential\/|support\/servers)/;

const IN_RUNTIMES = /^test\/runtimes\//;

/** `dist`: the section needs the built package. */
const sections = {
	format: { title: 'Formatting and lint', dist: false, run: checkStyle },
	types: { title: 'Types', dist: false, run: checkTypes },
	specs: { title: 'Engine specs', dist: false, run: runSpecs },
	unit: { title: 'Unit and scenario tests', dist: false, run: runUnitTests },
	interop: { title: 'Interop tests', dist: true, run: runInteropTests },
	runtimes: { title: 'The package in every runtime', dist: true, run: runRuntimeTests },
	generated: { title: 'Generated files are up to date', dist: false, run: checkGenerated },
	crossings: { title: 'A warm request runs through few files and functions', dist: false, run: checkCrossings },
	package: { title: 'The package as it ships', dist: true, run: runPackageTests },
};

const [wanted, filter = ''] = process.argv.slice(2);
if (wanted !== undefined && !(wanted in sections)) {
	console.error(`No section ${wanted}: there are ${Object.keys(sections).join(', ')}`);
	process.exit(2);
}
await main(wanted === undefined ? Object.keys(sections) : [wanted]);

async function main(names) {
	const results = [await time('setup', 'Setup', () => prepare(names.some((name) => sections[name].dist)))];
	for (const name of names) results.push(await time(name, sections[name].title, sections[name].run));
	summarise(results);
}

async function prepare(dist) {
	await setup({ dist });
	return counts(0, 0);
}

async function time(name, title, run) {
	console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}`);
	const begun = performance.now();
	let result = counts(0, 1);
	try {
		result = await run();
	} catch (error) {
		console.log(error);
	}
	const seconds = (performance.now() - begun) / 1000;
	console.log(`${name}: ${describe(result)} in ${seconds.toFixed(1)} s`);
	return { name, seconds, ...result };
}

function summarise(results) {
	const skips = results.flatMap((result) => result.skips);
	const sum = results.reduce(
		(total, { passed, failed }) => counts(total.passed + passed, total.failed + failed),
		counts(),
	);
	console.log(`\n── Summary ${'─'.repeat(69)}`);
	for (const { name, seconds, ...result } of results) {
		const mark = result.failed > 0 ? '✖' : '✔';
		console.log(`${mark} ${name.padEnd(10)} ${`${seconds.toFixed(1)} s`.padStart(8)}   ${describe(result)}`);
	}
	if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join('\n')}`);
	console.log(`\n${describe({ ...sum, skips })}`);
	process.exitCode = sum.failed > 0 ? 1 : 0;
}

async function checkStyle() {
	const { passed, output } = await checkFormat();
	if (!passed) console.log(`${output}\n\`npm run format\` fixes most of this.`);
	return counts(Number(passed), Number(!passed));
}

async function checkTypes() {
	const main = await compile('tsconfig.json', () => true);
	const scripts = await compile('scripts/tsconfig.json', () => true);
	const session = await compile(
		'tsconfig.session.json',
		(line) => line.startsWith('src/session/') || /^error/.test(line),
	);
	return counts(main + scripts + session, 3 - main - scripts - session);
}

/** Returns 1 if there is no relevant diagnostic, otherwise 0. */
async function compile(project, isRelevant) {
	const { code, output } = await runNode([tools.tsc, '--pretty', 'false', '-p', project], { capture: true });
	if (code === 0) return 1;
	const diagnostics = output.split(/\r?\n(?=\S)/).filter(isRelevant);
	if (diagnostics.length === 0 && output.includes('error TS')) return 1;
	console.log(`${project}:\n${diagnostics.join('\n') || output}`);
	return 0;
}

/** Runs without optimisation, with coverage, and as it ships, both at once because they are compiled separately. */
async function runSpecs() {
	const [plain, optimised] = await Promise.all([
		runSpecsAt('without optimisation', 'as-pect.asconfig.json', { COVERAGE: '1' }),
		runSpecsAt('with -O3', 'as-pect.optimized.asconfig.json', { COVERAGE: '' }),
	]);
	return counts(plain.passed + optimised.passed, plain.failed + optimised.failed);
}

async function runSpecsAt(level, asconfig, env) {
	const folder = 'assembly/__tests__';
	const args = [tools.asPect, '-c', `${folder}/as-pect.config.js`, '-a', `${folder}/${asconfig}`, '--summary'];
	const { code, output: coloured } = await runNode(args, { capture: true, env });
	const output = stripVTControlCharacters(coloured);
	const [, passed = '0', all = '0'] = /\[Tests\]: (\d+) \/ (\d+)/.exec(output) ?? [];
	const failed = Number(all) - Number(passed);
	const complete = code === 0 && failed === 0 && all !== '0';
	console.log(`${level}: ${passed} of ${all} passed`);
	if (!complete) console.log(output);
	else if (output.includes('┌')) console.log(output.slice(output.indexOf('┌'), output.lastIndexOf('┘') + 1));
	return { passed: Number(passed), failed: complete ? 0 : Math.max(failed, 1) };
}

function runUnitTests() {
	const elsewhere = (file) => STARTS_SERVERS.test(file) || IN_RUNTIMES.test(file) || PACKAGE_TESTS.includes(file);
	const files = testFiles().filter((file) => !elsewhere(file));
	return runNodeTests(files, availableParallelism(), 300_000);
}

function runInteropTests() {
	return runNodeTests(
		testFiles().filter((file) => STARTS_SERVERS.test(file)),
		1,
		300_000,
	);
}

/** Each file starts processes of its own, as many as it needs. They take 4 minutes on two quiet cores. */
function runRuntimeTests() {
	return runNodeTests(
		testFiles().filter((file) => IN_RUNTIMES.test(file)),
		1,
		1_500_000,
	);
}

function runPackageTests() {
	return runNodeTests(
		testFiles().filter((file) => PACKAGE_TESTS.includes(file)),
		1,
		300_000,
	);
}

/** @returns {Promise<Counts>} */
async function runNodeTests(candidates, concurrency, timeout) {
	const files = candidates.filter((file) => file.includes(filter));
	if (files.length === 0) return counts(0, filter === '' ? 0 : 1);
	return runTestFiles(files, { concurrency, timeout });
}

/** Lists the test files, because Node 20 does not expand patterns. */
function testFiles() {
	return readdirSync(inRoot('test'), { recursive: true })
		.map((name) => `test/${String(name).replaceAll('\\', '/')}`)
		.filter((file) => file.endsWith('.test.ts'))
		.sort();
}

/** Runs every generator with --check, which compares its output with the committed file. */
async function checkGenerated() {
	const generators = readdirSync(inRoot('scripts')).filter((name) => /^generate-.*\.mjs$/.test(name));
	let passed = 0;
	for (const generator of generators) {
		const { code, output } = await runNode([`scripts/${generator}`, '--check'], { capture: true });
		if (code === 0) passed++;
		else console.log(`${output}\`node scripts/${generator}\` updates the files.`);
	}
	return counts(passed, generators.length - passed);
}

async function checkCrossings() {
	const { code, output } = await runNode(['scripts/crossings.mjs', '--check'], { capture: true });
	console.log(code === 0 ? output.match(/^.*limits: .*$/gm)?.join('\n') : output);
	return counts(Number(code === 0), Number(code !== 0));
}

/** @returns {Counts} */
function counts(passed = 0, failed = 0) {
	return { passed, failed, skips: [] };
}

function describe({ passed, failed, skips }) {
	return `${passed} passed, ${failed} failed, ${skips.length} skipped`;
}
