// lighttpd: files, and the origin behind it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, RecipeContext } from './recipe.ts';

export const lighttpd: Recipe = {
	command: 'lighttpd',
	needs: ['/usr/lib/lighttpd/mod_openssl.so'],
	features: new Set(['discard', 'echo', 'origin']),
	isProxy: true,

	programs(context) {
		const path = join(context.run, 'lighttpd.conf');
		writeFileSync(path, configuration(context));
		return [{ args: ['-D', '-f', path], ports: [context.tlsPort, context.clearPort] }];
	},
};

function configuration({ run, root, cert, key, tlsPort, clearPort, origin }: RecipeContext): string {
	const pem = join(run, 'lighttpd.pem');
	writeFileSync(pem, `${readFileSync(cert, 'utf8')}\n${readFileSync(key, 'utf8')}`, { mode: 0o600 });
	return `
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${clearPort}
server.modules = ("mod_openssl", "mod_proxy")
server.feature-flags = ("server.h2proto" => "enable", "server.h2c" => "enable")
server.upload-dirs = ("${run}")
server.stream-response-body = 2
server.max-keep-alive-requests = 65535
index-file.names = ("index.html")
mimetype.assign = (".css" => "text/css", ".html" => "text/html", "" => "application/octet-stream")
$SERVER["socket"] == "127.0.0.1:${tlsPort}" {
	ssl.engine = "enable"
	ssl.pemfile = "${pem}"
}
$HTTP["url"] =~ "^/(204|discard|early|echo|gzip|push|request-trailers|trailers)$" {
	proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${origin?.http1Port})))
}
`;
}
