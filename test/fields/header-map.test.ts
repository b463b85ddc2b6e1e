// HTTPHeaderMap keeps order, bytes and `neverIndex`; its lookups are canonical.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type FieldLine, type HeaderFields, HTTPHeaderMap } from '../../src/fields/header-map.ts';

const NEVER = { neverIndex: true } as const;

function raw(map: HTTPHeaderMap): FieldLine[] {
	return [...map.raw()];
}

describe('construction', () => {
	const pairs: FieldLine[] = [
		['Accept', 'a/b, c/d'],
		['cookie', 'k=v', NEVER],
		['ACCEPT', 'e/f'],
	];

	test('a header map keeps pairs as given, with neverIndex', () => {
		const map = new HTTPHeaderMap(pairs);
		assert.deepEqual(raw(map), pairs);
		assert.equal(map.size, 3);
	});

	test('a header map can be made from any iterable of pairs', () => {
		assert.deepEqual(raw(new HTTPHeaderMap(new Set(pairs))), pairs);
		assert.deepEqual(raw(new HTTPHeaderMap(new Map([['a', 'b']]))), [['a', 'b']]);
		assert.deepEqual(raw(new HTTPHeaderMap([['a', 'b', { neverIndex: false }]])), [['a', 'b']]);
	});

	test('a header map can be made from a record, whose values may be arrays', () => {
		assert.deepEqual(raw(new HTTPHeaderMap({ A: '1', b: ['2', '3'], c: [] })), [
			['A', '1'],
			['b', '2'],
			['b', '3'],
		]);
	});

	test('a header map can be made from Headers, with one line per Set-Cookie', () => {
		const headers = new Headers([
			['set-cookie', 'a=1'],
			['x', 'y'],
			['set-cookie', 'b=2'],
		]);
		assert.deepEqual(raw(new HTTPHeaderMap(headers)), [
			['set-cookie', 'a=1'],
			['set-cookie', 'b=2'],
			['x', 'y'],
		]);
	});

	test('a header map copied from another has its raw lines and is independent of it', () => {
		const first = new HTTPHeaderMap(pairs);
		const second = new HTTPHeaderMap(first);
		first.append('only', 'first');
		second.delete('accept');
		assert.deepEqual(raw(first), [...pairs, ['only', 'first']]);
		assert.deepEqual(raw(second), [['cookie', 'k=v', NEVER]]);
	});

	test('a header map without arguments is empty', () => {
		assert.equal(new HTTPHeaderMap().size, 0);
		assert.equal(new HTTPHeaderMap(undefined).size, 0);
		assert.deepEqual([...new HTTPHeaderMap({})], []);
	});

	test('a header map from anything else is a TypeError', () => {
		const wrong: unknown[] = [
			null,
			'ab',
			7,
			['ab'],
			[['a']],
			[['a', 'b', NEVER, 'c']],
			['a', 'b'],
			{ a: 1 },
			[['a', undefined]],
		];
		for (const fields of wrong)
			assert.throws(() => new HTTPHeaderMap(fields as HeaderFields), TypeError, inspect(fields));
	});
});

describe('names and values', () => {
	test('field names must be tokens, which a colon may precede', () => {
		const map = new HTTPHeaderMap([[':authority', 'h']]);
		assert.deepEqual(map.get(':Authority'), ['h']);
		for (const name of ['', ':', 'a b', 'a:b', '::a', 'a\n', '\u00e9', 'a,b']) {
			assert.throws(() => map.append(name, ''), TypeError, inspect(name));
			assert.throws(() => map.set(name, ''), TypeError, inspect(name));
		}
		assert.equal(map.size, 1);
	});

	test('field values are bytes without NUL, CR and LF, kept as given', () => {
		const map = new HTTPHeaderMap();
		map.append('a', ' \t\u0001\u007f\u0080\u00ff ');
		assert.deepEqual(map.get('a'), [' \t\u0001\u007f\u0080\u00ff ']);
		for (const value of ['\0', 'a\r', 'a\nb', '\u0100', '\u20ac', '\u{1f600}', 1, null, ['b']]) {
			assert.throws(() => map.append('a', value as string), TypeError, inspect(value));
			assert.throws(() => map.set('a', value as string), TypeError, inspect(value));
		}
		assert.equal(map.size, 1);
	});

	test('the error for a bad value names the field and the position, never the value', () => {
		assert.throws(
			() => new HTTPHeaderMap({ authorization: 'secret\n' }),
			(error: Error) => {
				assert.match(error.message, /authorization has U\+000A at position 6/);
				assert.doesNotMatch(error.message, /secret/);
				return true;
			},
		);
	});

	test('__proto__ and constructor are ordinary field names', () => {
		const map = new HTTPHeaderMap(JSON.parse('{ "__proto__": "a", "constructor": "b" }'));
		assert.deepEqual(map.get('__proto__'), ['a']);
		assert.deepEqual(map.getRaw('constructor'), ['b']);
		assert.equal(map.has('toString'), false);
		map.set('__proto__', 'c');
		assert.deepEqual(map.get('__PROTO__'), ['c']);
	});
});

