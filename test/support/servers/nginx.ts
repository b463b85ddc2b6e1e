// nginx without a master process, so that killing it leaves no other process.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, type Recipe, type RecipeContext } from './recipe.ts';

export const nginx: Recipe = {
	command: 'nginx',
	features: new Set(['goaway-after', 'max-concurrent-streams', 'origin', 'put', 'trailers', 'window']),

	programs(context) {
		const path = join(context.run, 'nginx.conf');
		writeFileSync(path, configuration(context));
		return [
			{
				args: ['-p', context.run, '-e', 'stderr', '-c', path],
				ports: [context.tlsPort, context.clearPort, context.plainPort],
			},
		];
	},
};

function configuration({
	run,
	root,
	cert,
	key,
	tlsPort,
	clearPort,
	plainPort,
	origin,
	options,
}: RecipeContext): string {
	const { maxConcurrentStreams, windowBits, goawayAfter } = options;
	return `
daemon off;
master_process off;
${isRoot ? 'user root;' : ''}
pid ${run}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
	access_log off;
	default_type application/octet-stream;
	types { text/html html; text/css css; }
	client_max_body_size 0;
	client_body_temp_path ${run}/body;
	proxy_temp_path ${run}/proxy;
	fastcgi_temp_path ${run}/fastcgi;
	uwsgi_temp_path ${run}/uwsgi;
	scgi_temp_path ${run}/scgi;
	keepalive_requests ${goawayAfter ?? 1_000_000_000};
	${maxConcurrentStreams === undefined ? '' : `http2_max_concurrent_streams ${maxConcurrentStreams};`}
	${windowBits === undefined ? '' : `http2_body_preread_size ${2 ** windowBits - 1};`}
	server {
		listen 127.0.0.1:${tlsPort} ssl http2;
		listen 127.0.0.1:${clearPort} http2;
		listen 127.0.0.1:${plainPort};
		ssl_certificate ${cert};
		ssl_certificate_key ${key};
		root ${root};
		location / { ${options.trailers ? 'add_trailer x-trailer yes;' : ''} }
		location /put/ { root ${run}; dav_methods PUT; }
		location = /204 { return 204; }
		location = /gzip { gzip on; gzip_types *; }
		location = /push { default_type text/html; http2_push /style.css; }
		location = /trailers { add_trailer x-trailer yes; }
		${origin === null ? '' : proxied(origin.http1Port)}
	}
}
`;
}

function proxied(port: number): string {
	return `location ~ ^/(early|echo|request-trailers)$ {
			proxy_pass http://127.0.0.1:${port};
			proxy_http_version 1.1;
			proxy_request_buffering off;
		}`;
}
