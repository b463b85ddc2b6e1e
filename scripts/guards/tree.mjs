// Makes build/guards/tree: a copy of the project whose guards have switches (switch.mjs), so that one copy serves every
// trial. The engine calls the same switch, by an import that it has only here.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { inRoot, root, runNode, tools } from '../run.mjs';
import { applyEdits, findGuards } from './find.mjs';

/** @typedef {import('./find.mjs').Guard} Guard */

export const tree = inRoot('build/guards/tree');

/** Folders of the sources that have guards. */
const SOURCES = ['assembly', 'src'];

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
	return sourceFiles().flatMap((file) => findGuards(file, read(file)).flatMap(({ guards }) => guards));
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
		write(file, `${applyEdits(code, findGuards(file, code), add)}${switchFor(file)}`);
	}
	await buildEngine();
	return guards;
}

function sourceFiles() {
	return SOURCES.flatMap((folder) =>
		readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })
			.filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
			.map((entry) => relative(root, `${entry.parentPath}/${entry.name}`).split(sep).join('/')),
	)
		.filter((file) => !file.includes('/__tests__/') && !file.startsWith('assembly/shared/'))
		.sort();
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
	const isSource = SOURCES.some((folder) => file.startsWith(`${folder}/`));
	if (isSource && !file.includes('/__tests__/') && !file.startsWith('assembly/shared/') && /(?<!\.d)\.ts$/.test(file)) return;
	const target = `${tree}/${file}`;
	const source = inRoot(file);
	const old = lstatSync(target, { throwIfNoEntry: false });
	if (old !== undefined && readFileSync(source).equals(readFileSync(target))) return;
	mkdirSync(dirname(target), { recursive: true });
	copyFileSync(source, target);
}

/** Removes files that the project no longer has. */
function removeOthers(files) {
	for (const folder of ['src', 'assembly', 'test']) {
		if (!existsSync(`${tree}/${folder}`)) continue;
		for (const entry of readdirSync(`${tree}/${folder}`, { withFileTypes: true, recursive: true })) {
			const file = relative(tree, `${entry.parentPath}/${entry.name}`).split(sep).join('/');
			if (entry.isFile() && !files.has(file)) rmSync(`${tree}/${file}`);
		}
	}
}

/** Writes only what has changed, and says whether it has. */
function write(file, code) {
	const path = `${tree}/${file}`;
	if (existsSync(path) && readFileSync(path, 'utf8') === code) return;
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, code);
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
