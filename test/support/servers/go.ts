// A server on Go's golang.org/x/net/http2, compiled from go/main.go.

import { fileURLToPath } from 'node:url';
import { buildGoProgram, X_NET } from '../go-program.ts';
import type { Recipe } from './recipe.ts';

/** No `window`: it enforces its SETTINGS before clients can have received them, which resets early uploads. */
export const go: Recipe = {
	command: 'go',
	needs: [X_NET],
	features: new Set(['discard', 'echo', 'max-concurrent-streams', 'request-trailers', 'trailers']),
	build: (command) => buildGoProgram(command, fileURLToPath(new URL('go/main.go', import.meta.url)), 'go-server'),

	programs({ root, cert, key, tlsPort, clearPort, options }) {
		const args = [`-root=${root}`, `-cert=${cert}`, `-key=${key}`];
		args.push(`-tls=127.0.0.1:${tlsPort}`, `-clear=127.0.0.1:${clearPort}`);
		if (options.maxConcurrentStreams !== undefined) args.push(`-streams=${options.maxConcurrentStreams}`);
		if (options.trailers) args.push('-trailers');
		return [{ args, ports: [tlsPort, clearPort] }];
	},
};
