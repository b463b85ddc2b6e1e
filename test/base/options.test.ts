import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
	anything,
	boolean,
	callback,
	checkOptions,
	describe,
	integer,
	listOfStrings,
	nearestName,
	nested,
	nullOr,
	number,
	objectWith,
	oneOf,
	optionSet,
	string,
} from '../../src/base/options.ts';

const PAPER = optionSet(
	'paper',
	{ size: oneOf('A4', 'A5', 3), weight: integer(60, 300, 'grams') },
	{ format: 'write size' },
);
const PRINTER = optionSet(
	'a printer',
	{ copies: integer(1), color: boolean, name: string, paper: nested(PAPER), onJam: nullOr(callback), other: anything },
	{ colour: 'write color', 'x-legacy': 'legacy is gone' },
);

function messageOf(options: unknown, set = PRINTER, path?: string): string {
	try {
		checkOptions(options, set, path);
	} catch (error) {
		return `${(error as Error).name}: ${(error as Error).message}`;
	}
	return '';
}

test('known options with valid or undefined values are accepted', () => {
	for (const options of [
		{},
		{ copies: 2, color: false, name: '', paper: { size: 'A4', weight: 60 }, onJam: () => undefined, other: Symbol() },
		{ copies: undefined, paper: { size: undefined }, onJam: null },
		{ paper: { size: 3 } },
		Object.create(null),
		Object.create({ copies: 1 }),
	]) {
		assert.equal(messageOf(options), '');
	}
});

test('an unknown option is a TypeError that suggests the nearest known name', () => {
	assert.equal(messageOf({ copys: 1 }), 'TypeError: Unknown option "copys" of a printer: did you mean copies?');
	assert.equal(nearestName('ix', ['six', 'index']), 'six', 'one letter of three');
	assert.equal(nearestName('AA', ['aa']), 'aa', 'equal letters are not in the wrong order');
	assert.equal(nearestName('abx', ['ab']), 'ab', 'one letter of three');
	assert.equal(nearestName('abcdef', ['abdcef', 'abcxyz']), 'abdcef', 'two letters in the wrong order');
	assert.equal(messageOf({ Copies: 1 }), 'TypeError: Unknown option "Copies" of a printer: did you mean copies?');
	assert.equal(messageOf({ on_jam: null }), 'TypeError: Unknown option "on_jam" of a printer: did you mean onJam?');
	assert.equal(messageOf({ nmae: undefined }), 'TypeError: Unknown option "nmae" of a printer: did you mean name?');
	assert.equal(
		messageOf({ paper: { wieght: 80 } }),
		'TypeError: Unknown option "wieght" of paper: did you mean paper.weight?',
	);
	assert.equal(
		messageOf({ toner: 1 }),
		'TypeError: Unknown option "toner" of a printer, which has copies, color, name, paper, onJam, other',
	);
	assert.match(messageOf({ '': 1 }), /^TypeError: Unknown option "" of a printer, which has/);
	assert.match(messageOf({ constructor: 1 }), /^TypeError: Unknown option "constructor" of a printer, which has/);
	assert.match(messageOf(Object.create({ copys: 1 })), /did you mean copies/);
});

test('advice takes precedence over the nearest name, and is found for misspelt names too', () => {
	assert.equal(messageOf({ colour: true }), 'TypeError: Unknown option "colour" of a printer: write color');
	assert.equal(messageOf({ xLegacy: true }), 'TypeError: Unknown option "xLegacy" of a printer: legacy is gone');
	assert.equal(messageOf({ paper: { formats: 1 } }), 'TypeError: Unknown option "formats" of paper: write size');
});

test('an open option set rejects only names that resemble known ones', () => {
	const OPEN = optionSet('anything else', { verbose: boolean }, { loud: 'write verbose' }, { isOpen: true });
	assert.equal(messageOf({ whatever: 1, verbose: true }, OPEN), '');
	assert.match(messageOf({ verbos: true }, OPEN), /did you mean verbose/);
	assert.match(messageOf({ loud: true }, OPEN), /write verbose/);
	assert.match(messageOf({ verbose: 1 }, OPEN), /^TypeError: verbose must be true or false, not a number$/);
});

