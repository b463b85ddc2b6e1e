// Titles of tests: each can be understood without its describe block, and no file has one twice.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestTitle } from './support/title-recorder.ts';

/** How a title begins that continues its describe block instead of naming a subject. */
const CONTINUATION =
	/^(of|that|which|whose|who|is|are|was|has|have|may|can|does|and|or|but|its?|they|them|gives|goes|takes|keeps|sends|lets|ends|waits|says|tells|refuses|rejects|reads|writes|begins|settles|resolves|counts|cancels)\b/;

let titles: TestTitle[] = [];

before(async () => {
	const program = fileURLToPath(new URL('support/list-titles.ts', import.meta.url));
	const args = ['--conditions=hyper-wasm-source', '--import', 'tsx', program];
	const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24, timeout: 120_000 });
	const listed = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as TestTitle[];
	titles = [...listed, ...specTitles()];
});

test('the titles of all test files are listed', () => {
	assert.ok(titles.length > 3000);
	assert.ok(titles.some(({ file, title }) => file === 'test/titles.test.ts' && title.startsWith('the titles of all')));
	assert.ok(specTitles().length > 150);
});

test('every test title has at least three words', () => {
	expectNone(({ title }) => title.trim().split(/\s+/).length < 3);
});

test('no test title continues its describe block', () => {
	expectNone(({ title }) => CONTINUATION.test(title));
});

test('no test title has a private code made of a letter and a number', () => {
	expectNone(({ title }) => /(^|[\s(])[A-Z]\d{1,2}\b/.test(title));
});

test('every test title says bytes', () => {
	expectNone(({ title }) => /\boctets?\b(?!-stream)/i.test(title));
});

test('no two tests of one file have the same title', () => {
	const seen = new Set<string>();
	expectNone(({ file, title }) => seen.size === seen.add(`${file} ${title}`).size);
});

/** The titles of the engine's specs, which are AssemblyScript and have no titles made in loops. */
function specTitles(): TestTitle[] {
	const folder = fileURLToPath(new URL('../assembly/__tests__/', import.meta.url));
	const files = readdirSync(folder).filter((file) => file.endsWith('.spec.ts'));
	return files.flatMap((file) => {
		const declarations = readFileSync(`${folder}${file}`, 'utf8').matchAll(/^\t?test\((['"])(.*)\1, \(\) => \{$/gm);
		return Array.from(declarations, ([, , title = '']) => ({ file: `assembly/__tests__/${file}`, path: [], title }));
	});
}

function expectNone(isWrong: (title: TestTitle) => boolean): void {
	const wrong = titles.filter((each) => isWrong(each));
	assert.deepEqual(
		wrong.map(({ file, path, title }) => [file, ...path, title].join(' > ')),
		[],
	);
}
