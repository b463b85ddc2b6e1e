// Implements `npm run differential -- --seed N --cases M`: sets up the project, then runs test/differential/main.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup({ dist: false });
await become([
	'--conditions=hyper-wasm-source',
	'--import',
	'tsx',
	'test/differential/main.ts',
	...process.argv.slice(2),
]);
