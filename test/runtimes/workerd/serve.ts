// Starts workerd with a worker of the tests, which is bundled as users bundle theirs: the conditions of package.json choose
// the package's files for workerd.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { testCertificates } from '../../support/certificates.ts';
import { removeAtExit, startPrograms } from '../../support/servers/program.ts';

export const PROGRAM = '@cloudflare/workerd-linux-64/bin/workerd';

export interface WorkerdOptions {
	/** The module whose default export handles requests. */
	readonly worker: URL;
	/** Default: 2026-01-01. */
	readonly compatibilityDate?: string;
	/** Whether the worker has modules of Node. */
	readonly nodejs?: boolean;
	/** Strings in the worker's `env`. */
	readonly bindings: Readonly<Record<string, string>>;
	/** A class that the worker exports, which is a Durable Object and has a namespace of its name in `env`. */
	readonly durableObject?: string;
}

export interface Workerd {
	/** The body of the worker's answer to GET; throws if its status is not 200. */
	get(path: string): Promise<string>;
	/** What workerd has written to standard error. */
	readLog(): string;
}

/** `modules` is the folder with the package of workerd. It trusts the CA of the tests only. */
export async function startWorkerd(t: TestContext, modules: string, options: WorkerdOptions): Promise<Workerd> {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-workerd-'));
	removeAtExit(folder);
	const { metafile } = await build({
		entryPoints: [fileURLToPath(options.worker)],
		outfile: join(folder, 'worker.js'),
		bundle: true,
		format: 'esm',
		target: 'es2022',
		conditions: ['workerd', 'worker'],
		external: ['cloudflare:*', 'node:*'],
		loader: { '.wasm': 'copy' },
		assetNames: '[name]',
		tsconfigRaw: {},
		metafile: true,
		logLevel: 'error',
	});
	const hasEngine = Object.keys(metafile.outputs).some((path) => path.endsWith('/engine.wasm'));
	writeFileSync(join(folder, 'ca.crt'), (await testCertificates()).ca);
	const log = join(folder, 'log');
	const { ports, stop } = await startPrograms(['http'], ({ http }) => {
		writeFileSync(join(folder, 'config.capnp'), configuration(options, http, hasEngine));
		const args = ['serve', join(folder, 'config.capnp')];
		return [{ command: join(modules, PROGRAM), args, ports: [http], prefix: [], log, background: true }];
	});
	t.after(stop);
	const readLog = (): string => readFileSync(log, 'utf8');
	return {
		async get(path) {
			const response = await fetch(`http://127.0.0.1:${ports.http}${path}`);
			const text = await response.text();
			if (response.status !== 200) throw new Error(`workerd answered with ${response.status}: ${text}\n${readLog()}`);
			return text;
		},
		readLog,
	};
}

function configuration(options: WorkerdOptions, port: number, hasEngine: boolean): string {
	const { compatibilityDate = '2026-01-01', nodejs = false, bindings, durableObject } = options;
	const all = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
	if (durableObject !== undefined) {
		all.push(`(name = "${durableObject}", durableObjectNamespace = "${durableObject}")`);
	}
	const objects = `durableObjectNamespaces = [(className = "${durableObject}", uniqueKey = "${durableObject}")],
			durableObjectStorage = (inMemory = void),`;
	return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	v8Flags = ["--expose-gc"],
	services = [
		(name = "main", worker = (
			modules = [
				(name = "worker.js", esModule = embed "worker.js"),
				${hasEngine ? '(name = "./engine.wasm", wasm = embed "engine.wasm"),' : ''}
			],
			compatibilityDate = "${compatibilityDate}",
			compatibilityFlags = [${nodejs ? '"nodejs_compat"' : ''}],
			bindings = [${all.join(', ')}],
			${durableObject === undefined ? '' : objects}
		)),
		(name = "internet", network = (
			allow = ["private"],
			tlsOptions = (trustBrowserCas = false, trustedCertificates = [embed "ca.crt"]),
		)),
	],
	sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}
