// Helpers of the interop tests: real servers that stop with their test, and our connections to them over TLS or in
// plaintext with prior knowledge.

import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { HTTP20Connection, type HTTP20ConnectionOptions } from '../../src/index.ts';
import { type RunningServer, requireServer, type ServerName, type ServerOptions, startServer } from './servers.ts';
import './checked-sinks.ts';

export type Pipe = 'TLS' | 'plaintext';

export const pipes: readonly Pipe[] = ['TLS', 'plaintext'];

/** If the program is not installed, marks the test as skipped and returns null. */
export async function serverFor(
	t: TestContext,
	name: ServerName,
	options?: ServerOptions,
): Promise<RunningServer | null> {
	if (!requireServer(t, name)) return null;
	const server = await startServer(name, options);
	t.after(() => server.stop());
	return server;
}

export function connectionTo(
	t: TestContext,
	server: RunningServer,
	pipe: Pipe,
	options: HTTP20ConnectionOptions = {},
): HTTP20Connection {
	const { ca } = server.certificates;
	const connection =
		pipe === 'TLS'
			? new HTTP20Connection(`https://localhost:${server.tls.port}`, { ...options, tls: { ca, ...options.tls } })
			: new HTTP20Connection(`http://127.0.0.1:${server.clear.port}`, options);
	t.after(() => connection.close());
	return connection;
}

/** The number of bytes in an iterable, and their SHA-256. */
export async function digest(
	chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ length: number; sha256: string }> {
	const hash = createHash('sha256');
	let length = 0;
	for await (const chunk of chunks) {
		hash.update(chunk);
		length += chunk.length;
	}
	return { length, sha256: hash.digest('hex') };
}
