// `npm run demo [-- URL]`: sets up what is missing, then runs examples/demo.ts.

import { become } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
await become(['--import', 'tsx', 'examples/demo.ts', ...process.argv.slice(2)]);
