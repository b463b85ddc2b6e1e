// Implements `npm run simulate -- --seed N --exchanges M`: sets up the project, then runs test/simulation/main.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup({ dist: false });
await become([
	'--conditions=hyper-wasm-source',
	'--import',
	'tsx',
	'test/simulation/main.ts',
	...process.argv.slice(2),
]);