describe('lookup', () => {
	const map = new HTTPHeaderMap([
		['Vary', 'a,"b,c"'],
		['Set-Cookie', 'd=1; expires=Mon, 01 Jan 2035 00:00:00 GMT'],
		['vary', ' e '],
		['X-Many', '1, 2'],
	]);

	test('get of a header map splits only fields registered as lists', () => {
		assert.deepEqual(map.get('VARY'), ['a', '"b,c"', 'e']);
		assert.deepEqual(map.get('set-cookie'), ['d=1; expires=Mon, 01 Jan 2035 00:00:00 GMT']);
		assert.deepEqual(map.get('x-many'), ['1, 2']);
		assert.deepEqual(map.get('none'), []);
	});

	test('getRaw of a header map returns one value per field line', () => {
		assert.deepEqual(map.getRaw('vary'), ['a,"b,c"', ' e ']);
		assert.deepEqual(map.getRaw('none'), []);
	});

	test('a header map ignores the case of names in has', () => {
		assert.equal(map.has('vARY'), true);
		assert.equal(map.has('var'), false);
	});

	test('iterating over a header map yields canonical pairs in order', () => {
		const canonical = [
			['vary', 'a'],
			['vary', '"b,c"'],
			['set-cookie', 'd=1; expires=Mon, 01 Jan 2035 00:00:00 GMT'],
			['vary', 'e'],
			['x-many', '1, 2'],
		];
		assert.deepEqual([...map], canonical);
		assert.deepEqual([...map.entries()], canonical);
		assert.deepEqual(
			[...map.keys()],
			canonical.map(([name]) => name),
		);
		assert.deepEqual(
			[...map.values()],
			canonical.map(([, value]) => value),
		);
		assert.equal(map.size, 4);
	});
});

