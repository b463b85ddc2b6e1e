// Field blocks (RFC 7541), byte by byte.

import type { Row } from '../case.ts';

/** Field blocks of complete responses on the streams 1, 3, 5 and so on. */
function blocks(name: string, ...given: readonly (readonly number[] | string)[]): Row {
	return {
		name: `RFC 7541 ${name}`,
		requests: given.map(() => 'GET'),
		send(s) {
			for (const [i, block] of given.entries()) {
				const bytes = typeof block === 'string' ? Buffer.from(block, 'hex') : Uint8Array.from(block);
				s.peer.headers(2 * i + 1, bytes, { endStream: true });
			}
		},
	};
}

const STATUS = 0x88;
const text = (value: string): number[] => [value.length, ...Buffer.from(value, 'latin1')];
/** A literal with incremental indexing. */
const indexed = (name: string, value: string): number[] => [0x40, ...text(name), ...text(value)];

// biome-ignore format: a table
export const hpackRows: readonly Row[] = [
	blocks('§6.1: an index of the static table', [STATUS, 0xbd]),
	blocks('§6.1: index 0', [STATUS, 0x80]),
	blocks('§6.1: the first index behind the static table', [STATUS, 0xbe]),
	blocks('§6.1: an index of the dynamic table', [STATUS, ...indexed('a', '1'), 0xbe]),
	blocks('§6.1: an index of an earlier block', [STATUS, ...indexed('a', '1')], [STATUS, 0xbe]),
	blocks('§6.1: an index behind the dynamic table', [STATUS, ...indexed('a', '1'), 0xbf]),
	blocks('§6.1: all other values of :status', [0x89], [0x8a], [0x8b], [0x8c], [0x8d], [0x8e]),
	blocks('§6.2.1: a literal with an indexed name', [STATUS, 0x76, ...text('x')]),
	blocks('§6.2.1: an index of a name behind the tables', [STATUS, 0x7f, 0x00, ...text('x')]),
	blocks('§6.2.2: a literal without indexing', [STATUS, 0x00, ...text('a'), ...text('1')]),
	blocks('§6.2.2: a literal without indexing does not enter the table', [STATUS, 0x00, ...text('a'), ...text('1'), 0xbe]),
	blocks('§6.2.3: a literal that is never indexed', [STATUS, 0x10, ...text('a'), ...text('1')]),
	blocks('§5.1: an integer with needless zeros', [STATUS, 0x0f, 0x80, 0x80, 0x00, ...text('x')]),
	blocks('§5.1: an integer of five bytes', [STATUS, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, ...text('x')]),
	blocks('§5.1: an integer of ten bytes', [STATUS, 0x7f, ...Array(9).fill(0xff), 0x7f]),
	blocks('§5.1: an integer without end', [STATUS, 0x7f, 0xff]),
	blocks('§5.1: an integer with twenty needless zeros', [STATUS, 0x0f, ...Array(20).fill(0x80), 0x00, ...text('x')]),
	blocks('§5.2: a string is longer than the block', [STATUS, 0x40, 0x05, 0x61]),
	blocks('§5.2: the length of a string is 2^32', [STATUS, 0x40, 0x7f, 0x81, 0xff, 0xff, 0xff, 0x0f]),
	blocks('§5.2: a value is missing', [STATUS, 0x40, 0x01, 0x61]),
	blocks('§5.2: a string is empty', [STATUS, 0x40, 0x01, 0x61, 0x00]),
	blocks('§5.2: Huffman-coded strings', `${STATUS.toString(16)}4088${'25a849e95ba97d7f'}89${'25a849e95bb8e8b4bf'}`),
	blocks('§5.2: an empty Huffman-coded string', [STATUS, 0x40, 0x01, 0x61, 0x80]),
	blocks('§5.2: Huffman padding of zeros', [STATUS, 0x40, 0x01, 0x61, 0x81, 0x18]),
	blocks('§5.2: Huffman padding of ones', [STATUS, 0x40, 0x01, 0x61, 0x81, 0x1f]),
	blocks('§5.2: Huffman padding of eight bits', [STATUS, 0x40, 0x01, 0x61, 0x82, 0x1f, 0xff]),
	blocks('§5.2: Huffman padding of fifteen bits', [STATUS, 0x40, 0x01, 0x61, 0x83, 0x1f, 0xff, 0xff]),
	blocks('§5.2: a Huffman-coded string is only padding', [STATUS, 0x40, 0x01, 0x61, 0x81, 0xff]),
	blocks('§5.2: a Huffman-coded string has EOS', [STATUS, 0x40, 0x01, 0x61, 0x84, 0xff, 0xff, 0xff, 0xfc]),
	blocks('§5.2: a Huffman code is incomplete', [STATUS, 0x40, 0x01, 0x61, 0x82, 0xff, 0xfe]),
	blocks('§4.2: a table size update of 0', [0x20, STATUS]),
	blocks('§4.2: two table size updates', [0x20, 0x3f, 0xe1, 0x1f, STATUS]),
	blocks('§4.2: three table size updates', [0x20, 0x20, 0x3f, 0xe1, 0x1f, STATUS]),
	blocks('§4.2: a table size update after a field', [STATUS, 0x20]),
	blocks('§4.2: a table size update at the end', [STATUS, ...indexed('a', '1'), 0x3f, 0xe1, 0x1f]),
	blocks('§4.2: a table size update of 4,096', [0x3f, 0xe1, 0x1f, STATUS]),
	blocks('§6.3: a table size update of 4,097', [0x3f, 0xe2, 0x1f, STATUS]),
	blocks('§6.3: a table size update of 2^32', [0x3f, 0xe1, 0xff, 0xff, 0xff, 0x0f, STATUS]),
	blocks('§4.3: a table size update evicts entries', [STATUS, ...indexed('a', '1')], [0x20, STATUS, 0xbe]),
	blocks('§4.3: a table that was emptied is used again', [STATUS, ...indexed('a', '1')], [0x20, 0x3f, 0xe1, 0x1f, STATUS, ...indexed('b', '2'), 0xbe]),
	blocks('§4.4: an entry that exceeds the table empties it', [STATUS, ...indexed('a', '1'), 0x40, ...text('b'), 0x7f, 0x81, 0x1f, ...Array(4096).fill(0x78), 0xbe]),
	blocks('§4.4: the name of an evicted entry is used', [0x3f, 0x1f, STATUS, ...indexed('abc', '1'), 0x7e, ...text('12345678901234567890')]),
	blocks('§2.3.2: entries are evicted in their order', [STATUS, ...Array.from({ length: 200 }, (_, i) => indexed(`n${i}`, 'v')).flat(), 0xbe, 0xbf, 0xff, 0x10]),
	blocks('§2.3.3: duplicate entries', [STATUS, ...indexed('a', '1'), ...indexed('a', '1'), 0xbe, 0xbf]),
	{ name: 'RFC 7541 §2.2: a block on a stream that the client has reset changes the table', after: 'cancelled', requests: ['GET', 'GET'], send: (s) => { s.peer.headers(1, Uint8Array.from(indexed('a', '1')), { endStream: true }); s.peer.headers(3, Uint8Array.of(STATUS, 0xbe), { endStream: true }); } },
	{ name: 'RFC 7541 §2.2: a block of a malformed response changes the table', requests: ['GET', 'GET'], send: (s) => { s.peer.headers(1, Uint8Array.from([STATUS, ...indexed('connection', 'close'), ...indexed('a', '1')]), { endStream: true }); s.peer.headers(3, Uint8Array.of(STATUS, 0xbe), { endStream: true }); } },
];
