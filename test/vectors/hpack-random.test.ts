// 1,000 random header lists with every byte value, empty and long strings, never-indexed marks and table size changes: from
// our encoder to python3-hpack, the other way, and from our encoder to our decoder.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decoder, Encoder, type FieldLine } from '../../src/hpack.ts';
import { fromHex, toHex } from '../support/hpack-stories.ts';
import { askPythonHPACK, type OracleField, requirePythonHPACK } from '../support/python-hpack.ts';
import { Random } from '../support/random.ts';
import { randomByteString } from '../support/random-bytes.ts';

const LISTS = 1000;
const PER_CONVERSATION = 50;

interface Step {
	/** Set before the list, in order: the last one applies. */
	tableSizes: number[];
	fields: OracleField[];
}

function randomConversations(random: Random): Step[][] {
	return Array.from({ length: LISTS / PER_CONVERSATION }, () => {
		const known: OracleField[] = [];
		return Array.from({ length: PER_CONVERSATION }, () => randomStep(random, known));
	});
}

function randomStep(random: Random, known: OracleField[]): Step {
	const tableSizes = random.chance(1, 6) ? Array.from({ length: 1 + random.below(2) }, () => random.below(4097)) : [];
	const fields = Array.from({ length: random.below(random.chance(1, 10) ? 60 : 15) }, (): OracleField => {
		if (known.length > 0 && !random.chance(1, 3)) {
			const [name, value, neverIndexed] = random.pick(known);
			return random.chance(1, 3) ? [name, randomText(random), random.chance(1, 10)] : [name, value, neverIndexed];
		}
		const field: OracleField = [randomName(random), randomText(random), random.chance(1, 10)];
		known.push(field);
		return field;
	});
	return { tableSizes, fields };
}

function randomName(random: Random): string {
	if (random.chance(1, 2))
		return random.pick([':method', ':path', 'cookie', 'date', 'accept', 'authorization', 'x-request-id']);
	return random.chance(1, 8) ? randomText(random) : randomByteString(random, 1 + random.below(20), 0x61, 0x7a);
}

function randomText(random: Random): string {
	if (random.chance(1, 10)) return '';
	if (random.chance(1, 20)) return randomByteString(random, 2000 + random.below(3000));
	if (random.chance(1, 2)) return randomByteString(random, random.below(40), 0x20, 0x7e);
	return randomByteString(random, random.below(60), random.chance(1, 2) ? 0x80 : 0);
}

function toLine([name, value, neverIndexed]: OracleField): FieldLine {
	return neverIndexed ? [name, value, { neverIndex: true }] : [name, value];
}

/** Requested marks must arrive. The encoder may add more for fields that it deems secret. */
function assertArrived(received: readonly FieldLine[], sent: readonly OracleField[], exactMarks: boolean): void {
	assert.equal(received.length, sent.length);
	sent.forEach(([name, value, neverIndexed], i) => {
		const [receivedName, receivedValue, flags] = received[i] as FieldLine;
		assert.ok(receivedName === name && receivedValue === value, `field ${i}: ${name}`);
		const marked = flags?.neverIndex === true;
		if (exactMarks || neverIndexed) assert.equal(marked, neverIndexed, `mark of field ${i}: ${name}`);
	});
}

const limits = { maxListSize: 0 };

function encodeAll(steps: readonly Step[], huffman: boolean): string[] {
	using encoder = new Encoder({ huffman });
	return steps.map(({ tableSizes, fields }) => {
		for (const size of tableSizes) encoder.setMaxTableSize(size);
		return toHex(encoder.encode(fields.map(toLine)));
	});
}

/** Decodes blocks while the table size limits change as in `steps`. */
function decodeAll(steps: readonly Step[], blocks: readonly string[], exactMarks: boolean): void {
	using decoder = new Decoder(limits);
	steps.forEach(({ tableSizes, fields }, i) => {
		for (const size of tableSizes) decoder.setMaxTableSize(size);
		assertArrived(decoder.decode(fromHex(blocks[i] as string)), fields, exactMarks);
	});
}

/** python3-hpack signals every size that is set. RFC 7541 §4.2 requires the last, and before it the smallest if it is smaller. */
function toSignal(tableSizes: readonly number[]): number[] {
	return tableSizes.filter((size, i) => i === tableSizes.length - 1 || size < (tableSizes.at(-1) as number));
}

test('random header lists survive our encoder and decoder', () => {
	for (const [i, steps] of randomConversations(new Random(1)).entries()) {
		decodeAll(steps, encodeAll(steps, i % 2 === 0), false);
	}
});

test('python3-hpack decodes random header lists from our encoder', (t) => {
	if (!requirePythonHPACK(t)) return;
	const conversations = randomConversations(new Random(2));
	const answers = askPythonHPACK(
		conversations.map((steps, i) => {
			const blocks = encodeAll(steps, i % 2 === 0);
			return {
				direction: 'decode',
				steps: steps.flatMap(({ tableSizes }, k) => [
					...tableSizes.map((tableSize) => ({ tableSize })),
					{ block: blocks[k] as string },
				]),
			};
		}),
	);
	conversations.forEach((steps, i) => {
		steps.forEach(({ fields }, k) => {
			const list = answers[i]?.[k] as OracleField[];
			assertArrived(list.map(toLine), fields, false);
		});
	});
});

test('random header lists from python3-hpack are decoded', (t) => {
	if (!requirePythonHPACK(t)) return;
	const conversations = randomConversations(new Random(3));
	const answers = askPythonHPACK(
		conversations.map((steps, i) => ({
			direction: 'encode',
			huffman: i % 2 === 0,
			steps: steps.flatMap(({ tableSizes, fields }) => [
				...toSignal(tableSizes).map((tableSize) => ({ tableSize })),
				{ fields },
			]),
		})),
	);
	conversations.forEach((steps, i) => {
		decodeAll(steps, answers[i] as string[], true);
	});
});
