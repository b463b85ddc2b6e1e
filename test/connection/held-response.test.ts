import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldResponse } from '../../src/connection/held-response.ts';
import { HTTPHeaderMap } from '../../src/index.ts';

test('a held response keeps a copy of its content with the ends of frames, its trailers and its end', () => {
	const held = new HeldResponse();
	const lent = Uint8Array.of(1, 2, 3);
	held.onContent(lent, true);
	lent.fill(9);
	const trailers = new HTTPHeaderMap([['x-sum', '6']]);
	held.onTrailers(trailers);
	assert.equal(held.isEnded, false);
	held.onEnd();
	const { bytes, endOfFrame } = held.content.takePart();
	assert.deepEqual([[...bytes], endOfFrame, held.trailers, held.isEnded], [[1, 2, 3], true, trailers, true]);
});