describe('modification', () => {
	const make = (): HTTPHeaderMap =>
		new HTTPHeaderMap([
			['a', '1', NEVER],
			['B', '2'],
			['c', '3', NEVER],
			['b', '4', NEVER],
		]);

	test('set of a header map replaces the first line and its neverIndex, and drops the others', () => {
		const map = make();
		map.set('b', '5');
		assert.deepEqual(raw(map), [
			['a', '1', NEVER],
			['b', '5'],
			['c', '3', NEVER],
		]);
		map.set('C', '6', NEVER);
		map.set('d', '7', NEVER);
		assert.deepEqual(raw(map), [
			['a', '1', NEVER],
			['b', '5'],
			['C', '6', NEVER],
			['d', '7', NEVER],
		]);
	});

	test('replace of a header map does the same as set', () => {
		const map = make();
		map.replace('a', '9');
		assert.deepEqual(raw(map)[0], ['a', '9']);
		assert.equal(map.size, 4);
	});

	test('delete of a header map drops every line of the name, and the others keep their neverIndex', () => {
		const map = make();
		assert.equal(map.delete('B'), true);
		assert.equal(map.delete('b'), false);
		assert.deepEqual(raw(map), [
			['a', '1', NEVER],
			['c', '3', NEVER],
		]);
		assert.deepEqual(map.get('c'), ['3']);
	});

	test('a lookup in a header map sees lines appended after an earlier lookup', () => {
		const map = make();
		assert.equal(map.has('d'), false);
		map.append('D', '5');
		map.append('b', '6');
		assert.deepEqual(map.get('d'), ['5']);
		assert.deepEqual(map.get('b'), ['2', '4', '6']);
	});

	test('merge of a header map appends raw lines with their neverIndex', () => {
		const map = make();
		map.merge(new HTTPHeaderMap([['X', 'y, z', NEVER]]));
		map.merge({ A: '5' });
		assert.deepEqual(raw(map).slice(4), [
			['X', 'y, z', NEVER],
			['A', '5'],
		]);
		assert.deepEqual(map.getRaw('a'), ['1', '5']);
	});

	test('merging a header map into itself changes nothing, merging it into a copy doubles the copy', () => {
		const map = make();
		map.merge(map);
		assert.equal(map.size, 4);
		const copy = new HTTPHeaderMap(map);
		copy.merge(map);
		assert.deepEqual(raw(copy), [...raw(map), ...raw(map)]);
	});

	test('merging invalid fields does not change a header map', () => {
		const map = make();
		assert.throws(
			() =>
				map.merge([
					['x', 'fine'],
					['y', '\n'],
				]),
			TypeError,
		);
		assert.deepEqual(raw(map), raw(make()));
	});

	test('an iteration sees the header map as it was at its first step', () => {
		const map = make();
		const seen: string[] = [];
		for (const [name, value] of map) {
			seen.push(name);
			map.append('new', value);
			map.delete('c');
		}
		assert.deepEqual(seen, ['a', 'b', 'c', 'b']);
		assert.deepEqual(map.get('new'), ['1', '2', '3', '4']);
	});
});

test('equals of header maps compares raw field lines in order and ignores neverIndex', () => {
	const map = new HTTPHeaderMap([
		['a', '1'],
		['b', '2'],
	]);
	assert.equal(map.equals(map), true);
	assert.equal(map.equals(new HTTPHeaderMap([...map.raw(), ['more', '1']])), false);
	assert.equal(
		map.equals(
			new HTTPHeaderMap([
				['a', '1', NEVER],
				['b', '2'],
			]),
		),
		true,
	);
	assert.equal(map.equals(HTTPHeaderMap.fromFlat([':status', '200', 'a', '1', 'b', '2'], null, 2)), true);
	assert.equal(
		map.equals(
			new HTTPHeaderMap([
				['b', '2'],
				['a', '1'],
			]),
		),
		false,
	);
	assert.equal(
		map.equals(
			new HTTPHeaderMap([
				['A', '1'],
				['b', '2'],
			]),
		),
		false,
	);
	assert.equal(map.equals(new HTTPHeaderMap([['a', '1']])), false);
	assert.equal(
		new HTTPHeaderMap([['vary', 'a, b']]).equals(
			new HTTPHeaderMap([
				['vary', 'a'],
				['vary', 'b'],
			]),
		),
		false,
	);
});

describe('flat form', () => {
	const flat: readonly string[] = Object.freeze([':status', '200', 'a', '1', 'b', '2', 'A', '3']);
	const neverIndexed: ReadonlySet<number> = new Set([0, 2]);

	test('fromFlat skips the fields before start', () => {
		const map = HTTPHeaderMap.fromFlat(flat, neverIndexed, 2);
		assert.equal(map.size, 3);
		assert.equal(map.has(':status'), false);
		assert.deepEqual(map.get('a'), ['1', '3']);
		assert.deepEqual(raw(map), [
			['a', '1'],
			['b', '2', NEVER],
			['A', '3'],
		]);
		assert.deepEqual(map.toFlat(), { fields: flat.slice(2), neverIndexed: new Set([1]) });
	});

	test('changing a header map from fromFlat leaves its array and set unchanged', () => {
		const map = HTTPHeaderMap.fromFlat(flat, neverIndexed, 2);
		assert.equal(map.has('b'), true);
		map.append('c', '4', NEVER);
		assert.deepEqual(map.getRaw('A'), ['1', '3']);
		map.set('b', '5');
		map.delete('a');
		assert.deepEqual(raw(map), [
			['b', '5'],
			['c', '4', NEVER],
		]);
		assert.deepEqual([...neverIndexed], [0, 2]);
	});

	test('a copy of a header map from fromFlat keeps its start', () => {
		const map = HTTPHeaderMap.fromFlat(flat, neverIndexed, 2);
		const copy = new HTTPHeaderMap(map);
		copy.append('c', '4');
		map.set('a', '0');
		assert.deepEqual(raw(copy), [
			['a', '1'],
			['b', '2', NEVER],
			['A', '3'],
			['c', '4'],
		]);
		assert.deepEqual(raw(map), [
			['a', '0'],
			['b', '2', NEVER],
		]);
	});

	test('toFlat returns a copy, with null if no field is never indexed', () => {
		const map = HTTPHeaderMap.fromFlat(flat, neverIndexed, 6);
		const { fields, neverIndexed: copied } = map.toFlat();
		fields.push('x', 'y');
		assert.equal(copied, null);
		assert.equal(map.size, 1);
	});
});

