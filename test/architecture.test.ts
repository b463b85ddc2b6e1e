// Holds the table "Who may import whom" of docs/architecture.md, and what the rooms must not contain.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSourceText, type SourceText } from './support/source-text.ts';

interface Room {
	/** Files, or folders with a slash at the end. */
	files: string[];
	/** Rooms by name, files by path, modules by specifier (`node:` stands for all of them). Its own files always. */
	mayImport: string[];
}

const LEAVES = [
	'abort',
	'bytes',
	'visible',
	'errors',
	'headers',
	'origin',
	'flow-control',
	'body',
	'limits',
	'assembly/shared',
];

/** What every connection stands on. */
const CONNECTION = ['message', 'options', 'dial', 'deadlines', 'content-coding', 'diagnostics', 'runtime', '#runtime'];

/** The first room that names a file has it. */
const rooms: Record<string, Room> = {
	'assembly/shared': { files: ['assembly/shared/'], mayImport: [] },
	assembly: { files: ['assembly/'], mayImport: ['assembly/shared'] },
	abort: { files: ['src/abort.ts'], mayImport: [] },
	bytes: { files: ['src/bytes.ts'], mayImport: [] },
	errors: { files: ['src/errors.ts'], mayImport: ['assembly/shared'] },
	headers: { files: ['src/headers.ts', 'src/field-line.ts', 'src/list-fields.ts'], mayImport: LEAVES },
	origin: { files: ['src/origin.ts'], mayImport: LEAVES },
	'flow-control': { files: ['src/flow-control.ts'], mayImport: LEAVES },
	body: { files: ['src/body.ts', 'src/body-source.ts', 'src/streamed-body.ts', 'src/multipart.ts'], mayImport: LEAVES },
	limits: { files: ['src/limits.ts'], mayImport: [] },
	visible: { files: ['src/visible.ts'], mayImport: [] },
	codec: { files: ['src/codec/'], mayImport: ['assembly/shared', 'bytes', 'errors', '#wasm'] },
	session: { files: ['src/session/'], mayImport: ['codec', 'assembly/shared', 'flow-control', 'limits', 'errors'] },
	'runtime on node': {
		files: ['src/runtime/node'],
		mayImport: ['runtime', 'errors', 'node:', 'proxy-from-env'],
	},
	'runtime on workerd': { files: ['src/runtime/workerd'], mayImport: ['runtime', 'errors', 'cloudflare:sockets'] },
	runtime: { files: ['src/runtime/'], mayImport: ['bytes', 'errors'] },
	dial: {
		files: ['src/dial.ts', 'src/dialler.ts', 'src/proxy.ts', 'src/tunnel.ts'],
		mayImport: ['runtime', '#runtime', 'origin', 'headers', 'visible', 'errors'],
	},
	'content-coding': { files: ['src/content-coding.ts'], mayImport: ['runtime', 'errors'] },
	deadlines: { files: ['src/deadlines.ts'], mayImport: ['errors'] },
	options: {
		files: ['src/options.ts'],
		mayImport: ['dial', 'runtime', 'diagnostics', 'src/session/settings.ts', ...LEAVES],
	},
	message: { files: ['src/message/'], mayImport: ['content-coding', 'runtime', '#runtime', ...LEAVES] },
	trace: {
		files: ['src/trace.ts', 'src/trace/'],
		mayImport: ['hpack and frames', 'codec', 'runtime', '#runtime', ...LEAVES],
	},
	diagnostics: {
		files: ['src/diagnostics.ts', 'src/diagnostics/'],
		mayImport: ['trace', 'runtime', '#runtime', ...LEAVES],
	},
	http20: {
		files: ['src/http20/'],
		mayImport: [...['session', 'src/codec/codec.ts'], ...CONNECTION, ...LEAVES],
	},
	http11: { files: ['src/http11/'], mayImport: [...CONNECTION, ...LEAVES] },
	connection: {
		files: ['src/connection.ts', 'src/negotiation.ts'],
		mayImport: ['http20', 'http11', 'src/session/settings.ts', ...CONNECTION, ...LEAVES],
	},
	'hpack and frames': {
		files: ['src/hpack.ts', 'src/frames.ts', 'src/frames/'],
		mayImport: ['codec', 'assembly/shared', 'bytes', 'visible', 'errors', 'headers'],
	},
	testing: {
		files: ['src/testing.ts', 'src/testing/'],
		mayImport: ['http20', 'session', 'codec', 'hpack and frames', ...CONNECTION, ...LEAVES],
	},
	version: { files: ['src/version.ts'], mayImport: [] },
	index: {
		files: ['src/index.ts'],
		mayImport: ['connection', 'http20', 'http11', 'trace', 'version', 'session', ...CONNECTION, ...LEAVES],
	},
	cli: {
		files: ['src/cli/'],
		mayImport: ['src/index.ts', 'src/trace.ts', 'node:', 'picocolors', 'cli-progress', 'mime'],
	},
};

/** Only what is made by a script, or is one table, may be longer than MAX_LINES. */
const MAX_LINES = 300;
const MAY_BE_LONG = new Set(['assembly/hpack/huffman-table.ts']);

/** Sources, or folders of them, without a mirror in test/ or a spec, and where they are tested instead. */
const TESTED_ELSEWHERE: Record<string, string> = {
	'assembly/shared/': 'constants',
	'assembly/index.ts': 'exports only; through test/codec',
	'assembly/frame/report.ts': 'one half of the reader: assembly/__tests__/reader.spec.ts',
	'assembly/hpack/huffman-table.ts': 'generated, which `npm test -- generated` compares',
	'assembly/hpack/static-table.ts': 'generated, which `npm test -- generated` compares',
	'src/codec/frame-handler.ts': 'interfaces only',
	'src/frames/frame.ts': 'types only',
	'src/http11/link-owner.ts': 'interfaces only',
	'src/http11/platform.ts': 'types only',
	'src/http20/link-owner.ts': 'interfaces only',
	'src/runtime/http1.ts': 'types, and a cast',
	'src/runtime/runtime.ts': 'interfaces only',
	'src/runtime/transport.ts': 'interfaces only',
	'src/runtime/workerd.ts': 'imports what only workerd has: test/runtimes/workerd',
	'src/session/events.ts': 'types only',
	'src/testing/peer-frame.ts': 'types only',
	'src/trace/frame-event.ts': 'types only',
};

