// Holds the table "Who may import whom" of docs/architecture.md, and what the rooms must not contain.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sourceFiles } from './support/source-files.ts';
import { readSourceText, type SourceText } from './support/source-text.ts';

interface Room {
	/** A folder with a slash at the end, a file, or `src/*.ts` for the entry points. */
	place: string;
	/** Folders and files of the project, modules by specifier (`node:` stands for all of them). Its own files always. */
	mayImport: string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));

const rooms = readRooms(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));

/** A longer file probably has two duties; one that is made by a script or is one table may be longer. */
const ALARM_LINES = 400;
const MAY_BE_LONG = new Set(['assembly/hpack/huffman-table.ts']);

/** Sources, or folders of them, without a mirror in test/ or a spec, and where they are tested instead. */
const TESTED_ELSEWHERE: Record<string, string> = {
	'assembly/shared/': 'constants',
	'assembly/index.ts': 'exports only; through test/codec',
	'assembly/frame/report.ts': 'one half of the reader: assembly/__tests__/reader.spec.ts',
	'assembly/hpack/huffman-table.ts': 'generated, which `npm test -- generated` compares',
	'assembly/hpack/static-table.ts': 'generated, which `npm test -- generated` compares',
	'src/connection/wire.ts': 'interfaces only',
	'src/frames/frame.ts': 'types only',
	'src/hpack.ts': 'exports only; test/hpack imports it',
	'src/message/response-sink.ts': 'an interface',
	'src/runtime/http1.ts': 'types, and a cast',
	'src/runtime/runtime.ts': 'interfaces only',
	'src/runtime/transport.ts': 'interfaces, and two sizes',
	'src/runtime/workerd/workerd.ts': 'imports what only workerd has: test/runtimes/workerd',
	'src/session/events.ts': 'types only',
	'src/testing/peer-frame.ts': 'types only',
	'src/trace/frame-event.ts': 'types only',
};

/** Names that several files define, all with one meaning, and what that is. */
const ONE_MEANING: Record<string, string> = {
	decompress: '`Runtime.decompress`, of each platform',
	nextTurn: '`Runtime.nextTurn`, of each platform',
	runtime: 'what `#runtime` stands for, of each platform',
};

/** Sources that are found by their name: by package.json, the build, or the host of the engine. */
const LOADED_BY_NAME = [
	'assembly/index.ts',
	'src/cli/main.ts',
	'src/runtime/node/node.ts',
	'src/runtime/workerd/workerd.ts',
];

/** Exports that only tests import, and why they need them. */
const EXPORTED_FOR_TESTS: Record<string, string> = {
	'assembly/memory.ts TABLE_BYTES': 'the layout of memory is a property of all buffers together',
	'src/cli/content.ts readInput': 'standard input and its faults',
	'src/cli/exchange.ts connectionOptions': 'options without a connection',
	'src/cli/progress.ts Meter': 'rates without a clock',
	'src/cli/progress.ts formatEnd': 'text without a terminal',
	'src/cli/progress.ts formatProgress': 'text without a terminal',
	'src/cli/resume.ts Resumption': 'the type of what a test compares',
	'src/codec/hpack/field-decoder.ts FieldTable': 'whether the strings of evicted entries are dropped',
	'src/codec/hpack/field-decoder.ts detachText': 'every byte, which few blocks have',
	'src/codec/hpack/field-decoder.ts readText': 'every byte, and lengths that few blocks have',
	'src/codec/hpack/field-encoder.ts writeText': 'every byte, and lengths that few blocks have',
	'src/connection/options.ts CONNECTION_OPTION_NAMES': 'docs/api.md has them all',
	'src/connection/options.ts DEFAULT_TIMEOUTS': 'docs/api.md says the same',
	'src/content/content-queue.ts keepBytes': 'every length, and whether copies share memory',
	'src/http/negotiation.ts upgradeSettings': 'the field without a request',
	'src/message/request.ts priorityValue': 'the field without a request',
	'src/session/flow-control.ts createFlowControlManager': 'factories without a session',
	'src/zstd/frame-header.ts FrameHeader': 'the type of what a test compares',
	'src/net/dial.ts DialTarget': 'the type of what a test dials',
};

const sources = readSources(['src', 'assembly']);

