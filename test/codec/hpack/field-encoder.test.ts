// The encoder's record of the dynamic table against a model: what it believes to be in the table is what a decoder has that
// follows RFC 7541 word for word.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BLOCK_BYTES } from '../../../assembly/shared/limit.ts';
import { HPACKEncodingError } from '../../../src/base/errors.ts';
import { type Engine, releaseEngine, takeEngine } from '../../../src/codec/engine.ts';
import { blockBound, FieldEncoder, writeText } from '../../../src/codec/hpack/field-encoder.ts';
import { STATIC_TABLE } from '../../../src/codec/hpack/static-table.ts';
import { Random } from '../../support/random.ts';
import { randomByteString } from '../../support/random-bytes.ts';

/** HPACK without Huffman codes as RFC 7541 describes it, in arrays with the newest entry first. */
class Model {
	readonly entries: [name: string, value: string][] = [];
	capacity = 4096;

	get size(): number {
		return this.entries.reduce((size, [name, value]) => size + name.length + value.length + 32, 0);
	}

	decode(block: Uint8Array): string[] {
		const fields: string[] = [];
		let at = 0;
		const integer = (bits: number): number => {
			const mask = (1 << bits) - 1;
			let value = (block[at++] as number) & mask;
			for (let shift = 0, more = value === mask; more; shift += 7) {
				const byte = block[at++] as number;
				value += (byte & 0x7f) * 2 ** shift;
				more = byte >= 0x80;
			}
			return value;
		};
		const string = (): string => {
			assert.ok((block[at] as number) < 0x80, 'no Huffman codes here');
			const length = integer(7);
			at += length;
			return Buffer.from(block.subarray(at - length, at)).toString('latin1');
		};
		const entry = (index: number): [string, string] => {
			const found =
				index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.entries[index - STATIC_TABLE.length - 1];
			assert.ok(found !== undefined, `index ${index}`);
			return [...found];
		};
		while (at < block.length) {
			const first = block[at] as number;
			if (first >= 0x80) fields.push(...entry(integer(7)));
			else if (first >= 0x20 && first < 0x40) this.resize(integer(5));
			else {
				const index = integer(first >= 0x40 ? 6 : 4);
				const name = index === 0 ? string() : entry(index)[0];
				const value = string();
				if (first >= 0x40) this.insert(name, value);
				fields.push(name, value);
			}
		}
		return fields;
	}

	resize(capacity: number): void {
		this.capacity = capacity;
		while (this.size > capacity) this.entries.pop();
	}

	insert(name: string, value: string): void {
		this.entries.unshift([name, value]);
		while (this.size > this.capacity) this.entries.pop();
	}
}

class Subject {
	readonly engine: Engine = takeEngine(false);
	readonly encoder = new FieldEncoder(this.engine);
	readonly model = new Model();

	constructor() {
		this.engine.exports.setHuffman(false);
	}

	encode(fields: readonly string[], neverIndexed: ReadonlySet<number> | null = null): Uint8Array {
		const { bytes, output } = this.engine;
		const block = bytes.slice(output, this.encoder.encode(output, fields, neverIndexed));
		assert.ok(block.length <= blockBound(fields));
		return block;
	}

	/** Encodes the fields, and compares what the model decodes and both tables. */
	check(fields: readonly string[]): void {
		assert.deepEqual(this.model.decode(this.encode(fields)), fields);
		const [capacity, size, inserted, evicted] = this.engine.encoderTable as unknown as number[];
		assert.equal(capacity, this.model.capacity);
		assert.equal(size, this.model.size);
		assert.equal((inserted as number) - (evicted as number), this.model.entries.length);
	}
}

