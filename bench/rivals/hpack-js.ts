// hpack.js, the HPACK codec of node-spdy.

import hpack from 'hpack.js';
import { type HPACKConfig, serveHPACK } from '../hpack-worker.ts';

const table = { maxSize: 4096 };

serveHPACK(({ direction }: HPACKConfig) => {
	if (direction === 'decode') {
		const decompressor = hpack.decompressor.create({ table });
		return {
			decode(block) {
				decompressor.write(block);
				decompressor.execute();
				const fields: [string, string][] = [];
				for (let field = decompressor.read(); field !== null; field = decompressor.read()) {
					fields.push([field.name, field.value]);
				}
				return fields;
			},
		};
	}
	const compressor = hpack.compressor.create({ table });
	return {
		encode(fields) {
			compressor.write(fields.map(([name, value]) => ({ name, value })));
			return compressor.read() ?? new Uint8Array(0);
		},
		empty: () => compressor.reset(),
	};
});
