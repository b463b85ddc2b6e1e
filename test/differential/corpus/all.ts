// Every hand-written case.

import { violations } from '../../support/violations.ts';
import { type Case, caseOf, type Row } from '../case.ts';
import { connectionRows } from './connection.ts';
import { fieldRows } from './fields.ts';
import { frameRows } from './frames.ts';
import { hpackRows } from './hpack.ts';
import { pushRows } from './push.ts';
import { stateRows } from './states.ts';

/** Cases with limits of our own options say nothing about other clients. */
const violationRows = violations
	.filter(({ options }) => options?.limits === undefined)
	.map(({ name, after, send, options }): Row => {
		const { enablePush, initialWindowSize } = options?.settings ?? {};
		return {
			...{ name, after, send, push: enablePush === true },
			...(initialWindowSize === undefined ? {} : { window: initialWindowSize }),
		};
	});

export const corpus: readonly Case[] = [
	...violationRows,
	...stateRows,
	...frameRows,
	...connectionRows,
	...fieldRows,
	...hpackRows,
	...pushRows,
].map(caseOf);
