// Apache httpd with mod_http2, as one process (-X), so that killing it leaves no other process.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, RecipeContext } from './recipe.ts';

const modules = [
	...['ssl', 'http2', 'authz_core', 'alias', 'dav', 'dav_fs'],
	...['filter', 'deflate', 'proxy', 'proxy_http'],
];

export const apache: Recipe = {
	command: 'apache2',
	features: new Set(['max-concurrent-streams', 'origin', 'put', 'window']),

	programs(context) {
		const path = join(context.run, 'apache.conf');
		writeFileSync(path, configuration(context));
		return [{ args: ['-X', '-f', path], ports: [context.tlsPort, context.clearPort] }];
	},
};

/**
 * The directives that every configuration begins with. Without mod_unixd the process keeps its user, even root.
 * `Mutex pthread` needs no lock files.
 */
export function apacheBase(folder: string, modules: readonly string[], logLevel: 'warn' | 'error' = 'warn'): string {
	return `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
ErrorLog /dev/stderr
LogLevel ${logLevel}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Mutex pthread
ThreadsPerChild 25
MaxRequestWorkers 25`;
}

function configuration({ run, root, cert, key, tlsPort, clearPort, origin, options }: RecipeContext): string {
	const { maxConcurrentStreams, windowBits } = options;
	// With the default mpm_event, Apache 2.4.71 closes an upgraded connection as soon as it has to wait for the client, as
	// nghttp -u shows too. Only tests that ask for an origin use the Upgrade.
	const mpm = origin === null ? 'event' : 'worker';
	return `
${apacheBase(run, [...modules, `mpm_${mpm}`])}
Listen 127.0.0.1:${tlsPort}
Listen 127.0.0.1:${clearPort}
Protocols h2 h2c http/1.1
H2Direct on
H2EarlyHints on
MaxKeepAliveRequests 0
${maxConcurrentStreams === undefined ? '' : `H2MaxSessionStreams ${maxConcurrentStreams}`}
${windowBits === undefined ? '' : `H2WindowSize ${2 ** windowBits - 1}`}
LimitRequestBody 0
DocumentRoot ${root}
Alias /put ${run}/put
DavLockDB ${run}/dav-locks
<Directory ${root}>
	Require all granted
</Directory>
<Directory ${run}/put>
	Require all granted
	Dav On
</Directory>
<Location /gzip>
	SetOutputFilter DEFLATE
</Location>
<Location /push>
	H2PushResource /style.css
</Location>
${origin === null ? '' : proxied(origin.http1Port)}
<VirtualHost 127.0.0.1:${tlsPort}>
	SSLEngine on
	SSLCertificateFile ${cert}
	SSLCertificateKeyFile ${key}
</VirtualHost>
`;
}

function proxied(port: number): string {
	const paths = ['204', 'early', 'echo', 'request-trailers', 'trailers'];
	return paths.map((path) => `ProxyPass /${path} http://127.0.0.1:${port}/${path}`).join('\n');
}
