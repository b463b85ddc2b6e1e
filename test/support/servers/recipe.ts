// What one server program must tell servers.ts about itself, and what a test may ask of a server.

import type { Origin } from './origin.ts';

/**
 * `echo`: POST /echo gives the body back. `put`: PUT /put/NAME keeps the body, GET /put/NAME gives it back.
 * `discard`: POST /discard reads any body and answers 200 without content. `trailers`: responses end with
 * `x-trailer: yes`. `request-trailers`: /echo gives the request's trailers back as its own. `origin`: what the program
 * does not answer itself of the paths in origin-main.ts, it passes on.
 */
export type ServerFeature =
	| 'discard'
	| 'echo'
	| 'goaway-after'
	| 'max-concurrent-streams'
	| 'origin'
	| 'put'
	| 'request-trailers'
	| 'trailers'
	| 'window';

/** Asking for what the program has no feature for is an error. */
export interface ServerOptions {
	/** The SETTINGS_MAX_CONCURRENT_STREAMS that the server announces. */
	maxConcurrentStreams?: number;
	/** The server's receive windows become 2^n - 1 octets; the connection's never less than 2^16 - 1. */
	windowBits?: number;
	/** Requests on one connection after which the server sends GOAWAY. */
	goawayAfter?: number;
	/** nghttpd then echoes every POST and PUT, /discard included. */
	echo?: boolean;
	trailers?: boolean;
	/** Proxies have one in any case. */
	origin?: boolean;
	/** Command and arguments put before the program's own: `taskset -c 0`. */
	commandPrefix?: readonly string[];
}

export interface RecipeContext {
	/** A fresh folder for configuration and logs; it has an empty folder `put`. */
	run: string;
	root: string;
	/** Paths of PEM files. */
	cert: string;
	key: string;
	/** TLS, where ALPN chooses. */
	tlsPort: number;
	/** HTTP/2 by prior knowledge, and, where one port takes both, what `plainPort` is for. */
	clearPort: number;
	/** HTTP/1.1 and the Upgrade from it, for programs that give these a port of their own. */
	plainPort: number;
	origin: Origin | null;
	options: ServerOptions;
}

export interface Recipe {
	command: string;
	/** Other files that it cannot do without. */
	needs?: readonly string[];
	features: ReadonlySet<ServerFeature>;
	/** Nothing works without the origin. */
	isProxy?: boolean;
	/** Makes the program to start, with `command`; its path. */
	build?(command: string): Promise<string>;
	/** Writes what configuration is needed; each program stays in the foreground, as one process. */
	programs(context: RecipeContext): { args: string[]; ports: number[]; env?: Record<string, string> }[];
}

export const isRoot: boolean = process.getuid?.() === 0;
