import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSourceText } from './source-text.ts';

test('readSourceText finds every form of import', () => {
	const { imports } = readSourceText(`
		import './a.ts';
		import b from "./b.ts";
		import type { C } from './c.ts';
		export * from './d.ts';
		export { e, type E } from './e.ts'
		import {
			f, // with a comment from './no.ts'
		} from './f.ts';
		const g = await import('./g.ts');
		type H = import('./h.ts').H;
		export const list = Array.from('not a module');
	`);
	assert.deepEqual(imports, ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts', './h.ts']);
});

test('readSourceText finds every imported, re-exported and exported name', () => {
	const { bindings, exports } = readSourceText(
		`
		import * as a from './a.ts';
		import { b, type C as D } from './b.ts';
		export { e as f } from './e.ts';
		export type * from './g.ts';
		const h = await import('./h.ts');
`.concat(`
export const i = 1;
export async function* j() {}
export abstract class K {}
export type L = 1; export interface M {}
export interface N<T> {}
// export const no = 1;
const o = 'export const no = 1';
`),
	);
	assert.deepEqual(
		bindings.map(({ specifier, names }) => `${specifier} ${names.join()}`),
		['./a.ts *', './b.ts b,C', './e.ts e', './g.ts *', './h.ts *'],
	);
	assert.deepEqual(exports, ['i', 'j', 'K', 'L', 'N']);
});

test('readSourceText replaces comments, strings and regular expressions by spaces', () => {
	const source = [
		"const a = 'await // no comment'; // await",
		'/* async\n * Date */ const b = /["\'/]await[/"]/g.test(x) ? 4 / 2 / 1 : "\\"await";',
		"const c = `await ${x ? `Promise ${y}` : { z: 'Date' }} async`; const d = q / 2; // '",
		'end();',
	].join('\n');
	const { code, lines } = readSourceText(source);
	assert.equal(code.length, source.length);
	assert.equal(lines, 5);
	assert.doesNotMatch(code, /await|async|Promise|Date|no comment/);
	for (const kept of ['const b =', '.test(x) ? 4 / 2 / 1 :', 'x ? `', '{ z:', 'const d = q / 2;', 'end();']) {
		assert.ok(code.includes(kept), `${kept} is missing from ${code}`);
		assert.equal(code.indexOf(kept), source.indexOf(kept));
	}
});

test('the code of a source text keeps names outside strings and inside templates', () => {
	assert.match(readSourceText('const p = new Promise(() => {});').code, /\bPromise\b/);
	assert.match(readSourceText('const t = `${await x}`;').code, /\bawait\b/);
});

test('the strings of a source text are as written, with the substitutions of templates', () => {
	const { strings } = readSourceText("f('a', \"it's\", `b ${x ? `c ${d}` : '}'} e`); // 'no'");
	assert.deepEqual(strings.sort(), ['}', 'a', "it's", 'c ${d}', "b ${x ? `c ${d}` : '}'} e"].sort());
});
