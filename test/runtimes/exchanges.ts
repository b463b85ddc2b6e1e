// The exchanges that run in every runtime, as users write them: with the package as it ships, in plain TypeScript. program.ts
// runs them in Node, Deno and Bun. What a runtime cannot do is in expected.ts.

import { basics } from './exchanges/basics.ts';
import { failures } from './exchanges/failures.ts';
import type { Exchange, Exchanges } from './exchanges/support.ts';

/** The rows of the matrix, in groups. */
export const groups: Readonly<Record<string, Exchanges>> = { basics, failures };

/** All of them, by their names, which are unique. */
export const exchanges: ReadonlyMap<string, Exchange> = new Map(
	Object.values(groups).flatMap((group) => Object.entries(group)),
);
