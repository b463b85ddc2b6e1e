// nghttpd of nghttp2: one process per port, because a process serves either TLS or plaintext.

import type { Recipe } from './recipe.ts';

export const nghttpd: Recipe = {
	command: 'nghttpd',
	features: new Set(['discard', 'echo', 'max-concurrent-streams', 'trailers', 'window']),

	programs({ root, cert, key, tlsPort, clearPort, options }) {
		const common = ['-a', '127.0.0.1', '-n1', '-d', root, '-p/push=/style.css'];
		if (options.maxConcurrentStreams !== undefined) common.push('-m', String(options.maxConcurrentStreams));
		if (options.windowBits !== undefined) {
			common.push('-w', String(options.windowBits), '-W', String(Math.max(16, options.windowBits)));
		}
		if (options.echo) common.push('--echo-upload');
		if (options.trailers) common.push('--trailer', 'x-trailer: yes');
		return [
			{ args: [...common, String(tlsPort), key, cert], ports: [tlsPort] },
			{ args: [...common, '--no-tls', String(clearPort)], ports: [clearPort] },
		];
	},
};
