// Bodies built from items and files: JSON, forms with and without files, whole files and standard input.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import type { ContentArguments } from '../../src/cli/arguments.ts';
import { type CommandBody, openCommandBody, readInput } from '../../src/cli/content.ts';
import { FileError } from '../../src/cli/errors.ts';
import type { Datum } from '../../src/cli/items.ts';

const folder = mkdtempSync(join(tmpdir(), 'hyper-content-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

const text = file('text.txt', 'gr\u00fc\u00df\n');
const json = file('data.json', ' {"a": 1.0}\n');
const binary = file('binary', Uint8Array.of(0xff, 0xfe, 0));
const unknown = join(folder, 'none');

function open(kind: 'json' | 'form', ...data: Datum[]): Promise<CommandBody> {
	return openCommandBody({ kind, data }, Readable.from([Buffer.from('from '), Buffer.from('stdin')]));
}

const JSON_BODIES: [data: Datum[], body: string][] = [
	[[{ name: 'a', text: 'b"\u00fc' }], '{"a":"b\\"\u00fc"}'],
	[[{ name: 'n', json: '12345678901234567890' }], '{"n":12345678901234567890}'],
	[
		[
			{ name: '2', json: '1.0' },
			{ name: '1', json: 'null' },
		],
		'{"2":1.0,"1":null}',
	],
	[
		[
			{ name: 'a', text: '1' },
			{ name: 'b', text: '2' },
			{ name: 'a', json: '3' },
		],
		'{"a":3,"b":"2"}',
	],
	[[{ name: '', text: '' }], '{"":""}'],
	[[{ name: '__proto__', text: 'x' }], '{"__proto__":"x"}'],
	[[{ name: 't', text: { file: text } }], '{"t":"gr\u00fc\u00df\\n"}'],
	[[{ name: 'j', json: { file: json } }], '{"j":{"a": 1.0}}'],
	[[{ name: 's', text: { file: '-' } }], '{"s":"from stdin"}'],
];

const FORM_BODIES: [data: Datum[], body: string][] = [
	[
		[
			{ name: 'a', text: 'b c&d' },
			{ name: 'a', text: '\u00fc' },
		],
		'a=b+c%26d&a=%C3%BC',
	],
	[
		[
			{ name: 'n', json: '1.0' },
			{ name: 't', json: 'true' },
		],
		'n=1.0&t=true',
	],
	[[{ name: 's', json: '"a\\"b"' }], 's=a%22b'],
	[[{ name: 't', text: { file: text } }], 't=gr%C3%BC%C3%9F%0A'],
];

describe('content', () => {
	test('a command without data has no body', async () => {
		assert.deepEqual(await openCommandBody({ kind: 'none' }), { body: null, type: null, once: false });
	});

	for (const [data, body] of JSON_BODIES) {
		test(`items become the JSON body ${body}`, async () => {
			assert.deepEqual(await open('json', ...data), { body, type: 'application/json', once: false });
		});
	}

	for (const [data, body] of FORM_BODIES) {
		test(`items become the form ${body}`, async () => {
			const type = 'application/x-www-form-urlencoded; charset=utf-8';
			assert.deepEqual(await open('form', ...data), { body, type, once: false });
		});
	}

	test('a form with a file is multipart, in the order of the items', async () => {
		const { body, type, once } = await open(
			'form',
			{ name: 'a', text: 'b' },
			{ name: 'f', upload: { file: json, type: null } },
			{ name: 'f', upload: { file: binary, type: null } },
			{ name: 'f', upload: { file: text, type: 'text/markdown' } },
			{ name: 's', upload: { file: '-', type: null } },
			{ name: 'a', text: 'c' },
		);
		assert.deepEqual([type, once], [null, false]);
		assert.ok(body instanceof FormData);
		const fields = Array.from(body, ([name, value]) =>
			typeof value === 'string' ? [name, value] : [name, value.name, value.type, value.size],
		);
		assert.deepEqual(fields, [
			['a', 'b'],
			['f', 'data.json', 'application/json', 12],
			['f', 'binary', 'application/octet-stream', 3],
			['f', 'text.txt', 'text/markdown', 7],
			['s', 'stdin', 'application/octet-stream', 10],
			['a', 'c'],
		]);
		assert.equal(await (body.get('s') as File).text(), 'from stdin');
	});

	const TYPES: [path: string, type: string | null, form: boolean, expected: string][] = [
		[json, null, false, 'application/json'],
		[text, null, false, 'text/plain'],
		[text, 'text/markdown', false, 'text/markdown'],
		[binary, null, false, 'application/octet-stream'],
		[text, null, true, 'application/x-www-form-urlencoded; charset=utf-8'],
	];

	for (const [path, type, form, expected] of TYPES) {
		test(`a whole file is sent as ${expected}`, async () => {
			const content: ContentArguments = { kind: 'file', upload: { file: path, type }, form };
			const opened = await openCommandBody(content);
			assert.deepEqual([opened.type, opened.once], [expected, false]);
			const bytes = Buffer.from(await (opened.body as Blob).arrayBuffer());
			assert.deepEqual(bytes, Buffer.from(await readInput(path)));
		});
	}

	test('standard input as the whole body is streamed, and can be read only once', async () => {
		const stdin = Readable.from(['[1, 2]']);
		const opened = await openCommandBody({ kind: 'file', upload: { file: '-', type: null }, form: false }, stdin);
		assert.deepEqual(opened, { body: stdin, type: 'application/json', once: true });
	});

	test('a leading tilde stands for the home folder', async () => {
		const path = `~/${relative(homedir(), text)}`;
		assert.equal(Buffer.from(await readInput(path)).toString(), 'gr\u00fc\u00df\n');
	});

	const FAULTS: [what: string, content: ContentArguments, message: RegExp][] = [
		['a missing file', { kind: 'json', data: [{ name: 'a', text: { file: unknown } }] }, /none: ENOENT/],
		[
			'a missing file as the whole body',
			{ kind: 'file', upload: { file: unknown, type: null }, form: false },
			/none: ENOENT/,
		],
		['a folder', { kind: 'file', upload: { file: folder, type: null }, form: false }, /EISDIR/],
		[
			'text that is not UTF-8',
			{ kind: 'json', data: [{ name: 'a', text: { file: binary } }] },
			/binary: it is not UTF-8/,
		],
		[
			'invalid JSON',
			{ kind: 'json', data: [{ name: 'a', json: { file: text } }] },
			/^cannot read .*text\.txt: it is not JSON: /,
		],
	];

	for (const [what, content, message] of FAULTS) {
		test(`${what} is a FileError that names it`, async () => {
			await assert.rejects(
				openCommandBody(content),
				(error: unknown) => error instanceof FileError && message.test(error.message),
			);
		});
	}
});
