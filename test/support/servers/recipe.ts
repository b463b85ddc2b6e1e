// The interface between servers.ts and the programs: how to configure and start one, and what tests may request of it.

import type { Origin } from './origin.ts';

/**
 * `echo`: POST /echo returns the body. `put`: PUT /put/NAME stores the body, which GET /put/NAME returns. `discard`: POST
 * /discard reads any body and answers 200 without content. `trailers`: responses end with `x-trailer: yes`.
 * `request-trailers`: /echo returns the trailers of the request. `origin`: the program forwards the paths of
 * origin-main.ts that it cannot answer itself.
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

/** An option that the program does not support is an error. */
export interface ServerOptions {
	/** The SETTINGS_MAX_CONCURRENT_STREAMS that the server announces. */
	maxConcurrentStreams?: number;
	/** The server's receive windows are 2^n - 1 bytes; that of a connection is at least 2^16 - 1. */
	windowBits?: number;
	/** Requests on one connection after which the server sends GOAWAY. */
	goawayAfter?: number;
	/** With this nghttpd echoes every POST and PUT, even to /discard. */
	echo?: boolean;
	trailers?: boolean;
	/** Proxies always have one. */
	origin?: boolean;
	/** A command and arguments that precede the program, such as `taskset -c 0`. */
	commandPrefix?: readonly string[];
}

export interface RecipeContext {
	/** A new folder for configuration and logs, with an empty folder `put` in it. */
	run: string;
	root: string;
	/** Paths of PEM files. */
	cert: string;
	key: string;
	/** TLS with ALPN. */
	tlsPort: number;
	/** HTTP/2 by prior knowledge, and the protocols of `plainPort` if the program serves both on one port. */
	clearPort: number;
	/** HTTP/1.1 and the Upgrade to h2c, for programs that need a separate port for them. */
	plainPort: number;
	origin: Origin | null;
	options: ServerOptions;
}

export interface Recipe {
	command: string;
	/** Other files that it requires. */
	needs?: readonly string[];
	features: ReadonlySet<ServerFeature>;
	/** The program does not work without the origin. */
	isProxy?: boolean;
	/** Builds the program with `command` and returns its path. */
	build?(command: string): Promise<string>;
	/** Writes the configuration. Each program must stay in the foreground as one process. */
	programs(context: RecipeContext): { args: string[]; ports: number[]; env?: Record<string, string> }[];
}

export const isRoot: boolean = process.getuid?.() === 0;
