import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytes, octetsOf, paddedFrameBytes, settingsBytes, words } from '../../src/testing/frame-bytes.ts';
import { toHex } from '../support/hpack-stories.ts';

for (const [what, bytes, hex] of [
	['a frame', frameBytes(1, 0x25, 0x7fffffff, Uint8Array.of(0xaa)), '000001 01 25 7fffffff aa'],
	['a frame without payload', frameBytes(4, 1, 0, new Uint8Array(0)), '000000 04 01 00000000'],
	['a length that lies', frameBytes(0, 0, 1, Uint8Array.of(0xaa), 0xfffffe), 'fffffe 00 00 00000001 aa'],
	['a type beyond those that are known', frameBytes(0xff, 0xff, 3, new Uint8Array(0)), '000000 ff ff 00000003'],
	['the reserved bit', frameBytes(8, 0, 0x80000001, new Uint8Array(0)), '000000 08 00 80000001'],
	['no padding', paddedFrameBytes(0, 1, 1, Uint8Array.of(0xaa), null), '000001 00 01 00000001 aa'],
	['padding of 0', paddedFrameBytes(0, 1, 1, Uint8Array.of(0xaa), 0), '000002 00 09 00000001 00 aa'],
	['padding of 2', paddedFrameBytes(1, 4, 1, Uint8Array.of(0xaa), 2), '000004 01 0c 00000001 02 aa 0000'],
	['no settings', settingsBytes([]), '000000 04 00 00000000'],
	[
		'settings in their order',
		settingsBytes([
			[4, 0xffffffff],
			[0xffff, 1],
		]),
		'00000c 04 00 00000000 0004 ffffffff ffff 00000001',
	],
	['words', words([1, 0xfffffffe]), '00000001 fffffffe'],
	['words with octets behind', words([1], Uint8Array.of(2, 3)), '00000001 02 03'],
	['a text', octetsOf('a\u00fc'), '61 c3bc'],
] as const) {
	test(what, () => assert.equal(toHex(bytes), hex.replaceAll(' ', '')));
}

test('bytes are octets already', () => {
	const bytes = Uint8Array.of(1);
	assert.equal(octetsOf(bytes), bytes);
});
