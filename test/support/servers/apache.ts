// Apache httpd with mod_http2, as one process (-X): killing it leaves nothing behind.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, RecipeContext } from './recipe.ts';

const modules = ['mpm_event', 'ssl', 'http2', 'authz_core', 'alias', 'dav', 'dav_fs'];

export const apache: Recipe = {
	command: 'apache2',
	features: new Set(['max-concurrent-streams', 'put', 'window']),

	programs(context) {
		const path = join(context.run, 'apache.conf');
		writeFileSync(path, configuration(context));
		return [{ args: ['-X', '-f', path], ports: [context.tlsPort, context.clearPort] }];
	},
};

// Without mod_unixd the process keeps its user, root or not. `Mutex pthread` needs no lock files.
function configuration({ run, root, cert, key, tlsPort, clearPort, options }: RecipeContext): string {
	const { maxConcurrentStreams, windowBits } = options;
	return `
ServerRoot ${run}
ServerName localhost
PidFile ${run}/apache.pid
ErrorLog /dev/stderr
LogLevel warn
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Mutex pthread
ThreadsPerChild 25
MaxRequestWorkers 25
Listen 127.0.0.1:${tlsPort}
Listen 127.0.0.1:${clearPort}
Protocols h2 h2c
H2Direct on
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
<VirtualHost 127.0.0.1:${tlsPort}>
	SSLEngine on
	SSLCertificateFile ${cert}
	SSLCertificateKeyFile ${key}
</VirtualHost>
`;
}
