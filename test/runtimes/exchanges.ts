// The exchanges that run in every runtime, as users write them: with the package as it ships, in plain TypeScript. program.ts
// runs them in Node, Deno and Bun. What a runtime cannot do is in expected.ts.

import { bodies } from './exchanges/bodies.ts';
import { codings } from './exchanges/codings.ts';
import { endings } from './exchanges/endings.ts';
import { failures } from './exchanges/failures.ts';
import { flow } from './exchanges/flow.ts';
import { libraries } from './exchanges/libraries.ts';
import { proxies } from './exchanges/proxies.ts';
import { responses } from './exchanges/responses.ts';
import { secure } from './exchanges/secure.ts';
import type { Exchange, Exchanges } from './exchanges/support.ts';
import { transports } from './exchanges/transports.ts';

/** The rows of the matrix, in groups. */
export const groups: Readonly<Record<string, Exchanges>> = {
	'Request bodies': bodies,
	Responses: responses,
	Codings: codings,
	Transports: transports,
	'Flow control': flow,
	Failures: failures,
	Endings: endings,
	TLS: secure,
	Proxies: proxies,
	Libraries: libraries,
};

/** All of them, by their names, which are unique. */
export const exchanges: ReadonlyMap<string, Exchange> = new Map(
	Object.values(groups).flatMap((group) => Object.entries(group)),
);
