// The origin's answers where a scripted peer gives them: behind an upgrade, and in memory.

import type { MockRequest, MockResponse } from 'hyper-wasm/testing';
import { pattern } from './pattern.ts';

/** Answers `/bytes/LENGTH` and `/echo`, and any other request with its method and path. */
export function mock({ method, path, body }: MockRequest): MockResponse {
	const [, name, argument] = path.split('/');
	if (name === 'bytes') return { body: pattern(Number(argument)) };
	if (name === 'echo') return { body };
	return { body: `${method} ${path}` };
}
