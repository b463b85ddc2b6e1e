// Helpers of the exchanges: connections to the peers, requests and comparisons. Like the exchanges, they use nothing that a
// platform without Node's modules lacks.

import {
	type ConnectionOptions,
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	type HTTPResponse,
	type RequestOptions,
} from 'hyper-wasm';
import type { Peers } from '../peers/peers.ts';

export type AnyConnection = HTTPConnection | HTTP20Connection | HTTP11Connection;

/** What an exchange needs beyond sockets and TLS; a runtime may lack it, or a program may need a permission for it. */
export type Need = 'unix socket' | 'environment';

/** Throws if it fails. Exchanges run in any order, and depend on nothing that others have left. */
export interface Exchange {
	(peers: Peers): Promise<void>;
	needs?: readonly Need[];
}

export function needing(need: Need, exchange: Exchange): Exchange {
	return Object.assign((peers: Peers) => exchange(peers), { needs: [need] });
}

export type Exchanges = Readonly<Record<string, Exchange>>;

/** How a connection reaches the origin. */
export interface Carrier {
	readonly name: string;
	readonly version: 'HTTP/2' | 'HTTP/1.1';
	connect(peers: Peers, options?: ConnectionOptions): AnyConnection;
}

export const plain1: Carrier = {
	name: 'HTTP/1.1',
	version: 'HTTP/1.1',
	connect: ({ http1 }, options) => new HTTP11Connection(local(http1), options),
};

export const plain2: Carrier = {
	name: 'HTTP/2',
	version: 'HTTP/2',
	connect: ({ http2 }, options) => new HTTP20Connection(local(http2), options as object),
};

export const secure1: Carrier = {
	name: 'HTTP/1.1 over TLS',
	version: 'HTTP/1.1',
	connect: ({ tls, ca }, options) =>
		new HTTPConnection(named(tls), { alpnProtocols: ['http/1.1'], ...options, tls: { ca, ...options?.tls } }),
};

export const secure2: Carrier = {
	name: 'HTTP/2 over TLS',
	version: 'HTTP/2',
	connect: ({ tls, ca }, options) => new HTTPConnection(named(tls), { ...options, tls: { ca, ...options?.tls } }),
};

export const PLAIN: readonly Carrier[] = [plain1, plain2];
export const CARRIERS: readonly Carrier[] = [plain1, secure1, plain2, secure2];

/** The exchange over each carrier, by `NAME in CARRIER`. */
export function overEach(
	name: string,
	run: (connection: AnyConnection, carrier: Carrier, peers: Peers) => Promise<void>,
	carriers: readonly Carrier[] = CARRIERS,
	options: ConnectionOptions = {},
): Exchanges {
	return Object.fromEntries(
		carriers.map((carrier) => [
			`${name} in ${carrier.name}`,
			async (peers: Peers) => {
				await using connection = carrier.connect(peers, options);
				await run(connection, carrier, peers);
				same(connection.version ?? carrier.version, carrier.version, 'the version of the connection');
			},
		]),
	);
}

export function local(port: number): string {
	return `http://127.0.0.1:${port}`;
}

/** By the name in the certificate. */
export function named(port: number): string {
	return `https://localhost:${port}`;
}

/** A response with status 200, unless `status` is another. */
export async function ask(
	connection: AnyConnection,
	method: string,
	path: string,
	options: RequestOptions = {},
	status = 200,
): Promise<HTTPResponse> {
	const response = await connection.roundTrip(method, path, options);
	same(response.status, status, 'the status');
	return response;
}

/** The text of a response to GET. */
export async function textOf(connection: AnyConnection, path: string, options?: RequestOptions): Promise<string> {
	return (await ask(connection, 'GET', path, options)).text();
}

let keys = 0;

/** A key that no other exchange has, in this process or another. */
export function newKey(): string {
	return `${crypto.randomUUID()}-${++keys}`;
}

/** What the peers noted for the key, once they have. */
export async function seen({ http2 }: Pick<Peers, 'http2'>, key: string): Promise<string> {
	await using connection = new HTTP20Connection(local(http2));
	return await textOf(connection, `/seen/${encodeURIComponent(key)}`);
}

/** As `seen`, unless the request fails before. */
export async function seenOf(peers: Pick<Peers, 'http2'>, key: string, request: Promise<unknown>): Promise<string> {
	return Promise.race([seen(peers, key), request.then(() => new Promise<never>(() => {}))]);
}

/** Tells the peers that a script which waits for the key may go on. */
export async function note({ http2 }: Pick<Peers, 'http2'>, key: string): Promise<void> {
	await using connection = new HTTP20Connection(local(http2));
	await textOf(connection, `/note/${encodeURIComponent(key)}`);
}

/** Compares by value. */
export function same(actual: unknown, expected: unknown, what: string): void {
	const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
	if (is !== should) throw new Error(`${what} is ${is}, not ${should}`);
}

export function sameBytes(actual: Uint8Array, expected: Uint8Array): void {
	const at = expected.findIndex((byte, i) => byte !== actual[i]);
	if (at >= 0) throw new Error(`byte ${at} of the content differs, of ${actual.length} and ${expected.length}`);
	same(actual.length, expected.length, 'the length of the content');
}

/** What the promise rejects with, which must be of the class. */
export async function failure<Kind extends Error>(
	promise: Promise<unknown>,
	kind: new (...given: never[]) => Kind,
): Promise<Kind> {
	let value: unknown;
	try {
		value = await promise;
	} catch (error) {
		if (error instanceof kind) return error;
		throw new Error(`it failed with another error than ${kind.name}: ${String(error)}`, { cause: error });
	}
	throw new Error(`it did not fail with ${kind.name}: it gave ${String(value).slice(0, 100)}`);
}
