// HPACK without a connection: shorter blocks for repeated fields, table sizes, never-indexed fields, and limits.
// In a checkout: `npm run build`, then `node --conditions=hyper-wasm-source --import tsx examples/hpack.ts`.

import assert from 'node:assert/strict';
import { Decoder, Encoder, type FieldLine, HPACKDecodingError, HPACKListSizeError } from 'hyper-wasm/hpack';

const fields: FieldLine[] = [
	[':method', 'GET'],
	[':path', '/'],
	['user-agent', 'example/1.0'],
	['x-token', 'secret', { neverIndex: true }],
];

repeatFields();
changeTableSize();
exceedLimits();

/** The dynamic table makes repeated fields short; a never-indexed field is written out every time. */
function repeatFields(): void {
	using encoder = new Encoder();
	using decoder = new Decoder();
	const lengths = [1, 2, 3].map(() => {
		const block = encoder.encode(fields);
		assert.deepEqual(decoder.decode(block), fields);
		return block.length;
	});
	console.log(`The same four fields take ${lengths.join(', ')} bytes`);
}

/** The decoder sets the maximum; the encoder chooses a size up to it and announces it in its next block. */
function changeTableSize(): void {
	using encoder = new Encoder();
	using decoder = new Decoder();
	decoder.decode(encoder.encode(fields));

	decoder.setMaxTableSize(1024);
	encoder.setMaxTableSize(1024);
	const block = encoder.encode([[':status', '204']]);
	assert.deepEqual(decoder.decode(block), [[':status', '204']]);
	console.log(`A new table size takes ${block.length - 1} bytes of the next block`);
}

/** A section over a limit only loses that section. After a malformed block the decoder cannot be used any more. */
function exceedLimits(): void {
	using encoder = new Encoder();
	using decoder = new Decoder({ maxListSize: 1000, maxFields: 10 });
	assert.throws(() => decoder.decode(encoder.encode([['x-long', 'x'.repeat(1000)]])), HPACKListSizeError);
	assert.deepEqual(decoder.decode(encoder.encode([['x-short', 'x']])), [['x-short', 'x']]);

	const broken = Uint8Array.of(0x80);
	assert.throws(() => decoder.decode(broken), HPACKDecodingError);
	assert.throws(() => decoder.decode(encoder.encode([])), HPACKDecodingError);
	console.log('A section over a limit is lost, a malformed block ends the decoder');
}
