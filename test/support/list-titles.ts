// A program that prints the titles of all tests as JSON: imports every test file with title-recorder.ts in the place of
// node:test. Titles made in loops and by helpers are therefore listed as the reporter prints them; titles of subtests, which
// exist only while their test runs, are not.

import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startFile, titles } from './title-recorder.ts';

const recorder = new URL('title-recorder.ts', import.meta.url).href;
const hooks = `export async function resolve(specifier, context, next) {
	if (specifier !== 'node:test') return next(specifier, context);
	return { url: ${JSON.stringify(recorder)}, format: 'module', shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const folder = new URL('../', import.meta.url);
const files = readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' });
for (const file of files.filter((name) => name.endsWith('.test.ts')).sort()) {
	startFile(`test/${file}`);
	await import(new URL(file, folder).href);
}
process.stdout.write(JSON.stringify(titles), () => process.exit(0));