describe("the encoder's table", () => {
	test("the encoder's table equals a model over random lists, table sizes and errors", () => {
		const random = new Random(21);
		for (let round = 0; round < 12; round++) {
			const subject = new Subject();
			const names = Array.from({ length: 12 }, () => randomByteString(random, 1 + random.below(12), 0x61, 0x7a));
			names.push(':method', ':path', 'accept', 'cookie', 'set-cookie', 'server', '');
			const values = Array.from({ length: 12 }, () =>
				randomByteString(random, random.below(random.chance(1, 4) ? 400 : 20)),
			);
			for (let i = 0; i < 150; i++) {
				const fields = Array.from({ length: random.below(14) }, () => [random.pick(names), random.pick(values)]).flat();
				if (random.chance(1, 12))
					subject.engine.exports.setEncoderTableSize(random.pick([0, 40, 100, 300, 1000, 4096]));
				if (random.chance(1, 15)) assert.throws(() => subject.encode([...fields, 'x', '\u0100']), TypeError);
				subject.check(fields);
			}
			releaseEngine(subject.engine);
		}
	});

	test("the encoder's table is right when entries evict those of the same name and value", () => {
		const subject = new Subject();
		subject.engine.exports.setEncoderTableSize(120);
		for (let i = 0; i < 300; i++) subject.check(['a', `${i % 3}`, 'b', `${i % 5}`, 'a', `${i % 2}`]);
		releaseEngine(subject.engine);
	});

	test("the encoder's table is right when its ring of entries wraps around", () => {
		const subject = new Subject();
		for (let i = 0; i < 3000; i++) subject.check(['n', `${i}`, 'n', `${i - 20}`]);
		releaseEngine(subject.engine);
	});

	test("an entry of nearly the table's size is not inserted, since it would evict all others", () => {
		const subject = new Subject();
		subject.check(['a', 'b']);
		subject.check(['big', 'x'.repeat(3500)]);
		assert.deepEqual(subject.model.entries, [['a', 'b']]);
		releaseEngine(subject.engine);
	});
});

test('a table size of 0 is signalled in the next block if the block that began with it failed', () => {
	const subject = new Subject();
	subject.check(['a', 'b']);
	subject.engine.exports.setEncoderTableSize(0);
	assert.throws(() => subject.encode(['x', '\u0100']), TypeError);
	assert.deepEqual([...subject.encode([])], [0x20]);
	releaseEngine(subject.engine);
});

test('a block that might not fit into memory is an error before anything is written', () => {
	assert.equal(blockBound(['', '', 'ab', 'cde']), 12 + 4 * 6 + 5);
	assert.equal(blockBound(['', 'x'.repeat(BLOCK_BYTES - 24)]), BLOCK_BYTES);
	assert.throws(() => blockBound(['', 'x'.repeat(BLOCK_BYTES - 23)]), HPACKEncodingError);
});

test('credentials and cookies shorter than 20 bytes are never indexed', () => {
	const subject = new Subject();
	// RFC 7541 §6.2.3: 0001 begins a literal that is never indexed.
	const isNeverIndexed = (name: string, value: string): boolean =>
		(subject.encode([name, value])[0] as number) >> 4 === 1;
	for (const name of ['authorization', 'proxy-authorization']) {
		for (const value of ['', 'Basic YTpi', 'x'.repeat(200)]) assert.equal(isNeverIndexed(name, value), true, name);
	}
	assert.equal(isNeverIndexed('cookie', 'x'.repeat(19)), true);
	assert.equal(isNeverIndexed('cookie', 'x'.repeat(20)), false);
	assert.equal(isNeverIndexed('proxy-authenticate', 'Basic'), false);
	releaseEngine(subject.engine);
});

const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
const ascii = everyByte.slice(0, 128);

describe('writeText', () => {
	test('writeText writes short and long texts to their place and changes nothing beside it', () => {
		for (const text of [
			'',
			'a',
			'\xff',
			everyByte,
			ascii.repeat(3),
			`${ascii.repeat(2)}\x80`,
			`${everyByte.repeat(20)}`,
		]) {
			const arena = new Uint8Array(text.length + 4).fill(0xee);
			writeText(arena, 2, text);
			assert.equal(Buffer.from(arena).toString('latin1'), `\xee\xee${text}\xee\xee`);
		}
	});

	test('writeText throws a TypeError for a character above U+00FF, wherever it is', () => {
		const arena = new Uint8Array(2000);
		for (const char of ['\u0100', '\u20ac', '\ud83d\ude00', '\uffff']) {
			for (const text of [char, `abc${char}`, `${'x'.repeat(500)}${char}`, `${char}${'x'.repeat(500)}`]) {
				assert.throws(() => writeText(arena, 0, text), TypeError);
			}
		}
		assert.throws(() => writeText(arena, 0, '\u0100'), {
			message: 'Cannot encode a field: U+0100 does not fit in a byte',
		});
	});
});
