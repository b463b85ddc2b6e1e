// The code of README.md and docs/: every block marked `ts` type-checks against the sources, and those whose first line
// is RUN are run. There https://example.com is a server that echoes, reached with prior knowledge.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as hyper from '../src/index.ts';
import { listen } from './support/loopback.ts';

const RUN = '// Run by the tests.';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'build', 'documents');
const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];

interface Block {
	/** The document and the line that the block begins at. */
	name: string;
	code: string;
	runs: boolean;
}

const origin = `http://127.0.0.1:${await listen(echoServer())}`;
const blocks = documents.filter((name) => name.endsWith('.md')).flatMap(readBlocks);

describe('documents', { concurrency: false }, () => {
	before(() => {
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		for (const block of blocks) writeFileSync(fileOf(block), source(block));
		const files = blocks.map(fileOf);
		const config = { extends: '../../tsconfig.json', compilerOptions: { isolatedDeclarations: false }, files };
		writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: [], exclude: [] }));
	});

	test('there is code, and some of it runs', () => {
		assert.ok(blocks.some(({ name }) => name.startsWith('README.md')));
		assert.ok(blocks.some(({ runs }) => runs));
	});

	test('every block type-checks', async () => {
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
		test(`${block.name} runs`, async () => {
			await import(pathToFileURL(fileOf(block)).href);
		});
	}

	test('docs/api.md has every public value, and the code of every error', () => {
		const text = readFileSync(join(root, 'docs/api.md'), 'utf8');
		const missing = Object.keys(hyper).filter((name) => !text.includes(`\`${name}`));
		assert.deepEqual(missing, []);
		const errors = readFileSync(join(root, 'src/errors.ts'), 'utf8');
		const codes = [...errors.matchAll(/'(HYPER_[A-Z_]+)'/g)].map(([, code]) => code as string);
		assert.ok(codes.length > 10);
		assert.deepEqual(
			codes.filter((code) => !text.includes(`\`${code}\``)),
			[],
		);
	});

	test('the files that docs/architecture.md names are there', () => {
		const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
		const named = new Set(text.match(/(?<![\w./-])[\w./-]+\.(?:ts|mjs|json)\b/g));
		const files = ['assembly', 'src', 'test', 'scripts']
			.flatMap((top) => readdirSync(join(root, top), { recursive: true }).map((file) => `/${top}/${file}`))
			.concat(readdirSync(root).map((file) => `/${file}`));
		const lost = [...named].filter((name) => !files.some((file) => file.endsWith(`/${name}`)));
		assert.ok(named.size > 50);
		assert.deepEqual(lost, []);
	});

	for (const name of documents.filter((each) => each.endsWith('.md'))) {
		test(`the links of ${name} lead somewhere`, () => {
			const text = readFileSync(join(root, name), 'utf8');
			const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target as string);
			const lost = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(root, name, '..', target)));
			assert.deepEqual(lost, []);
		});
	}
});

function readBlocks(name: string): Block[] {
	const text = readFileSync(join(root, name), 'utf8');
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

/** Sends back the body of a request and its trailers; a request without one gets its path. */
function echoServer(): Http2Server {
	const server = createServer();
	server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
		let trailers: IncomingHttpHeaders = {};
		stream.on('error', () => {});
		stream.on('trailers', (fields: IncomingHttpHeaders) => {
			trailers = fields;
		});
		stream.on('wantTrailers', () => stream.sendTrailers(trailers));
		const type = headers['content-type'] ?? 'application/json';
		stream.respond({ ':status': 200, 'content-type': type }, { waitForTrailers: true });
		if (headers[':method'] === 'GET') stream.end(JSON.stringify({ path: headers[':path'] }));
		else stream.pipe(stream);
	});
	return server;
}
