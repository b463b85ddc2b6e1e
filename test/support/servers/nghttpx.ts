// nghttpx of nghttp2: forwards everything to the origin over HTTP/2.

import type { Recipe } from './recipe.ts';

export const nghttpx: Recipe = {
	command: 'nghttpx',
	features: new Set(['discard', 'echo', 'max-concurrent-streams', 'origin', 'request-trailers', 'window']),
	isProxy: true,

	programs({ cert, key, tlsPort, clearPort, origin, options }) {
		const args = [
			...['--single-process', '--workers=1', '--conf=/dev/null', '--no-ocsp', '--errorlog-file=/dev/stderr'],
			...[`--frontend=127.0.0.1,${tlsPort}`, `--frontend=127.0.0.1,${clearPort};no-tls`],
			`--backend=127.0.0.1,${origin?.http2Port};;proto=h2`,
		];
		const { maxConcurrentStreams, windowBits } = options;
		if (maxConcurrentStreams !== undefined) {
			args.push(`--frontend-http2-max-concurrent-streams=${maxConcurrentStreams}`);
		}
		if (windowBits !== undefined) {
			const window = 2 ** windowBits - 1;
			args.push(`--frontend-http2-window-size=${window}`);
			args.push(`--frontend-http2-connection-window-size=${Math.max(65_535, window)}`);
		}
		return [{ args: [...args, key, cert], ports: [tlsPort, clearPort] }];
	},
};
