// How the console shows objects that describe themselves.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { defineInspection, showInConsole } from '../../src/base/inspection.ts';

class Point {
	x = 1;
	y = { z: { z: { z: 1 } } };
}
class Point3 extends Point {}

describe('inspection', () => {
	test('showInConsole shows the class name of an object and its description instead of its properties', () => {
		showInConsole(Point.prototype, ({ x, y }) => ({ sum: x + 1, y }));
		assert.equal(inspect(new Point()), 'Point {\n  sum: 2,\n  y: { z: { z: [Object] } }\n}'.replace(/\n */g, ' '));
		assert.equal(inspect(new Point3(), { depth: 0 }), 'Point3 { sum: 2, y: [Object] }');
	});

	test('showInConsole shows only the class name at the depth limit of the console', () => {
		assert.equal(inspect({ a: { a: new Point() } }, { depth: 1 }), '{ a: { a: [Point] } }');
	});

	test('defineInspection adds no property that a loop over the object finds', () => {
		class Line {
			x = 1;
		}
		defineInspection(Line.prototype, ({ x }) => `x = ${x}`);
		assert.equal(inspect([new Line()]), '[ x = 1 ]');
		const names: string[] = [];
		for (const name in new Line()) names.push(name);
		assert.deepEqual(names, ['x']);
	});
});
