// HAProxy: forwards everything to the origin over HTTP/1.1.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, RecipeContext } from './recipe.ts';

export const haproxy: Recipe = {
	command: 'haproxy',
	features: new Set(['discard', 'echo', 'max-concurrent-streams', 'origin', 'request-trailers', 'window']),
	isProxy: true,

	programs(context) {
		const path = join(context.run, 'haproxy.cfg');
		writeFileSync(path, configuration(context));
		return [{ args: ['-db', '-f', path], ports: [context.tlsPort, context.clearPort] }];
	},
};

function configuration({ run, cert, key, tlsPort, clearPort, origin, options }: RecipeContext): string {
	const { maxConcurrentStreams, windowBits } = options;
	const pem = join(run, 'haproxy.pem');
	writeFileSync(pem, `${readFileSync(cert, 'utf8')}\n${readFileSync(key, 'utf8')}`, { mode: 0o600 });
	return `
global
	nbthread 1
	${maxConcurrentStreams === undefined ? '' : `tune.h2.max-concurrent-streams ${maxConcurrentStreams}`}
	${windowBits === undefined ? '' : `tune.h2.initial-window-size ${2 ** windowBits - 1}`}
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend all
	bind 127.0.0.1:${tlsPort} ssl crt ${pem} alpn h2,http/1.1
	bind 127.0.0.1:${clearPort}
	default_backend origin
backend origin
	server origin 127.0.0.1:${origin?.http1Port}
`;
}
