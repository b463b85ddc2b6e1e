// The package as users install it: packed, installed into an empty project, imported, required, type-checked and started.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { readSourceText } from './support/source-text.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
const specifiers = subpaths.map((subpath) => subpath.replace(/^\./, manifest.name));

/** The package's run-time dependencies, and theirs. */
function runtimeDependencies(): string[] {
	const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
	const packages = Object.entries(lock.packages as Record<string, { dev?: boolean; optional?: boolean }>);
	return packages
		.filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
		.map(([path]) => path.replace(/^node_modules\//, ''));
}

/** What `npm pack --json` reports about a tarball. */
interface Packed {
	filename: string;
	size: number;
	files: { path: string }[];
}

describe('package', () => {
	let folder: string;
	let packed: Packed;

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'hyper-package-'));
		packed = await pack(root, folder);
		const dependencies: Record<string, string> = { [manifest.name]: `file:${join(folder, packed.filename)}` };
		for (const name of runtimeDependencies()) {
			const { filename } = await pack(join(root, 'node_modules', name), folder);
			dependencies[name] = `file:${join(folder, filename)}`;
		}
		writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
		await npm(['install', '--offline', '--no-audit', '--no-fund', '--no-package-lock'], folder);
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	test('the package contains its code and its documents, and nothing else', (t) => {
		const foreign = packed.files
			.map(({ path }) => path)
			.filter(
				(path) =>
					!/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/[a-z]+\.md|dist\/.*(\.js|\.d\.ts|engine\.wasm|commonjs\/package\.json))$/.test(
						path,
					),
			);
		assert.deepEqual(foreign, []);
		t.diagnostic(`${packed.files.length} files, ${packed.size} bytes packed`);
	});

	test('the package imports all of its dependencies and nothing else', () => {
		const folder = join(root, 'dist');
		const imported = readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((file) => file.endsWith('.js'))
			.flatMap((file) => readSourceText(readFileSync(join(folder, file), 'utf8')).imports)
			.filter((specifier) => !/^(\.|#|node:|cloudflare:)/.test(specifier));
		assert.deepEqual([...new Set(imported)].sort(), Object.keys(manifest.dependencies).sort());
	});

	test('every export of the package can be imported and required, with the same names', async () => {
		const list = `Object.fromEntries(modules.map((module, i) => [specifiers[i], Object.keys(module).sort()]))`;
		const head = `const specifiers = ${JSON.stringify(specifiers)};`;
		const imported = await node(
			`${head} const modules = []; for (const name of specifiers) modules.push(await import(name));
			console.log(JSON.stringify(${list}));`,
			['--input-type=module'],
		);
		const required = await node(
			`${head} const modules = specifiers.map((name) => require(name)); console.log(JSON.stringify(${list}));`,
			['--input-type=commonjs', '--no-warnings'],
		);
		assert.deepEqual(required, imported);
		for (const specifier of specifiers)
			assert.notEqual(imported[specifier]?.length ?? 0, 0, `${specifier} exports nothing`);
	});

	test('every export can be required where ES modules cannot be, with the same names', async () => {
		const code = `const modules = ${JSON.stringify(specifiers)}.map((name) => [name, Object.keys(require(name)).sort()]);
			console.log(JSON.stringify(Object.fromEntries(modules)));`;
		const inNode = await node(code, ['--input-type=commonjs', '--no-warnings']);
		const inJest = await node(code, ['--input-type=commonjs', '--no-experimental-require-module']);
		assert.deepEqual(inJest, inNode);
	});

	test('libraries that are required as CommonJS share their classes and speak HTTP/2', async () => {
		const code = `const { HTTP20Connection, HTTP20Response } = require('hyper-wasm');
			const { ScriptedPeer } = require('hyper-wasm/testing');
			const peer = new ScriptedPeer();
			peer.respondWith(({ method, path }) => ({ body: method + ' ' + path }));
			const conn = new HTTP20Connection('localhost', { transport: peer.transport });
			conn.roundTrip('GET', '/a').then(async (response) => {
				console.log(JSON.stringify([await response.text(), String(response instanceof HTTP20Response)]));
				await conn.close();
			});`;
		const said = await node(code, ['--input-type=commonjs', '--no-experimental-require-module']);
		assert.deepEqual(said, ['GET /a', 'true']);
	});

	test('the same classes come from import and from require', async () => {
		const code = `import { createRequire } from 'node:module';
			import * as imported from 'hyper-wasm';
			const required = createRequire(import.meta.url)('hyper-wasm');
			console.log(JSON.stringify(Object.keys(imported).filter((name) => imported[name] !== required[name])));`;
		assert.deepEqual(await node(code, ['--input-type=module', '--no-warnings']), []);
	});

	test('the types of the package need only what is installed with it', async () => {
		const lines = specifiers.map((specifier, i) => `import * as module${i} from '${specifier}';`);
		const consumer = `${lines.join('\n')}\nvoid [${lines.map((_, i) => `module${i}`)}];\n`;
		writeFileSync(join(folder, 'consumer.ts'), consumer);
		writeFileSync(join(folder, 'consumer.cts'), consumer);
		const compilers = { oldest: '@tsd/typescript/typescript', newest: 'typescript' };
		const projects = [
			[compilers.oldest, 'node16', ['--lib', 'es2022,dom,dom.iterable']],
			[compilers.newest, 'nodenext', ['--types', '']],
			[compilers.newest, 'nodenext', ['--types', 'node', '--lib', 'es2022']],
		] as const;
		for (const [compiler, module, options] of projects) {
			await run(process.execPath, [
				...[join(root, 'node_modules', compiler, 'bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', 'false'],
				...['--target', 'es2022', '--module', module, '--typeRoots', join(root, 'node_modules/@types')],
				...[...options, 'consumer.ts', 'consumer.cts'],
			]);
		}
	});

	test('the command of the package starts', async () => {
		const { stdout } = await run(join(folder, 'node_modules/.bin/hyper'), ['--version']);
		assert.ok(stdout.includes(manifest.version), stdout);
	});

	test('publint reports nothing about the package', async () => {
		const pkgDir = join(folder, 'node_modules', manifest.name);
		const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
		assert.deepEqual(
			messages.map((message) => formatMessage(message, pkg, { color: false })),
			[],
		);
	});

	test('the lock file names no registry', () => {
		assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"/);
	});

	/** Runs code in the project that has the package installed, and parses its output as JSON. */
	async function node(code: string, options: string[]): Promise<Record<string, string[]>> {
		const { stdout } = await run(process.execPath, [...options, '-e', code]);
		return JSON.parse(stdout);
	}

	/** Throws an error with the program's output if it fails. */
	async function run(command: string, args: string[]): Promise<{ stdout: string }> {
		try {
			return await promisify(execFile)(command, args, { cwd: folder });
		} catch (error) {
			const { stdout, stderr } = error as { stdout: string; stderr: string };
			throw new Error(`${command} ${args[0]} failed\n${stdout}${stderr}`, { cause: error });
		}
	}
});

/** Packs without running the package's scripts: `npm test` has built it. */
async function pack(source: string, target: string): Promise<Packed> {
	const { stdout } = await npm(['pack', source, '--json', '--ignore-scripts', '--pack-destination', target], target);
	return JSON.parse(stdout)[0];
}

function npm(args: string[], cwd: string): Promise<{ stdout: string }> {
	const started = process.env.npm_execpath;
	const [command, first] = started?.endsWith('.js') ? [process.execPath, [started]] : ['npm', []];
	return promisify(execFile)(command, [...first, ...args], { cwd });
}
