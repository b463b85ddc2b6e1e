// Implements `npm run torture -- [--scenario NAME] [--place KIND:INDEX]`: sets up the project, then runs test/torture/main.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup({ dist: false });
await become(['--conditions=hyper-wasm-source', '--import', 'tsx', 'test/torture/main.ts', ...process.argv.slice(2)]);