test('the console shows every field line of a header map as given, wherever the map is', () => {
	const map = new HTTPHeaderMap([
		['Accept', 'a, b', NEVER],
		['X', '\u001b[31m'],
	]);
	const shown = inspect(map);
	assert.match(shown, /^HTTPHeaderMap\(2\) \[/);
	assert.match(shown, /\[ 'Accept', '<sensitive, 4 bytes>', \{ neverIndex: true \} \]/);
	assert.match(shown, /'X', '\\x1B\[31m'/);
	assert.match(inspect([[[map]]]), /'X', '\\x1B\[31m'/);
	assert.deepEqual(Object.keys(map), []);
});

test('the console shows the lengths of credentials in a header map, not their values', () => {
	for (const name of ['Authorization', 'proxy-authorization', 'Cookie', 'Set-Cookie']) {
		const map = new HTTPHeaderMap([[name, 'abc']]);
		assert.equal(inspect(map), `HTTPHeaderMap(1) [ [ '${name}', '<sensitive, 3 bytes>' ] ]`);
		assert.deepEqual([...map.raw()], [[name, 'abc']]);
	}
});

test('any sequence of changes to a header map has the same result as on a plain list of lines', () => {
	const name = fc.constantFrom('a', 'A', 'b', 'vary', 'Vary', '__proto__');
	const change = fc.record({
		method: fc.constantFrom('append', 'set', 'delete', 'copy', 'flat'),
		name,
		value: fc.constantFrom('1', '2, 3', ''),
		neverIndex: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.constantFrom(0, 15, 40), fc.array(change, { maxLength: 30 }), (others, changes) => {
			let model: FieldLine[] = Array.from({ length: others }, (_, at) => [`x-${at}`, 'y']);
			let map = new HTTPHeaderMap(model);
			for (const { method, name, value, neverIndex } of changes) {
				const line: FieldLine = neverIndex ? [name, value, NEVER] : [name, value];
				const same = (other: FieldLine): boolean => other[0].toLowerCase() === name.toLowerCase();
				const first = model.findIndex(same);
				if (method === 'append' || (method === 'set' && first < 0)) model.push(line);
				else if (method === 'set')
					model = model.flatMap((other, at) => (at === first ? [line] : same(other) ? [] : [other]));
				else if (method === 'delete') model = model.filter((other) => !same(other));
				if (method === 'append') map.append(...line);
				else if (method === 'set') map.set(...line);
				else if (method === 'delete') assert.equal(map.delete(name), first >= 0);
				else if (method === 'copy') map = new HTTPHeaderMap(map);
				else {
					const { fields, neverIndexed } = map.toFlat();
					const shifted = neverIndexed && new Set([...neverIndexed].map((pair) => pair + 1));
					map = HTTPHeaderMap.fromFlat([':status', '200', ...fields], shifted, 2);
				}
				assert.deepEqual(raw(map), model);
				assert.deepEqual(
					map.getRaw(name),
					model.filter(same).map((other) => other[1]),
				);
			}
		}),
	);
});

test('a field line without a value is a TypeError that says what a line is', () => {
	assert.throws(
		() => new HTTPHeaderMap([['a']] as never),
		/^TypeError: A field line must be an array of name and value/,
	);
});