const root = fileURLToPath(new URL('..', import.meta.url));

const sources = new Map<string, SourceText>(
	['src', 'assembly']
		.flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`))
		.map((file) => file.replaceAll('\\', '/'))
		.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('__tests__/'))
		.sort()
		.map((file) => [file, readSourceText(readFileSync(join(root, file), 'utf8'))]),
);

describe('architecture', () => {
	test('every source belongs to a room', () => {
		assert.ok(sources.size > 0);
		assert.deepEqual(
			[...sources.keys()].filter((file) => roomOf(file) === undefined),
			[],
		);
	});

	test('every import is one that its room may make', () => {
		assert.deepEqual(
			forEachImport((file, target) => (mayImport(file, target) ? null : `${file} imports ${target}`)),
			[],
		);
	});

	test('every relative import leads to a source', () => {
		const isLost = (target: string) => target.endsWith('.ts') && !existsSync(join(root, target));
		assert.deepEqual(
			forEachImport((file, target) => (isLost(target) ? `${file} imports ${target}` : null)),
			[],
		);
	});

	test('there is no circle of imports', () => {
		assert.deepEqual(findCircles(), []);
	});

	test('assembly/shared holds integer constants only', () => {
		const line = /^export const [A-Z][A-Z0-9_]* = [-+*/%<>|&^~()\w\s]+;$/;
		for (const [file, { code }] of inFolder('assembly/shared/')) {
			const statements = code.split(/(?<=;)/).map((statement) => statement.trim());
			assert.deepEqual(
				statements.filter((statement) => statement !== '' && !line.test(statement)),
				[],
				file,
			);
		}
	});

	test('the session has no promises and no clock', () => {
		const banned = /\b(?:async|await|Promise|Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask)\b/g;
		for (const [file, { code }] of inFolder('src/session/')) assert.deepEqual(code.match(banned) ?? [], [], file);
	});

	test(`no source is longer than ${MAX_LINES} lines`, () => {
		const long = [...sources].filter(([file, { lines }]) => lines > MAX_LINES && !MAY_BE_LONG.has(file));
		assert.deepEqual(
			long.map(([file, { lines }]) => `${file}: ${lines}`),
			[],
		);
	});

	test('every source has its test', () => {
		const elsewhere = Object.keys(TESTED_ELSEWHERE);
		const hasTest = (file: string) => existsSync(join(root, testOf(file)));
		assert.deepEqual(
			[...sources.keys()].filter((file) => !elsewhere.some((entry) => file.startsWith(entry)) && !hasTest(file)),
			[],
			'without a test',
		);
		assert.deepEqual(
			elsewhere.filter((entry) => ![...sources.keys()].some((file) => file.startsWith(entry) && !hasTest(file))),
			[],
			'in TESTED_ELSEWHERE without need',
		);
	});
});

/** src/a/b.ts has test/a/b.test.ts; a file of the engine has assembly/__tests__/b.spec.ts. */
function testOf(file: string): string {
	if (file.startsWith('assembly/')) return `assembly/__tests__/${basename(file, '.ts')}.spec.ts`;
	return file.replace(/^src\/(.*)\.ts$/, 'test/$1.test.ts');
}

function roomOf(file: string): string | undefined {
	const holds = (entry: string) => file === entry || (!entry.endsWith('.ts') && file.startsWith(entry));
	return Object.keys(rooms).find((name) => rooms[name]!.files.some(holds));
}

function mayImport(file: string, target: string): boolean {
	const name = roomOf(file);
	if (name === undefined || roomOf(target) === name) return true;
	const allowed = rooms[name]!.mayImport;
	// It describes modules of the platform, by their types.
	if (file === 'src/runtime/http1.ts' && target.startsWith('node:')) return true;
	return allowed.includes(target) || allowed.includes(roomOf(target) ?? target.replace(/^node:.*/, 'node:'));
}

/** Gives what the callback gives for each import, nulls left out. */
function forEachImport(callback: (file: string, target: string) => string | null): string[] {
	return [...sources].flatMap(([file, { imports }]) =>
		imports.map((specifier) => callback(file, resolve(file, specifier))).filter((fault) => fault !== null),
	);
}

/** A path in the project for a relative specifier; any other stays. AssemblyScript names modules without `.ts`. */
function resolve(file: string, specifier: string): string {
	if (!specifier.startsWith('.')) return specifier;
	const path = join(dirname(file), specifier);
	return path.endsWith('.ts') ? path : `${path}.ts`;
}

function* inFolder(folder: string): Generator<[string, SourceText]> {
	for (const entry of sources) if (entry[0].startsWith(folder)) yield entry;
}

function findCircles(): string[] {
	const done = new Set<string>();
	const circles: string[] = [];
	const visit = (file: string, path: string[]): void => {
		const begin = path.indexOf(file);
		if (begin >= 0) circles.push([...path.slice(begin), file].join(' -> '));
		if (begin >= 0 || done.has(file)) return;
		for (const specifier of sources.get(file)?.imports ?? []) visit(resolve(file, specifier), [...path, file]);
		done.add(file);
	};
	for (const file of sources.keys()) visit(file, []);
	return circles;
}
