// RFC 7541 appendix A in the engine and in the host's strings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATIC_TABLE } from '../../../src/codec/hpack/static-table.ts';
import { Decoder, Encoder } from '../../../src/hpack.ts';

test('each index of the static table encodes and decodes to its entry', () => {
	using decoder = new Decoder();
	using encoder = new Encoder();
	STATIC_TABLE.forEach(([name, value], i) => {
		const block = Uint8Array.of(0x80 | (i + 1));
		assert.deepEqual(decoder.decode(block), [[name, value]]);
		// The encoder does not look up empty values: such entries exist for their names.
		if (value !== '') assert.deepEqual(encoder.encode([[name, value]]), block);
	});
});

test("the sizes of the static table's entries are those that the engine counts", () => {
	for (const [i, [name, value]] of STATIC_TABLE.entries()) {
		const size = name.length + value.length + 32;
		const block = Uint8Array.of(0x80 | (i + 1));
		assert.equal(new Decoder({ maxListSize: size }).decode(block).length, 1);
		using decoder = new Decoder({ maxListSize: size - 1 });
		assert.throws(() => decoder.decode(block), { name: 'HPACKListSizeError' });
	}
});
