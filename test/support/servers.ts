// Starts real servers for tests and benchmarks on free loopback ports, with TLS and in plaintext, and stops them by
// process id. servers/<program>.ts has the configuration of each program.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type TestCertificates, testCertificates } from './certificates.ts';
import { apache } from './servers/apache.ts';
import { caddy } from './servers/caddy.ts';
import { documentRoot } from './servers/documents.ts';
import { go } from './servers/go.ts';
import { h2o } from './servers/h2o.ts';
import { haproxy } from './servers/haproxy.ts';
import { lighttpd } from './servers/lighttpd.ts';
import { nghttpd } from './servers/nghttpd.ts';
import { nghttpx } from './servers/nghttpx.ts';
import { nginx } from './servers/nginx.ts';
import { nodeHttp2 } from './servers/node-http2.ts';
import { sharedOrigin } from './servers/origin.ts';
import { findProgram, type Program, removeAtExit, startPrograms } from './servers/program.ts';
import type { Recipe, ServerFeature, ServerOptions } from './servers/recipe.ts';

export { addBigDocument, documentBytes, documentChunks, documentLength } from './servers/documents.ts';
export type { ServerFeature, ServerOptions } from './servers/recipe.ts';

export type ServerName =
	| 'apache'
	| 'caddy'
	| 'go'
	| 'h2o'
	| 'haproxy'
	| 'lighttpd'
	| 'nghttpd'
	| 'nghttpx'
	| 'nginx'
	| 'node-http2';

export interface RunningServer {
	readonly name: ServerName;
	readonly tls: { readonly port: number };
	/** HTTP/2 by prior knowledge. */
	readonly clear: { readonly port: number };
	/** HTTP/1.1 and the Upgrade to h2c, if the program has them. */
	readonly plain: { readonly port: number };
	/** The folder of documents. Read only, because all servers of the process share it. */
	readonly root: string;
	readonly certificates: TestCertificates;
	/** What this program supports, whether or not the options ask for it. */
	readonly features: ReadonlySet<ServerFeature>;
	/** Kills the processes, and with them all open connections. */
	stop(): Promise<void>;
}

const recipes: Readonly<Record<ServerName, Recipe>> = {
	...{ nghttpd, nginx, h2o, apache, nghttpx, caddy, haproxy, lighttpd, go },
	'node-http2': nodeHttp2,
};

export const serverNames: readonly ServerName[] = Object.keys(recipes) as ServerName[];

export function isInstalled(name: ServerName): boolean {
	const { command, needs = [] } = recipes[name];
	return findProgram(command) !== null && needs.every(existsSync);
}

/** What the program supports. */
export function serverFeatures(name: ServerName): ReadonlySet<ServerFeature> {
	return recipes[name].features;
}

/**
 * If the program is missing, marks the test as skipped and returns false, or throws where CI=true or
 * HYPER_REQUIRE_SERVERS=1. The test must return on false.
 */
export function requireServer(t: TestContext, name: ServerName): boolean {
	if (isInstalled(name)) return true;
	const reason = `${name} is not installed`;
	if (process.env.CI === 'true' || process.env.HYPER_REQUIRE_SERVERS === '1') throw new Error(reason);
	t.skip(reason);
	return false;
}

/** Resolves once the ports accept connections; rejects with the program's stderr if they do not. */
export async function startServer(name: ServerName, options: ServerOptions = {}): Promise<RunningServer> {
	const recipe = recipes[name];
	const found = findProgram(recipe.command);
	if (found === null) throw new Error(`${name} is not installed`);
	rejectUnsupported(name, recipe, options);

	const command = (await recipe.build?.(found)) ?? found;
	const origin = recipe.isProxy || options.origin ? await sharedOrigin() : null;
	const certificates = await testCertificates();
	const root = documentRoot();
	const run = mkdtempSync(join(tmpdir(), `hyper-${name}-`));
	const forget = removeAtExit(run);
	const remove = (): void => {
		rmSync(run, { recursive: true, force: true });
		forget();
	};
	mkdirSync(join(run, 'put'));
	const cert = join(run, 'cert.pem');
	const key = join(run, 'key.pem');
	writeFileSync(cert, certificates.cert);
	writeFileSync(key, certificates.key, { mode: 0o600 });

	const { ports, programs, stop } = await startPrograms(['tlsPort', 'clearPort', 'plainPort'], (free): Program[] =>
		recipe.programs({ run, root, cert, key, ...free, origin, options }).map((program, i) => ({
			...program,
			command,
			prefix: options.commandPrefix ?? [],
			log: join(run, `stderr-${i}.log`),
		})),
	).catch((error: unknown) => {
		remove();
		throw error;
	});

	return {
		name,
		tls: { port: ports.tlsPort },
		clear: { port: ports.clearPort },
		plain: {
			port: programs.some((program) => program.ports.includes(ports.plainPort)) ? ports.plainPort : ports.clearPort,
		},
		root,
		certificates,
		features: recipe.features,
		async stop() {
			await stop();
			remove();
		},
	};
}

function rejectUnsupported(name: ServerName, recipe: Recipe, options: ServerOptions): void {
	const wanted: [ServerFeature, boolean][] = [
		['max-concurrent-streams', options.maxConcurrentStreams !== undefined],
		['window', options.windowBits !== undefined],
		['goaway-after', options.goawayAfter !== undefined],
		['echo', options.echo === true],
		['trailers', options.trailers === true],
		['origin', options.origin === true],
	];
	for (const [feature, asked] of wanted) {
		if (asked && !recipe.features.has(feature)) throw new Error(`${name} does not support ${feature}`);
	}
}
