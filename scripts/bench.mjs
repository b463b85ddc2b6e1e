// Implements `npm run bench -- CASE ...`: sets up the project, then runs bench/run.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
await become(['--import', 'tsx', 'bench/run.ts', ...process.argv.slice(2)]);
