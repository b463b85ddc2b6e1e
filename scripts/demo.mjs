// `npm run demo [-- URL]`: sets up what is missing, then runs examples/demo.ts with the package as it is built. The
// project's own configuration would lead imports of `hyper-wasm` to the sources.

import { become, inRoot } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
await become(['--import', 'tsx', 'examples/demo.ts', ...process.argv.slice(2)], {
	env: { TSX_TSCONFIG_PATH: inRoot('tsconfig.build.json') },
});
