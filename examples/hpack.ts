// HPACK without a connection: blocks that get shorter, table sizes, marks, and the limits against hostile blocks.
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
meetLimits();

/** The table makes what repeats cheap; a marked field is written out every time. */
function repeatFields(): void {
	using encoder = new Encoder();
	using decoder = new Decoder();
	const lengths = [1, 2, 3].map(() => {
		const block = encoder.encode(fields);
		assert.deepEqual(decoder.decode(block), fields);
		return block.length;
	});
	console.log(`The same four fields take ${lengths.join(', ')} octets`);
}

/** The decoder allows a size, the encoder chooses one up to it and says so in its next block. */
function changeTableSize(): void {
	using encoder = new Encoder();
	using decoder = new Decoder();
	decoder.decode(encoder.encode(fields));

	decoder.setMaxTableSize(1024);
	encoder.setMaxTableSize(1024);
	const block = encoder.encode([[':status', '204']]);
	assert.deepEqual(decoder.decode(block), [[':status', '204']]);
	console.log(`A new table size takes ${block.length - 1} octets of the next block`);
}

/** A section over a limit is lost, the decoder is not; after a broken block nothing can be decoded. */
function meetLimits(): void {
	using encoder = new Encoder();
	using decoder = new Decoder({ maxListSize: 1000, maxFields: 10 });
	assert.throws(() => decoder.decode(encoder.encode([['x-long', 'x'.repeat(1000)]])), HPACKListSizeError);
	assert.deepEqual(decoder.decode(encoder.encode([['x-short', 'x']])), [['x-short', 'x']]);

	const broken = Uint8Array.of(0x80);
	assert.throws(() => decoder.decode(broken), HPACKDecodingError);
	assert.throws(() => decoder.decode(encoder.encode([])), HPACKDecodingError);
	console.log('A section over a limit is lost alone, a broken block ends it all');
}
