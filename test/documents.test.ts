// The documents: every code block marked `ts` type-checks against the sources, blocks whose first line is RUN run, links
// lead somewhere, and quoted titles of tests exist. In blocks that run, https://example.com is replaced by an echo server
// that is reached with prior knowledge.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHTTP1Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHTTP2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_LIMITS } from '../src/base/limits.ts';
import { DEFAULT_TIMEOUTS } from '../src/connection/options.ts';
import * as hyper from '../src/index.ts';
import { listen } from './support/loopback.ts';
import { sourceFiles } from './support/source-files.ts';
import { readSourceText } from './support/source-text.ts';

const RUN = '// Run by the tests.';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const folder = join(root, 'build', 'documents');
const documents = [
	...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'test/scenarios/README.md'],
	...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
];

interface Block {
	/** The document and the line that the block begins at. */
	name: string;
	code: string;
	runs: boolean;
}

const origin = `http://127.0.0.1:${await listen(echoServer())}`;
const blocks = documents.flatMap(readBlocks);

describe('documents', { concurrency: false }, () => {
	before(() => {
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		for (const block of blocks) writeFileSync(fileOf(block), source(block));
		const files = blocks.map(fileOf);
		const config = { extends: '../../tsconfig.json', compilerOptions: { isolatedDeclarations: false }, files };
		writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: [], exclude: [] }));
	});

	test('the documents have code blocks, and some of them run', () => {
		assert.ok(blocks.some(({ name }) => name.startsWith('README.md')));
		assert.ok(blocks.some(({ runs }) => runs));
	});

	test('every code block of the documents type-checks', async () => {
		const tsc = join(root, 'node_modules/typescript/bin/tsc');
		const checked = promisify(execFile)(process.execPath, [tsc, '--pretty', 'false', '-p', folder], { cwd: root });
		const output = await checked.then(
			() => '',
			(error: { stdout: string }) => error.stdout,
		);
		// The sources' own diagnostics are for the check of types.
		const diagnostics = output.split('\n').filter((line) => /^(build\/documents|error)/.test(line));
		assert.deepEqual(diagnostics, []);
	});

	for (const block of blocks.filter(({ runs }) => runs)) {
		test(`the code block at ${block.name} runs`, async () => {
			await import(pathToFileURL(fileOf(block)).href);
		});
	}

	test('docs/api.md has every public name and every error code', () => {
		const text = read('docs/api.md');
		const index = read('src/index.ts').replaceAll(/^\/\/.*$/gm, '');
		const types = [...index.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name);
		const missing = [...Object.keys(hyper), ...types].filter((name) => !text.includes(`\`${name}`));
		assert.ok(types.length > 20);
		assert.deepEqual(missing, []);
		const errors = read('src/base/errors.ts');
		const codes = [...errors.matchAll(/'(HYPER_[A-Z_]+)'/g)].map(([, code]) => code as string);
		assert.ok(codes.length > 10);
		assert.deepEqual(
			codes.filter((code) => !text.includes(`\`${code}\``)),
			[],
		);
	});

	test('docs/api.md has every limit and every timeout, with its default', () => {
		const text = read('docs/api.md');
		const rows = text.split('\n').filter((line) => line.startsWith('|'));
		const limits = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [
			`\`${name}\``,
			value === Number.POSITIVE_INFINITY ? '| 0 |' : value.toLocaleString('en'),
		]);
		const timeouts = Object.entries(DEFAULT_TIMEOUTS).map(([name, value]) => [
			`| \`timeout\` |`,
			`${name}: ${value.toLocaleString('en').replace(',', '_')}`,
		]);
		const missing = [...limits, ...timeouts].filter(
			(words) => !rows.some((row) => words.every((word) => row.includes(word))),
		);
		assert.deepEqual(missing, []);
	});

	test('the files that docs/architecture.md names exist', () => {
		const text = read('docs/architecture.md');
		const named = new Set(text.match(/(?<![\w./-])[\w./-]+\.(?:ts|mjs|json)\b/g));
		const files = ['assembly', 'src', 'test', 'scripts']
			.flatMap((top) => readdirSync(join(root, top), { recursive: true }).map((file) => `/${top}/${file}`))
			.concat(readdirSync(root).map((file) => `/${file}`));
		const lost = [...named].filter((name) => !files.some((file) => file.endsWith(`/${name}`)));
		assert.ok(named.size > 50);
		assert.deepEqual(lost, []);
	});

	test('CONTRIBUTING.md names every dependency that no file imports, and no other', () => {
		const { dependencies, devDependencies } = JSON.parse(read('package.json'));
		const imports = new Set(['src', 'test', 'scripts', 'bench', 'examples'].flatMap(importedPackages));
		const installed = Object.keys({ ...dependencies, ...devDependencies });
		const [, table = ''] = /^## Dependencies that no file imports\n([\s\S]*?)^## /m.exec(read('CONTRIBUTING.md')) ?? [];
		const rows = [...table.matchAll(/^\|(.*?)\|/gm)].flatMap(
			([, cell = '']) => cell.match(/(?<=`)[^`, ]+(?=`)/g) ?? [],
		);
		const bare = installed.filter((name) => !imports.has(name) && name !== 'tslib');
		assert.deepEqual(rows.sort(), bare.sort());
	});

	for (const name of documents) {
		test(`the tests that ${name} quotes exist under their titles`, () => {
			const quotes = quotesOf(name);
			const lost = quotes.filter(({ title, file }) => !titlesOf(file).has(title)).map(({ link }) => link);
			assert.ok(quotes.length >= (QUOTES_AT_LEAST[name] ?? 0));
			assert.deepEqual(lost, []);
		});

		test(`the links of ${name} lead to existing files`, () => {
			const text = read(name);
			const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target as string);
			const lost = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(root, name, '..', target)));
			assert.deepEqual(lost, []);
		});
	}
});

/** The packages that the sources in a folder import. `tslib` is imported by what the compiler makes of them. */
function importedPackages(folder: string): string[] {
	return sourceFiles(folder)
		.flatMap((file) => readSourceText(read(file)).imports)
		.map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}

/** So that a change of their form does not hide the quotes from this check. */
const QUOTES_AT_LEAST: Record<string, number> = {
	'docs/porting.md': 150,
	'docs/security.md': 80,
	'test/scenarios/README.md': 100,
};

interface Quote {
	link: string;
	title: string;
	file: string;
}

/** A link to a test file has the title of a test as its text. */
function quotesOf(document: string): Quote[] {
	const links = read(document).matchAll(/\[([^\]]+)\]\(([^)#\s]+(?:\.test|\/violations)\.ts)\)/g);
	return [...links].map(([link, title, target]) => ({
		link,
		title: title as string,
		file: join(root, document, '..', target as string),
	}));
}

const titles = new Map<string, Set<string>>();

/**
 * The strings of a test file. Titles are not always arguments of `test()`: some stand in the rows of a table. A title with
 * substitutions is quoted as it is written, with its `${...}`.
 */
function titlesOf(file: string): Set<string> {
	let known = titles.get(file);
	if (known === undefined) {
		const strings = existsSync(file) ? readSourceText(readFileSync(file, 'utf8')).strings : [];
		known = new Set(strings.map((string) => string.replace(/\\(.)/g, '$1')));
		titles.set(file, known);
	}
	return known;
}

function readBlocks(name: string): Block[] {
	const text = read(name);
	return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
		const line = text.slice(0, match.index).split('\n').length;
		const code = match[1] as string;
		return { name: `${name}:${line}`, code, runs: code.startsWith(RUN) };
	});
}

function fileOf({ name }: Block): string {
	return join(folder, `${name.replace(/[^\w-]+/g, '-')}.ts`);
}

function source({ code, runs }: Block): string {
	return `${runs ? code.replaceAll('https://example.com', origin) : code}\nexport {};\n`;
}

/** HTTP/2 with prior knowledge, and HTTP/1.1 without the Upgrade from it. */
function echoServer(): Server {
	const [http1, http2] = [createHTTP1Server(echo), createHTTP2Server(echo)];
	return createServer((socket) => {
		socket.once('data', (first) => {
			socket.pause();
			socket.unshift(first);
			if (first.toString('latin1', 0, 4) === 'PRI ') return http2.emit('connection', socket);
			http1.emit('connection', socket);
			return socket.resume();
		});
	});
}

/** Sends back the body of a request and its trailers; a request without one gets its path. */
function echo(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
	response.setHeader('content-type', request.headers['content-type'] ?? 'application/json');
	if (request.method === 'GET') {
		response.end(JSON.stringify({ path: request.url }));
		return;
	}
	request.on('end', () => {
		response.addTrailers(request.trailers as Record<string, string>);
		response.end();
	});
	request.pipe(response, { end: false });
}
