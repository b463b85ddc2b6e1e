// `npm run crossings [-- --check] [--json]`: lists the source files and functions that one warm request runs through,
// counted by V8's precise coverage. That is what one has to read to follow a request. With --check it fails above the
// limits.
//
// The sources are compiled file by file to build/crossings, because a bundle hides which file a function is from. The
// server runs in its own thread, so its work is not counted.

import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { inRoot, runNode, tools } from './run.mjs';
import { setup } from './setup.mjs';

/** @typedef {{ name: string, calls: number }} CalledFunction */
/** @typedef {{ file: string, functions: CalledFunction[] }} CrossedFile */
/** @typedef {{ files: number, functions: number }} Totals */

const folder = inRoot('build/crossings');
const WARM_UP_REQUESTS = 50;
/** Each request is counted separately and the median is printed, because a timer may run during one of them. */
const COUNTED_REQUESTS = 9;
/** V8's name for the initializers of a class's fields, which run with its constructor. */
const FIELD_INITIALIZERS = '<instance_members_initializer>';
const CHUNK = new Uint8Array(1000);

const cases = [
	{ name: 'HTTP/2 GET', connection: 'HTTP20Connection', request: get, limits: { files: 30, functions: 124 } },
	{ name: 'HTTP/1.1 GET', connection: 'HTTP11Connection', request: get, limits: { files: 20, functions: 90 } },
	{ name: 'HTTP/2 POST of 10 chunks', connection: 'HTTP20Connection', request: post, limits: null },
];

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, json: { type: 'boolean' } } });
await main();

async function main() {
	await setup({ dist: false });
	await compile();
	const coverage = await startCoverage();
	const hyper = await import(pathToFileURL(`${folder}/src/index.js`).href);
	const server = new Worker(new URL('./crossings-server.mjs', import.meta.url));
	const { port, ca } = await new Promise((resolve) => server.once('message', resolve));
	const results = [];
	for (const { name, connection, request, limits } of cases) {
		const conn = new hyper[connection](`https://localhost:${port}`, { tls: { ca } });
		const files = await crossedFiles(coverage, conn, request);
		await conn.close();
		results.push({ name, limits, totals: totalsOf(files), files });
	}
	await server.terminate();
	if (options.json) console.log(JSON.stringify(results));
	else for (const result of results) print(result);
	if (options.check && results.some(({ totals, limits }) => isAbove(totals, limits))) process.exitCode = 1;
}

async function get(conn) {
	const response = await conn.roundTrip('GET', '/path?query');
	await response.text();
}

async function post(conn) {
	const response = await conn.roundTrip('POST', '/path?query', { body: Array.from({ length: 10 }, () => CHUNK) });
	await response.text();
}

/** Writes a package.json too, so that `#runtime` and `#wasm` resolve to the compiled files. */
async function compile() {
	rmSync(folder, { recursive: true, force: true });
	const flags = ['--outDir', folder, '--declarationDir', folder];
	const { code } = await runNode([tools.tsc, '-p', 'tsconfig.build.json', ...flags]);
	if (code !== 0) throw new Error('Cannot compile the sources: tsc failed');
	for (const file of ['wasm.js', 'engine.wasm']) copyFileSync(inRoot('build', file), `${folder}/${file}`);
	const imports = { '#runtime': './src/runtime/node/node.js', '#wasm': './wasm.js' };
	writeFileSync(`${folder}/package.json`, JSON.stringify({ type: 'module', imports }));
}

/** Must be called before the sources are loaded: V8 counts only functions that it has compiled since. */
async function startCoverage() {
	const session = new Session();
	session.connect();
	await session.post('Profiler.enable');
	await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
	return session;
}

/** Returns the files of the median request. */
async function crossedFiles(coverage, conn, request) {
	for (let i = 0; i < WARM_UP_REQUESTS; i++) await request(conn);
	const counted = [];
	for (let i = 0; i < COUNTED_REQUESTS; i++) {
		await coverage.post('Profiler.takePreciseCoverage');
		await request(conn);
		const { result } = await coverage.post('Profiler.takePreciseCoverage');
		counted.push(calledFiles(result));
	}
	counted.sort((a, b) => totalsOf(a).functions - totalsOf(b).functions);
	return counted[COUNTED_REQUESTS >> 1];
}

/** @returns {CrossedFile[]} */
function calledFiles(scripts) {
	const sources = pathToFileURL(`${folder}/src/`).href;
	return scripts
		.filter(({ url }) => url.startsWith(sources))
		.map(({ url, functions }) => {
			const code = readFileSync(new URL(url), 'utf8');
			const called = functions
				.map(({ functionName, ranges: [{ startOffset, endOffset, count }] }) => ({
					name: functionName || excerpt(code.slice(startOffset, endOffset)),
					calls: count,
				}))
				.filter(({ name, calls }) => calls > 0 && name !== FIELD_INITIALIZERS);
			return { file: `src/${url.slice(sources.length).replace(/\.js$/, '.ts')}`, functions: called };
		})
		.filter(({ functions }) => functions.length > 0)
		.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Names a function that has no name by the beginning of its code. */
function excerpt(code) {
	const line = code.replace(/\s+/g, ' ');
	return line.length > 50 ? `${line.slice(0, 49)}…` : line;
}

/** @returns {Totals} */
function totalsOf(files) {
	return { files: files.length, functions: files.reduce((sum, { functions }) => sum + functions.length, 0) };
}

function isAbove(totals, limits) {
	return limits !== null && (totals.files > limits.files || totals.functions > limits.functions);
}

function print({ name, limits, totals, files }) {
	const calls = files.flatMap(({ functions }) => functions).reduce((sum, each) => sum + each.calls, 0);
	for (const { file, functions } of files) {
		const list = functions.map((each) => (each.calls === 1 ? each.name : `${each.name} ×${each.calls}`));
		console.log(`  ${file} (${functions.length})\n      ${list.join(', ')}`);
	}
	const limit = limits === null ? '' : ` (limits: ${limits.files} files, ${limits.functions} functions)`;
	console.log(`${name}: ${totals.files} files, ${totals.functions} functions, ${calls} calls${limit}\n`);
}
