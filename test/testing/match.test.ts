import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FrameShape, findMismatch } from '../../src/testing/match.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';

const headers: PeerFrame = {
	...{ type: 'HEADERS', streamId: 1, endStream: true },
	fields: [
		[':method', 'GET'],
		['a', '1', { neverIndex: true }],
		['a', '2'],
	],
};
const data: PeerFrame = {
	...{ type: 'DATA', streamId: 1, flowControlledLength: 3, endStream: false },
	data: new TextEncoder().encode('gr\u00fc'),
};
const settings: PeerFrame = { type: 'SETTINGS', ack: false, entries: [[1, 2]] };

for (const [frame, shape] of [
	[headers, {}],
	[headers, { streamId: 1, endStream: true }],
	[headers, { fields: {} }],
	[headers, { fields: { a: '2', ':method': 'GET' } }],
	[headers, { fields: headers.fields }],
	[data, { data: 'gr\u00fc' }],
	[data, { data: data.data.slice() }],
	[settings, { entries: [[1, 2]] }],
] as [PeerFrame, FrameShape][]) {
	test(`${frame.type} matches ${JSON.stringify(shape)}`, () => assert.equal(findMismatch(frame, shape), null));
}

for (const [frame, shape, words] of [
	[headers, { streamId: 3, endStream: false }, 'streamId is 1, expected 3'],
	[headers, { endStream: 1 }, 'endStream is true, expected 1'],
	[headers, { fields: { a: '3' } }, 'field a of fields is '],
	[headers, { fields: { A: '1' } }, 'field A of fields is '],
	[headers, { fields: [[':method', 'GET']] }, 'fields is '],
	[headers, { other: 1 }, 'other is undefined, expected 1'],
	[data, { data: 'gru' }, 'data is [103,114,195,188], expected "gru"'],
	[data, { data: Uint8Array.of(1) }, 'data is [103,114,195,188], expected [1]'],
	[settings, { entries: [] }, 'entries is [[1,2]], expected []'],
	[settings, { ack: null }, 'ack is false, expected null'],
] as [PeerFrame, FrameShape, string][]) {
	test(`${frame.type} and ${JSON.stringify(shape)}: ${words}`, () => {
		assert.equal(findMismatch(frame, shape)?.startsWith(words), true);
	});
}

test('many octets are not shown one by one', () => {
	const long: PeerFrame = { ...data, data: new Uint8Array(65) };
	assert.equal(findMismatch(long, { data: 'x' }), 'data is 65 octets, expected "x"');
});
