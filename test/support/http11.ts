// A connection for HTTP/1.1 to a server of octets.

import type { TestContext } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { RawServer } from './raw-server.ts';

/** The head of an answer without content. */
export const OK: readonly string[] = ['HTTP/1.1 200 OK', 'Content-Length: 0'];

export interface Opened {
	conn: HTTP11Connection;
	server: RawServer;
	/** What the client writes as Host. */
	host: string;
}

/** Both end with the test. */
export async function openHTTP11(t: TestContext, options: ConnectionOptions = {}): Promise<Opened> {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin, options);
	t.after(() => conn.close());
	return { conn, server, host: `127.0.0.1:${server.port}` };
}

/** Lines with CRLF between them. */
export function lines(...text: string[]): string {
	return text.join('\r\n');
}
