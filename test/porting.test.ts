// docs/porting.md has all of its rows, and our names in it exist. test/documents.test.ts checks its links.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as frames from '../src/frames.ts';
import * as hpack from '../src/hpack.ts';
import * as hyper from '../src/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const text = read('docs/porting.md');

describe('docs/porting.md', () => {
	test('each row of the release history in docs/porting.md has its number and a test', () => {
		const rows = section('Release history').filter(([number]) => /^\d+$/.test(number as string));
		assert.deepEqual(
			rows.map(([number]) => Number(number)),
			Array.from({ length: 76 }, (_, i) => i + 1),
		);
		const bare = rows.filter((row) => row.length !== 4 || !row[3]?.includes('.test.ts)') || row[2] === '');
		assert.deepEqual(bare, []);
	});

	test('each user request in docs/porting.md has a test', () => {
		const rows = section('What its users asked for').slice(1);
		assert.equal(rows.length > 30, true);
		assert.deepEqual(
			rows.filter((row) => !row[2]?.includes('.test.ts)')),
			[],
		);
	});

	test('every name of ours in the tables of docs/porting.md exists', () => {
		const unknown: string[] = [];
		let known = 0;
		for (const heading of [
			'Package',
			'Connections',
			'Responses',
			'Pushes',
			'HTTPHeaderMap',
			'Flow control',
			'TLS',
			'Exceptions',
			'Smaller pieces',
			'Command line',
		]) {
			const rows = section(heading).slice(1);
			assert.equal(rows.length > 0, true, heading);
			for (const row of rows) {
				for (const [, name] of (row[1] as string).matchAll(/`([^`]+)`/g)) {
					if (exists(name as string)) known++;
					else unknown.push(`${heading}: ${name}`);
				}
			}
		}
		assert.deepEqual(unknown, []);
		assert.equal(known > 130, true);
	});
});

/** The cells of the table rows below a heading, without the line of dashes. */
function section(heading: string): string[][] {
	const found = new RegExp(`^##+ ${heading}\\n([\\s\\S]*?)(?=^##|(?![\\s\\S]))`, 'm').exec(text);
	assert.ok(found, `a section ${heading}`);
	const rows = (found[1] as string).split('\n').filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line));
	return rows.map((line) =>
		line
			.slice(1, -1)
			.split('|')
			.map((cell) => cell.trim()),
	);
}

/** Objects as the tables call them, their classes, and where their fields are declared. */
const OBJECTS: Record<string, { classes: string[]; sources: string[] }> = {
	conn: {
		classes: ['HTTPConnection', 'HTTP20Connection', 'HTTP11Connection'],
		sources: ['src/http/connection.ts', 'src/http20/connection.ts', 'src/http11/connection.ts'],
	},
	response: { classes: ['HTTPResponse'], sources: ['src/message/response.ts'] },
	push: { classes: ['HTTP20Push'], sources: ['src/http20/push.ts'] },
	headers: { classes: ['HTTPHeaderMap'], sources: ['src/fields/header-map.ts'] },
	manager: { classes: ['FlowControlManager'], sources: ['src/session/flow-control.ts'] },
	error: { classes: [], sources: ['src/base/errors.ts'] },
};

/** Options are types that leave nothing at run time, so they are looked up in the sources. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts') && !file.startsWith('cli'))
	.map((file) => read(`src/${file}`))
	.join('');

/** Names of the language and its platforms. */
const PLATFORM = ['TypeError', 'RangeError', 'Headers', 'Blob', 'FormData', 'diagnostics_channel', 'NODE_DEBUG=hyper'];
/** Syntax, values, and names of hyper itself. */
const WORDS = /^('.*'|https:\/\/.*|await using|finally|for await \(.*\)|TooManyStreamsError)$/;

const exported: Record<string, unknown> = { ...hyper, ...hpack, ...frames };

function exists(name: string): boolean {
	const [, object, member] = /^(\w+)(?:\.(\w+)|\[Symbol\.\w+\])/.exec(name) ?? [];
	if (object !== undefined && object in OBJECTS) {
		return hasMember(object, member ?? (name.includes('asyncDispose') ? 'asyncDispose' : 'iterator'));
	}
	if (name.startsWith('hyper-wasm/')) {
		return name.replace('hyper-wasm', '.') in (JSON.parse(read('package.json')) as { exports: object }).exports;
	}
	if (/^-|^name|^hyper /.test(name)) return isOfCommandLine(name);
	if (WORDS.test(name)) return true;
	const [first, second] = name.replace(/^new /, '').replace(/\(.*/, '').split('.') as [string, string | undefined];
	if (first in exported || PLATFORM.includes(first)) return true;
	return isOption(first) && (second === undefined || isOption(second));
}

function hasMember(object: string, member: string): boolean {
	const { classes, sources } = OBJECTS[object] as (typeof OBJECTS)[string];
	const symbol = { asyncDispose: Symbol.asyncDispose, iterator: Symbol.iterator }[member];
	const declared = sources.map((source) =>
		new RegExp(`^\\t(?:(?:readonly|abstract) )*${member}\\??(?: =|:)`, 'm').test(read(source)),
	);
	if (classes.length === 0) return declared.some(Boolean);
	return classes.every((name, i) => {
		const prototype = (exported[name] as { prototype: object } | undefined)?.prototype;
		return prototype !== undefined && ((symbol ?? member) in prototype || declared[i] === true);
	});
}

function isOption(name: string): boolean {
	return new RegExp(`\\b${name}\\?:`).test(sources);
}

/** Options and items as the help lists them. */
function isOfCommandLine(name: string): boolean {
	const sources = readdirSync(join(root, 'src/cli')).map((file) => read(`src/cli/${file}`));
	if (name.startsWith('hyper ')) return isOfCommandLine(name.slice('hyper '.length));
	const wanted = name.startsWith('--') ? new RegExp(`^\\t'?${name.slice(2)}'?: \\{`, 'm') : name;
	return sources.some((source) => (typeof wanted === 'string' ? source.includes(wanted) : wanted.test(source)));
}
