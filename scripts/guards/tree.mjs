// Makes build/guards/tree: a copy of the project whose guards have switches (switch.mjs), so that one copy serves every
// trial. The engine calls the same switch, by an import that it has only here. Sources and tests are also compiled to
// JavaScript, because loading TypeScript takes longer than most tests.

import { execFileSync } from 'node:child_process';
import {
	copyFileSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { transformSync } from 'esbuild';
import { inRoot, root, runNode, tools } from '../run.mjs';
import { applyEdits, findGuards } from './find.mjs';

/** @typedef {import('./find.mjs').Guard} Guard */

export const tree = inRoot('build/guards/tree');

/** Folders of the sources that have guards. */
const SOURCES = ['assembly', 'src'];
/** Runs only inside workerd, where test/runtimes/workerd tests it. */
const ELSEWHERE = 'src/runtime/workerd/';

/** In the engine, the functions that replace `min` and `max` have the switch of one argument. */
const ENGINE_SWITCH = `
// @ts-ignore: decorator
@external('guards', 'guard')
declare function $guard(number: i32): bool;

function $min<T>(number: i32, dropped: i32, a: T, b: T): T {
	const unbound = dropped == 0 ? b : a;
	const value = a < b ? a : b;
	return unbound != value && !$guard(number) ? unbound : value;
}

function $max<T>(number: i32, dropped: i32, a: T, b: T): T {
	const unbound = dropped == 0 ? b : a;
	const value = a > b ? a : b;
	return unbound != value && !$guard(number) ? unbound : value;
}
`;

/** Loads the engine as the built wasm.js does, and gives the switch to its instances. */
const LOADER = `
import { $guard as guard } from '../switch.mjs';

const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
	constructor(module, imports) {
		super(module, { ...imports, guards: { guard } });
	}
};
`;

/**
 * Lists the guards of all sources. The index of a guard is its number.
 * @returns {Guard[]}
 */
export function listGuards() {
	return sourceFiles().flatMap((file) => editsOf(file, read(file)).flatMap(({ guards }) => guards));
}

/** Makes the tree, or brings it up to date. Returns its guards. */
export async function makeTree() {
	mkdirSync(tree, { recursive: true });
	const files = projectFiles();
	removeOthers(new Set(files));
	for (const file of files) copyTo(file);
	if (!existsSync(`${tree}/node_modules`)) symlinkSync(inRoot('node_modules'), `${tree}/node_modules`, 'junction');
	copyFileSync(inRoot('scripts/guards/switch.mjs'), `${tree}/switch.mjs`);

	/** @type {Guard[]} */
	const guards = [];
	const add = (guard) => guards.push(guard) - 1;
	for (const file of sourceFiles()) {
		const code = read(file);
		write(file, `${applyEdits(code, editsOf(file, code), add)}${switchFor(file)}`);
	}
	compileChanged();
	linkCompiled();
	await buildEngine();
	return guards;
}

function editsOf(file, code) {
	return file.startsWith(ELSEWHERE) ? [] : findGuards(file, code);
}

function sourceFiles() {
	return filesIn(root, SOURCES).filter(isSource).sort();
}

function isSource(file) {
	return /^(src|assembly\/(?!shared\/|__tests__\/)).*(?<!\.d)\.ts$/.test(file);
}

/** Paths from `base`, with forward slashes. */
function filesIn(base, folders) {
	return folders.flatMap((folder) =>
		readdirSync(`${base}/${folder}`, { withFileTypes: true, recursive: true })
			.filter((entry) => entry.isFile())
			.map((entry) => relative(base, `${entry.parentPath}/${entry.name}`).split(sep).join('/')),
	);
}

/** At the end of the file, so that lines keep their numbers. */
function switchFor(file) {
	if (file.startsWith('assembly/')) return ENGINE_SWITCH;
	const up = '../'.repeat(file.split('/').length - 1);
	return `\nimport { $clamp, $guard } from '${up}switch.mjs';\n`;
}

/** What git tracks or would add. */
function projectFiles() {
	const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, maxBuffer: 1 << 26 });
	return list
		.toString()
		.split('\0')
		.filter((file) => file !== '' && existsSync(inRoot(file)));
}

function copyTo(file) {
	if (isSource(file) || file === 'package.json') return;
	const target = `${tree}/${file}`;
	const source = inRoot(file);
	const old = lstatSync(target, { throwIfNoEntry: false });
	if (old !== undefined && readFileSync(source).equals(readFileSync(target))) return;
	mkdirSync(dirname(target), { recursive: true });
	copyFileSync(source, target);
	if (isCompiled(file)) rmSync(compiledPath(target), { force: true });
}

/** @param {string} path */
export function compiledPath(path) {
	return path.replace(/\.ts$/, '.js');
}

function isCompiled(file) {
	return /^(src|test|assembly\/shared)\/.*(?<!\.d)\.ts$/.test(file);
}

function compileChanged() {
	for (const file of filesIn(tree, ['src', 'test', 'assembly/shared'])) {
		const path = `${tree}/${file}`;
		if (!isCompiled(file) || existsSync(compiledPath(path))) continue;
		const { code } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts', format: 'esm', target: 'es2022' });
		const imports = /(\b(?:from|import)\s*\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g;
		writeFileSync(compiledPath(path), code.replaceAll(imports, '$1"$2.js"'));
	}
}

/** Resolves `#runtime` to its compiled file under the condition `guards`. */
function linkCompiled() {
	const manifest = JSON.parse(read('package.json'));
	const runtime = manifest.imports['#runtime'];
	manifest.imports['#runtime'] = { guards: compiledPath(runtime['hyper-wasm-source']), ...runtime };
	writeFileSync(`${tree}/package.json`, JSON.stringify(manifest));
}

/** Removes files that the project no longer has. */
function removeOthers(files) {
	const folders = ['src', 'assembly', 'test'].filter((folder) => existsSync(`${tree}/${folder}`));
	for (const file of filesIn(tree, folders)) {
		if (!files.has(file) && !files.has(file.replace(/\.js$/, '.ts'))) rmSync(`${tree}/${file}`);
	}
}

/** Writes only what has changed. */
function write(file, code) {
	const path = `${tree}/${file}`;
	if (existsSync(path) && readFileSync(path, 'utf8') === code) return;
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, code);
	rmSync(compiledPath(path), { force: true });
	if (file.startsWith('assembly/')) rmSync(`${tree}/build/engine.wasm`, { force: true });
}

async function buildEngine() {
	mkdirSync(`${tree}/build`, { recursive: true });
	writeFileSync(`${tree}/build/wasm.js`, `${readFileSync(inRoot('build/wasm.js'), 'utf8')}${LOADER}`);
	copyFileSync(inRoot('build/wasm.d.ts'), `${tree}/build/wasm.d.ts`);
	if (existsSync(`${tree}/build/engine.wasm`)) return;
	const { code, output } = await runNode([tools.asc, '--config', 'asconfig.json'], { cwd: tree, capture: true });
	if (code !== 0) throw new Error(`Cannot build the engine with switches: ${output}`);
}

function read(file) {
	return readFileSync(inRoot(file), 'utf8');
}
