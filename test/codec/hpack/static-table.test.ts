// RFC 7541 appendix A as the engine and the strings of the host have it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATIC_TABLE } from '../../../src/codec/hpack/static-table.ts';
import { Decoder, Encoder } from '../../../src/hpack.ts';

test('an index stands for its entry in both directions', () => {
	using decoder = new Decoder();
	using encoder = new Encoder();
	STATIC_TABLE.forEach(([name, value], i) => {
		const block = Uint8Array.of(0x80 | (i + 1));
		assert.deepEqual(decoder.decode(block), [[name, value]]);
		// An empty value is no pair worth finding: the RFC's entry is there for its name.
		if (value !== '') assert.deepEqual(encoder.encode([[name, value]]), block);
	});
});

test('its sizes are those that the engine counts', () => {
	for (const [i, [name, value]] of STATIC_TABLE.entries()) {
		const size = name.length + value.length + 32;
		const block = Uint8Array.of(0x80 | (i + 1));
		assert.equal(new Decoder({ maxListSize: size }).decode(block).length, 1);
		using decoder = new Decoder({ maxListSize: size - 1 });
		assert.throws(() => decoder.decode(block), { name: 'HPACKListSizeError' });
	}
});