describe('architecture', () => {
	test('docs/architecture.md has a table of rooms, and no room is empty', () => {
		assert.ok(rooms.length > 20);
		const empty = rooms.filter(({ place }) => ![...sources.keys()].some((file) => roomOf(file)?.place === place));
		assert.deepEqual(empty, []);
	});

	test('src/ holds entry points only, which import and export', () => {
		const statement = /^(?:import|export)\b[^;]*\bfrom\b[^;]*$/;
		for (const [file, { code }] of sources) {
			if (!/^src\/[^/]+\.ts$/.test(file)) continue;
			const statements = code.split(';').map((text) => text.trim());
			assert.deepEqual(
				statements.filter((text) => text !== '' && !statement.test(text)),
				[],
				file,
			);
		}
	});

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

	test('no circle of imports is left at run time', () => {
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

	test(`no source is longer than ${ALARM_LINES} lines`, () => {
		const long = [...sources].filter(([file, { lines }]) => lines > ALARM_LINES && !MAY_BE_LONG.has(file));
		assert.deepEqual(
			long.map(([file, { lines }]) => `${file}: ${lines}`),
			[],
		);
	});

	test('no exported name of src/ has two meanings', () => {
		const definitions = new Map<string, string[]>();
		for (const [file, { exports }] of inFolder('src/')) {
			for (const name of exports) definitions.set(name, [...(definitions.get(name) ?? []), file]);
		}
		const doubled = [...definitions].filter(([, files]) => files.length > 1);
		assert.deepEqual(
			doubled.filter(([name]) => !(name in ONE_MEANING)),
			[],
			'defined in several files',
		);
		assert.deepEqual(
			Object.keys(ONE_MEANING).filter((name) => !doubled.some(([other]) => other === name)),
			[],
			'listed, but defined once at most',
		);
	});

	test('every export is imported by another source', () => {
		const exported = [...sources].flatMap(([file, { exports }]) => exports.map((name) => `${file} ${name}`));
		const used = importedNames(sources);
		const unused = exported.filter((entry) => {
			const file = entry.slice(0, entry.indexOf(' '));
			const isPublic = /^src\/[^/]+$/.test(file) || LOADED_BY_NAME.includes(file);
			return !isPublic && !used.has(entry) && !used.has(`${file} *`);
		});
		assert.deepEqual(
			unused.filter((entry) => !(entry in EXPORTED_FOR_TESTS)),
			[],
			'imported by no other source',
		);
		const usedByTests = importedNames(readSources(['test', 'bench', 'assembly/__tests__']));
		assert.deepEqual(
			Object.keys(EXPORTED_FOR_TESTS).filter((entry) => !unused.includes(entry) || !usedByTests.has(entry)),
			[],
			'in EXPORTED_FOR_TESTS, but imported by a source, or by no test either',
		);
	});

	test('every export of the engine is called by its host', () => {
		const { code, exports } = sources.get('assembly/index.ts')!;
		const reExported = Array.from(code.matchAll(/^export \{([^}]*)\}/gm), ([, names]) => names!.match(/\w+/g) ?? []);
		const called = new Set<string>();
		for (const [, { code }] of inFolder('src/codec/')) {
			for (const [, name] of code.matchAll(/\b(?:exports|engine)\.(\w+)\(/g)) called.add(name!);
		}
		assert.ok(called.size > 0);
		assert.deepEqual(
			[...exports, ...reExported.flat()].filter((name) => !called.has(name)),
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

/** The TypeScript in these folders by path; of `assembly`, without its specs. */
function readSources(folders: string[]): Map<string, SourceText> {
	const files = folders
		.flatMap(sourceFiles)
		.filter((file) => file.endsWith('.ts'))
		.filter((file) => !file.includes('__tests__/') || folders.includes('assembly/__tests__'));
	return new Map(files.sort().map((file) => [file, readSourceText(readFileSync(join(root, file), 'utf8'))]));
}

/** `path name` for every name that these files import, `path *` where they import all of a file. */
function importedNames(files: ReadonlyMap<string, SourceText>): Set<string> {
	const names = new Set<string>();
	for (const [file, { bindings }] of files) {
		for (const binding of bindings) {
			for (const name of binding.names) names.add(`${resolve(file, binding.specifier)} ${name}`);
		}
	}
	return names;
}

/** src/a/b.ts has test/a/b.test.ts; a file of the engine has assembly/__tests__/b.spec.ts. */
function testOf(file: string): string {
	if (file.startsWith('assembly/')) return `assembly/__tests__/${basename(file, '.ts')}.spec.ts`;
	return file.replace(/^src\/(.*)\.ts$/, 'test/$1.test.ts');
}

/** The table below the heading "Who may import whom": its first two columns, of which the code spans count. */
function readRooms(document: string): Room[] {
	const [, section = ''] = document.split(/^## Who may import whom$/m);
	const rows = section
		.split(/^## /m)[0]!
		.split('\n')
		.filter((line) => /^\| `/.test(line));
	return rows.flatMap((row) => {
		const [, places = '', imports = ''] = row.split('|');
		const mayImport = codeSpans(imports);
		return codeSpans(places).map((place) => ({ place, mayImport }));
	});
}

function codeSpans(cell: string): string[] {
	return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text as string);
}

/** The room whose place is the longest that holds the file. */
function roomOf(file: string): Room | undefined {
	return rooms.filter(({ place }) => holds(place, file)).sort((a, b) => b.place.length - a.place.length)[0];
}

function holds(place: string, file: string): boolean {
	if (place === 'src/*.ts') return /^src\/[^/]+\.ts$/.test(file);
	return place.endsWith('/') ? file.startsWith(place) : file === place;
}

function mayImport(file: string, target: string): boolean {
	const room = roomOf(file);
	const targetRoom = roomOf(target);
	if (room === undefined || room === targetRoom) return true;
	// It describes modules of the platform, by their types.
	if (file === 'src/runtime/http1.ts' && target.startsWith('node:')) return true;
	if (targetRoom !== undefined) return room.mayImport.includes(targetRoom.place) || room.mayImport.includes(target);
	return room.mayImport.includes(target.replace(/^node:.*/, 'node:'));
}

/** Returns the results of the callback for all imports, without nulls. */
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
		for (const specifier of sources.get(file)?.runtimeImports ?? []) visit(resolve(file, specifier), [...path, file]);
		done.add(file);
	};
	for (const file of sources.keys()) visit(file, []);
	return circles;
}
