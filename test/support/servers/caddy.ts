// Caddy: files, and the origin behind it over HTTP/2. With an HTTP/1.1 origin, Caddy 2.6.2 truncates one in some hundred
// responses, as curl shows too.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, RecipeContext } from './recipe.ts';

export const caddy: Recipe = {
	command: 'caddy',
	features: new Set(['discard', 'echo', 'origin']),
	isProxy: true,

	programs(context) {
		const path = join(context.run, 'Caddyfile');
		writeFileSync(path, configuration(context));
		return [
			{
				args: ['run', '--config', path, '--adapter', 'caddyfile'],
				ports: [context.tlsPort, context.clearPort],
				env: { HOME: context.run, XDG_CONFIG_HOME: context.run, XDG_DATA_HOME: context.run },
			},
		];
	},
};

// Removes an `upgrade` that Caddy handled itself, because the origin connection is HTTP/2.
function configuration({ root, cert, key, tlsPort, clearPort, origin }: RecipeContext): string {
	return `
{
	admin off
	auto_https off
	servers 127.0.0.1:${clearPort} {
		protocols h1 h2 h2c
	}
}
(world) {
	bind 127.0.0.1
	root * ${root}
	@origin path /discard /early /echo /request-trailers /trailers
	request_header -upgrade
	reverse_proxy @origin h2c://127.0.0.1:${origin?.http2Port}
	respond /204 204
	encode /gzip gzip
	header /gzip content-type text/plain
	push /push /style.css
	file_server
}
https://:${tlsPort} {
	tls ${cert} ${key}
	import world
}
http://:${clearPort} {
	import world
}
`;
}