test('a value of the wrong type is a TypeError, a number out of range a RangeError', () => {
	for (const [options, message] of [
		[{ copies: '2' }, 'TypeError: copies must be a number, not a string'],
		[{ copies: null }, 'TypeError: copies must be a number, not null'],
		[{ copies: 0 }, 'RangeError: copies is 0, but must be an integer of at least 1'],
		[{ copies: Number.NaN }, 'RangeError: copies is NaN, but must be an integer of at least 1'],
		[{ color: 'false' }, 'TypeError: color must be true or false, not a string'],
		[{ name: 1n }, 'TypeError: name must be a string, not a bigint'],
		[{ paper: 'A4' }, 'TypeError: paper must be an object { size, weight }, not a string'],
		[{ paper: null }, 'TypeError: paper must be an object { size, weight }, not null'],
		[{ paper: ['A4'] }, 'TypeError: paper must be an object { size, weight }, not an array of 1'],
		[{ paper: { weight: 60.5 } }, 'RangeError: paper.weight is 60.5, but must be an integer from 60 to 300; grams'],
		[{ paper: { weight: '60' } }, 'TypeError: paper.weight must be a number, not a string; grams'],
		[{ paper: { size: 'A3' } }, "TypeError: paper.size is 'A3', but must be 'A4', 'A5' or 3"],
		[{ paper: { size: null } }, "TypeError: paper.size is null, but must be 'A4', 'A5' or 3"],
		[{ onJam: {} }, 'TypeError: onJam must be a function, not an object'],
	] as const) {
		assert.equal(messageOf(options), message);
	}
	assert.throws(() => number(0, 1)(1.5, 'x'), new RangeError('x is 1.5, but must be from 0 to 1'));
	assert.throws(() => number(0, 1)(undefined, 'x'), new TypeError('x must be a number, not undefined'));
	assert.throws(() => listOfStrings('h2', 'x'), new TypeError('x must be an array of strings, not a string'));
	assert.throws(() => listOfStrings(['h2', 1], 'x'), new TypeError('x must be an array of strings, not an array of 2'));
	const hasSize = objectWith('something with a size', 'size');
	hasSize(new Map(), 'x');
	for (const value of [null, 1, {}, 'size'])
		assert.throws(() => hasSize(value, 'x'), /^TypeError: x must be something with/);
});

test('a value that is not an options object is a TypeError with the names of the options', () => {
	for (const [options, what] of [
		[null, 'null'],
		[undefined, 'undefined'],
		[5, 'a number'],
		['A4', 'a string'],
		[() => undefined, 'a function'],
		[[], 'an array of 0'],
		[new Map(), 'an object'],
	] as const) {
		assert.equal(
			messageOf(options, PAPER),
			`TypeError: The argument with the options of paper must be an object { size, weight }, not ${what}`,
		);
	}
});

test('the nearest name differs by case, punctuation or at most one letter in three', () => {
	const known = ['timeout', 'tls', 'idle', 'alpnProtocols'];
	for (const [name, nearest] of [
		['TIMEOUT', 'timeout'],
		['time-out', 'timeout'],
		['tiemout', 'timeout'],
		['tsl', 'tls'],
		['idel', 'idle'],
		['alpnProtocls', 'alpnProtocols'],
		['alpn', null],
		['tl', 'tls'],
		['', null],
		['something', null],
	] as const) {
		assert.equal(nearestName(name, known), nearest, name);
	}
	assert.equal(nearestName('b', []), null);
});

test('describe names the kind of a value and does not show it', () => {
	assert.deepEqual([null, undefined, 'secret', 1, [1, 2], {}].map(describe), [
		'null',
		'undefined',
		'a string',
		'a number',
		'an array of 2',
		'an object',
	]);
});
