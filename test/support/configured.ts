// Starts an installed program with a configuration of the test, for what the servers of servers.ts do not offer: on free
// loopback ports, in a folder with the test certificates, until the test ends.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { testCertificates } from './certificates.ts';
import { findProgram, removeAtExit, startPrograms } from './servers/program.ts';

/** The folder of the program, with `ca.pem`, `cert.pem`, `key.pem` and the files that `configure` writes. */
export interface ProgramFolder<Port extends string> {
	folder: string;
	ports: Record<Port, number>;
	write(name: string, content: string): string;
	cert: string;
	key: string;
	ca: string;
}

/**
 * `configure` returns the arguments of the program. If it is not installed, marks the test as skipped and returns null, or
 * throws where servers are required.
 */
export async function startConfigured<Port extends string>(
	t: TestContext,
	program: string,
	portNames: readonly Port[],
	configure: (folder: ProgramFolder<Port>) => string[],
): Promise<{ ports: Record<Port, number>; folder: string } | null> {
	const command = findProgram(program);
	if (command === null) {
		if (process.env.CI === 'true' || process.env.HYPER_REQUIRE_SERVERS === '1') {
			throw new Error(`${program} is not installed`);
		}
		t.skip(`${program} is not installed`);
		return null;
	}
	const folder = mkdtempSync(join(tmpdir(), `hyper-${program}-`));
	const forget = removeAtExit(folder);
	const write = (name: string, content: string): string => {
		const path = join(folder, name);
		writeFileSync(path, content, { mode: 0o600 });
		return path;
	};
	const certificates = await testCertificates();
	const ca = write('ca.pem', certificates.ca);
	const cert = write('cert.pem', certificates.cert);
	const key = write('key.pem', certificates.key);
	const { ports, stop } = await startPrograms(portNames, (free) => [
		{
			command,
			args: configure({ folder, ports: free, write, ca, cert, key }),
			ports: Object.values(free),
			prefix: [],
			log: join(folder, 'stderr.log'),
		},
	]);
	t.after(async () => {
		await stop();
		rmSync(folder, { recursive: true, force: true });
		forget();
	});
	return { ports, folder };
}
