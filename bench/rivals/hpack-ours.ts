// This package's HPACK codec, through its public API.

import { Decoder, Encoder } from 'hyper-wasm/hpack';
import { type HPACKConfig, serveHPACK } from '../hpack-worker.ts';

const maxTableSize = 4096;

serveHPACK(({ direction }: HPACKConfig) => {
	if (direction === 'decode') {
		const decoder = new Decoder({ maxTableSize });
		return { decode: (block) => decoder.decode(block) };
	}
	const encoder = new Encoder({ maxTableSize });
	return {
		encode: (fields) => encoder.encode(fields),
		empty() {
			encoder.setMaxTableSize(0);
			encoder.setMaxTableSize(maxTableSize);
		},
	};
});
