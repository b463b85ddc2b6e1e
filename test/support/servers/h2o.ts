// h2o: files, its own scripts, and the origin behind it if requested.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, type Recipe, type RecipeContext } from './recipe.ts';

export const h2o: Recipe = {
	command: 'h2o',
	features: new Set(['echo', 'origin']),

	programs(context) {
		const path = join(context.run, 'h2o.conf');
		writeFileSync(path, configuration(context));
		return [{ args: ['-m', 'worker', '-c', path], ports: [context.tlsPort, context.clearPort] }];
	},
};

// Without OCSP and neverbleed it starts no other processes.
function configuration({ run, root, cert, key, tlsPort, clearPort, origin }: RecipeContext): string {
	return `
${isRoot ? 'user: root' : ''}
num-threads: 1
pid-file: ${run}/h2o.pid
http2-max-concurrent-requests-per-connection: 256
hosts:
  secure:
    listen:
      host: 127.0.0.1
      port: ${tlsPort}
      ssl:
        certificate-file: ${cert}
        key-file: ${key}
        ocsp-update-interval: 0
        neverbleed: OFF
    paths: &paths
      "/echo":
        mruby.handler: |
          Proc.new do |env|
            input = env['rack.input']
            [200, {'content-type' => 'application/octet-stream'}, [input ? input.read : '']]
          end
      "/gzip":
        file.file: ${root}/gzip
        file.mime.setdefaulttype: text/plain
        gzip: ON
      "/204":
        mruby.handler: |
          Proc.new { |env| [204, {}, []] }
${origin === null ? '' : proxied(origin.http1Port)}
      "/":
        file.dir: ${root}
  plain:
    listen:
      host: 127.0.0.1
      port: ${clearPort}
    paths: *paths
`;
}

function proxied(port: number): string {
	const paths = ['early', 'push', 'request-trailers', 'trailers'];
	return paths
		.map((path) => `      "/${path}":\n        proxy.reverse.url: "http://127.0.0.1:${port}/${path}"`)
		.join('\n');
}
