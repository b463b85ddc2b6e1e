// A minimal GET, bundled for a platform without Node built-ins where no WebAssembly may be compiled from bytes.

import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const worker = `
	import { HTTP20Connection } from 'hyper-wasm';

	export default {
		async fetch() {
			const connection = new HTTP20Connection('http://localhost:8080');
			const response = await connection.roundTrip('GET', '/');
			return new Response(await response.text());
		},
	};
`;

describe('bundle for workerd', () => {
	let metafile: Metafile;
	let code: string;

	before(async () => {
		const result = await build({
			absWorkingDir: root,
			stdin: { contents: worker, resolveDir: root, sourcefile: 'worker.js' },
			outdir: 'build/workerd',
			write: false,
			bundle: true,
			metafile: true,
			format: 'esm',
			platform: 'neutral',
			mainFields: ['module', 'main'],
			conditions: ['workerd', 'worker'],
			external: ['cloudflare:*', 'node:*', ...builtinModules],
			loader: { '.wasm': 'copy' },
			logLevel: 'silent',
		});
		metafile = result.metafile;
		code = result.outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? '';
	});

	test('a bundle for workerd contains the platform files for workerd', () => {
		const inputs = Object.keys(metafile.inputs);
		for (const wanted of ['dist/wasm.workerd.js', 'dist/engine.wasm', 'dist/runtime/workerd.js']) {
			assert.ok(inputs.includes(wanted), `${wanted} is not among ${inputs.join(', ')}`);
		}
		assert.deepEqual(
			inputs.filter((input) => /wasm\.inline|runtime\/node/.test(input)),
			[],
		);
	});

	test('a bundle for workerd imports no Node.js built-in: it finds those that workerd has at run time', () => {
		const outside = Object.values(metafile.outputs)
			.flatMap((output) => output.imports)
			.filter((imported) => imported.external && !imported.path.endsWith('.wasm'))
			.map((imported) => imported.path);
		assert.deepEqual([...new Set(outside)], ['cloudflare:sockets']);
		assert.deepEqual(findAll(/\brequire\s*\(|\bcreateRequire\b/g), []);
	});

	test('a bundle for workerd compiles no WebAssembly and evaluates no text', () => {
		assert.equal(findAll(/new WebAssembly\.Instance\(/g).length, 1);
		const compiling =
			/new WebAssembly\.Module\(|WebAssembly\.(compile|instantiate|validate)\w*|\beval\(|new Function\(/g;
		assert.deepEqual(findAll(compiling), []);
	});

	function findAll(pattern: RegExp): string[] {
		return code.match(pattern) ?? [];
	}
});
