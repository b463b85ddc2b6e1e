import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FrameShape, findMismatch } from '../../src/testing/match.ts';
import type { DecodedHeadersFrame, PeerFrame, PeerFrameOf } from '../../src/testing/peer-frame.ts';

const headers: DecodedHeadersFrame = {
	...{ type: 'HEADERS', flags: 0x5, streamId: 1, length: 20, endStream: true, padding: null, priority: null },
	fields: [
		[':method', 'GET'],
		['a', '1', { neverIndex: true }],
		['a', '2'],
	],
};
const data: PeerFrameOf<'DATA'> = {
	...{ type: 'DATA', flags: 0, streamId: 1, length: 4, endStream: false, padding: null },
	data: new TextEncoder().encode('gr\u00fc'),
};
const settings: PeerFrameOf<'SETTINGS'> = {
	...{ type: 'SETTINGS', flags: 0, streamId: 0, length: 6, ack: false },
	settings: [[1, 2]],
};

for (const [frame, shape] of [
	[headers, {}],
	[headers, { streamId: 1, endStream: true }],
	[headers, { fields: {} }],
	[headers, { fields: { a: '2', ':method': 'GET' } }],
	[headers, { fields: headers.fields }],
	[data, { data: 'gr\u00fc' }],
	[data, { data: data.data.slice() }],
	[settings, { settings: [[1, 2]] }],
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
	[settings, { settings: [] }, 'settings is [[1,2]], expected []'],
	[settings, { ack: null }, 'ack is false, expected null'],
] as [PeerFrame, FrameShape, string][]) {
	test(`${frame.type} does not match ${JSON.stringify(shape)}: ${words}`, () => {
		assert.equal(findMismatch(frame, shape)?.startsWith(words), true);
	});
}

test('more than 64 bytes are shown as a length', () => {
	const long: PeerFrame = { ...data, data: new Uint8Array(65) };
	assert.equal(findMismatch(long, { data: 'x' }), 'data is 65 bytes, expected "x"');
});
