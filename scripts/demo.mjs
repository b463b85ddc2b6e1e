// Implements `npm run demo [-- URL]`: sets up the project, then runs examples/demo.ts with the built package. With the
// project's own tsconfig.json, imports of `hyper-wasm` would resolve to the sources.

import { become, inRoot } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
await become(['--import', 'tsx', 'examples/demo.ts', ...process.argv.slice(2)], {
	env: { TSX_TSCONFIG_PATH: inRoot('tsconfig.build.json') },
});
