// An HTTPConnection in plaintext that offers HTTP/2, and a server that agrees to go on in HTTP/2 (RFC 7540 §3.2).

import type { TestContext } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { HTTPConnection } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { RawServer } from './raw-server.ts';

/** The head of the response that switches to HTTP/2. */
export const SWITCH: readonly string[] = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: h2c'];

/** Starts a server and a connection that close with the test. */
export async function openPlaintext(
	t: TestContext,
	options: ConnectionOptions = {},
): Promise<{ conn: HTTPConnection; server: RawServer }> {
	const server = await RawServer.start();
	const conn = new HTTPConnection(server.origin, { h2c: 'upgrade', ...options });
	t.after(() => conn.close());
	return { conn, server };
}

/** Reads the head and the content of the request that offers HTTP/2, agrees, and continues as an HTTP/2 peer. */
export async function agree(server: RawServer, content = ''): Promise<ScriptedPeer> {
	const connection = await server.accept();
	await connection.readHead();
	await connection.readBytes(content.length);
	connection.answer(SWITCH);
	return connection.speakHTTP2();
}
