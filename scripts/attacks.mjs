// Implements `npm run attacks -- NAME-PART`: sets up the project, then runs bench/attacks/run.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
await become(['--import', 'tsx', 'bench/attacks/run.ts', ...process.argv.slice(2)]);
