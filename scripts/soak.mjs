// Implements `npm run soak -- --requests N --seed S`: sets up the project, then runs test/soak/main.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup({ dist: false });
await become([
	'--conditions=hyper-wasm-source',
	'--import',
	'tsx',
	'--expose-gc',
	'test/soak/main.ts',
	...process.argv.slice(2),
]);
