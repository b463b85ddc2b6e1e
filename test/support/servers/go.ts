// A server on Go's golang.org/x/net/http2, compiled from go/main.go without network access: Debian packages its sources.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Recipe } from './recipe.ts';

const packages = '/usr/share/gocode';

/** No `window`: it enforces its SETTINGS before clients can have received them, which resets early uploads. */
export const go: Recipe = {
	command: 'go',
	needs: [`${packages}/src/golang.org/x/net/http2/h2c/h2c.go`],
	features: new Set(['discard', 'echo', 'max-concurrent-streams', 'request-trailers', 'trailers']),
	build,

	programs({ root, cert, key, tlsPort, clearPort, options }) {
		const args = [`-root=${root}`, `-cert=${cert}`, `-key=${key}`];
		args.push(`-tls=127.0.0.1:${tlsPort}`, `-clear=127.0.0.1:${clearPort}`);
		if (options.maxConcurrentStreams !== undefined) args.push(`-streams=${options.maxConcurrentStreams}`);
		if (options.trailers) args.push('-trailers');
		return [{ args, ports: [tlsPort, clearPort] }];
	},
};

/** Takes five seconds once; the program is cached in build/ by the hash of its source. */
async function build(command: string): Promise<string> {
	const source = fileURLToPath(new URL('go/main.go', import.meta.url));
	const folder = fileURLToPath(new URL('../../../build/', import.meta.url));
	const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
	const program = join(folder, `go-server-${hash}`);
	if (existsSync(program)) return program;
	mkdirSync(folder, { recursive: true });
	const made = `${program}.${process.pid}`;
	const env = { ...process.env, GO111MODULE: 'off', GOPATH: packages, GOFLAGS: '' };
	await promisify(execFile)(command, ['build', '-o', made, source], { env });
	renameSync(made, program);
	return program;
}
