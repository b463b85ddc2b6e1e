import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytes } from './frame-bytes.ts';
import { toHex } from './hpack-stories.ts';

for (const [what, bytes, hex] of [
	['a frame', frameBytes(1, 0x25, 0x7fffffff, Uint8Array.of(0xaa)), '000001 01 25 7fffffff aa'],
	['a frame without payload', frameBytes(4, 1, 0, new Uint8Array(0)), '000000 04 01 00000000'],
	['a frame with a false length', frameBytes(0, 0, 1, Uint8Array.of(0xaa), 0xfffffe), 'fffffe 00 00 00000001 aa'],
	['a frame of an unknown type', frameBytes(0xff, 0xff, 3, new Uint8Array(0)), '000000 ff ff 00000003'],
	['a frame with the reserved bit', frameBytes(8, 0, 0x80000001, new Uint8Array(0)), '000000 08 00 80000001'],
] as const) {
	test(`${what} is written as given`, () => assert.equal(toHex(bytes), hex.replaceAll(' ', '')));
}
