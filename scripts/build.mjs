// Builds the engine (build/engine.wasm) and the package (dist/). scripts/setup.mjs calls it when an output is stale,
// `npm run build` always.
//   build/engine.wasm, build/wasm.js      the engine, and its loader for sources and tests (condition `hyper-wasm-source`)
//   dist/wasm.inline.js, wasm.workerd.js  the engine for most platforms, and for those that cannot compile bytes
//   dist/*.js, dist/chunks, dist/types    bundles with shared chunks, and declarations
//   dist/commonjs                         the same libraries for tools that cannot require() ES modules, such as Jest

import {
	chmodSync,
	copyFileSync,
	cpSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { inRoot, runNode, tools } from './run.mjs';

const MADE_BY = '// Made by scripts/build.mjs.';

/** Every library that the package exports. */
const libraries = ['index', 'hpack', 'frames', 'testing', 'trace'];

/** Every module that can be imported or started, by its path in dist/. */
const entryPoints = {
	...Object.fromEntries(libraries.map((name) => [name, `build/js/src/${name}.js`])),
	cli: 'build/js/src/cli/main.js',
	'runtime/node': 'build/js/src/runtime/node/node.js',
	'runtime/workerd': 'build/js/src/runtime/workerd/workerd.js',
};

const declaration = `${MADE_BY}

/** Compiles the engine at the first call. Later calls return the same module. */
export declare function loadEngine(): WebAssembly.Module;
`;

/** Compiles AssemblyScript to build/engine.wasm, and checks that it has no imports and that its memory cannot grow. */
export async function buildEngine() {
	const begun = new Date();
	mkdirSync(inRoot('build'), { recursive: true });
	await mustRun('the engine', tools.asc, '--config', 'asconfig.json');
	const size = checkEngine(readFileSync(inRoot('build/engine.wasm')));
	const source = `${MADE_BY} Loads the engine for sources and tests (import condition \`hyper-wasm-source\`).

import { readFileSync } from 'node:fs';

let module;

export function loadEngine() {
	module ??= new WebAssembly.Module(readFileSync(new URL('./engine.wasm', import.meta.url)));
	return module;
}
`;
	writeFileSync(inRoot('build/wasm.js'), source);
	writeFileSync(inRoot('build/wasm.d.ts'), declaration);
	utimesSync(inRoot('build/engine.wasm'), begun, begun);
	console.log(`Built the engine: ${size} bytes`);
}

function checkEngine(bytes) {
	const module = new WebAssembly.Module(bytes);
	const imports = WebAssembly.Module.imports(module).map((wanted) => `${wanted.module}.${wanted.name}`);
	if (imports.length > 0) throw new Error(`The engine must not have imports, but imports ${imports.join(', ')}`);
	const memory = /** @type {WebAssembly.Memory | undefined} */ (new WebAssembly.Instance(module).exports.memory);
	if (memory === undefined) throw new Error('The engine must export its memory');
	if (canGrow(memory)) throw new Error('The memory of the engine must not be able to grow');
	return bytes.length;
}

function canGrow(memory) {
	try {
		memory.grow(1);
		return true;
	} catch (error) {
		if (error instanceof RangeError) return false;
		throw error;
	}
}

/** Compiles TypeScript to build/ and bundles it to dist/. A failed build leaves the old dist/ in place. */
export async function buildDist() {
	const begun = new Date();
	for (const stale of ['build/js', 'build/types', 'build/dist', 'build/dist.old']) remove(stale);
	mkdirSync(inRoot('build/dist'), { recursive: true });
	await mustRun('the sources', tools.tsc, '-p', 'tsconfig.build.json');
	await bundle();
	writeEngineModules();
	await bundleCommonJS();
	cpSync(inRoot('build/types'), inRoot('build/dist/commonjs/types'), { recursive: true });
	renameSync(inRoot('build/types'), inRoot('build/dist/types'));
	utimesSync(inRoot('build/dist/index.js'), begun, begun);
	moveIntoPlace();
	console.log('Built dist/');
}

async function bundle() {
	await runBundler({
		entryPoints,
		outdir: 'build/dist',
		chunkNames: 'chunks/[name]-[hash]',
		splitting: true,
		format: 'esm',
		external: ['#wasm', '#runtime'],
	});
	const cli = inRoot('build/dist/cli.js');
	const code = readFileSync(cli, 'utf8');
	if (!code.startsWith('#!')) writeFileSync(cli, `#!/usr/bin/env node\n${code}`);
	chmodSync(cli, 0o755);
}

/**
 * One bundle, so that the libraries share their state and classes, and a module for each library. The folder says
 * that its modules and declarations are CommonJS, where the package says that they are not.
 */
async function bundleCommonJS() {
	const folder = 'build/dist/commonjs';
	const contents = libraries.map((name) => `export * as ${name} from './build/js/src/${name}.js';`).join('\n');
	await runBundler({
		stdin: { contents, resolveDir: inRoot() },
		outfile: `${folder}/bundle.js`,
		format: 'cjs',
		alias: { '#wasm': './build/dist/wasm.inline.js', '#runtime': './build/js/src/runtime/node/node.js' },
	});
	for (const name of libraries) {
		writeFileSync(inRoot(`${folder}/${name}.js`), `${MADE_BY}\n\nmodule.exports = require('./bundle.js').${name};\n`);
	}
	writeFileSync(inRoot(`${folder}/package.json`), '{ "type": "commonjs" }\n');
}

async function runBundler(options) {
	const { build } = await import('esbuild');
	const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
	await build({
		absWorkingDir: inRoot(),
		bundle: true,
		platform: 'neutral',
		target: 'es2022',
		charset: 'utf8',
		logLevel: 'warning',
		...options,
		external: [...Object.keys(manifest.dependencies), 'node:*', 'cloudflare:*', ...(options.external ?? [])],
	}).catch(() => {
		throw new Error('Cannot bundle the package: esbuild failed');
	});
}

function writeEngineModules() {
	const bytes = readFileSync(inRoot('build/engine.wasm'));
	const inline = `${MADE_BY}

const base64 =
	'${bytes.toString('base64')}';

let module;

export function loadEngine() {
	module ??= new WebAssembly.Module(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
	return module;
}
`;
	const workerd = `${MADE_BY} For platforms that cannot compile bytes: imports the engine as a module.

import module from './engine.wasm';

export function loadEngine() {
	return module;
}
`;
	copyFileSync(inRoot('build/engine.wasm'), inRoot('build/dist/engine.wasm'));
	writeFileSync(inRoot('build/dist/wasm.inline.js'), inline);
	writeFileSync(inRoot('build/dist/wasm.inline.d.ts'), declaration);
	writeFileSync(inRoot('build/dist/wasm.workerd.js'), workerd);
}

function moveIntoPlace() {
	try {
		renameSync(inRoot('dist'), inRoot('build/dist.old'));
	} catch (error) {
		if (error.code !== 'ENOENT') throw error;
	}
	renameSync(inRoot('build/dist'), inRoot('dist'));
	remove('build/dist.old');
}

function remove(path) {
	rmSync(inRoot(path), { recursive: true, force: true });
}

async function mustRun(what, ...args) {
	const { code } = await runNode(args);
	if (code !== 0) throw new Error(`Cannot build ${what}: ${args[0]} failed`);
}
