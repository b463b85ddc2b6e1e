// Compiles Go programs without network access: Debian packages the sources of golang.org/x/net.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packages = '/usr/share/gocode';

/** Is there if Debian's package of golang.org/x/net is installed. */
export const X_NET: string = `${packages}/src/golang.org/x/net/http2/h2c/h2c.go`;

/** By source: callers of one process share a build. */
const builds = new Map<string, Promise<string>>();

/** Returns the path of the program. Takes five seconds once; the program is cached in build/ by the hash of its source. */
export function buildGoProgram(command: string, source: string, name: string): Promise<string> {
	const running = builds.get(source) ?? build(command, source, name);
	builds.set(source, running);
	return running;
}

async function build(command: string, source: string, name: string): Promise<string> {
	const folder = fileURLToPath(new URL('../../build/', import.meta.url));
	const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
	const program = join(folder, `${name}-${hash}`);
	if (existsSync(program)) return program;
	mkdirSync(folder, { recursive: true });
	const made = `${program}.${process.pid}`;
	const env = { ...process.env, GO111MODULE: 'off', GOPATH: packages, GOFLAGS: '' };
	await promisify(execFile)(command, ['build', '-o', made, source], { env });
	renameSync(made, program);
	return program;
}
