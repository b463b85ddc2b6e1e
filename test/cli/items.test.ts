// Parsing request items: every separator, which one decides, and escaping with a backslash.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/cli/errors.ts';
import { type Items, parseItems } from '../../src/cli/items.ts';

interface Expected {
	headers?: [string, string][];
	withheld?: string[];
	query?: string;
	data?: Items['data'];
	body?: Items['body'];
}

const NOTHING = { headers: [], withheld: [], query: '', data: [], body: null };

const FORMS: [items: string[], expected: Expected][] = [
	[[], {}],
	// Header fields.
	[['X-A:1'], { headers: [['X-A', '1']] }],
	[['X-A: 1 '], { headers: [['X-A', '1']] }],
	[
		['X-A:1', 'x-a:2'],
		{
			headers: [
				['X-A', '1'],
				['x-a', '2'],
			],
		},
	],
	[['Time:12:30'], { headers: [['Time', '12:30']] }],
	[['Query:a=b==c@d;e'], { headers: [['Query', 'a=b==c@d;e']] }],
	[['Name:\u00fc'], { headers: [['Name', '\u00c3\u00bc']] }],
	[['Empty;'], { headers: [['Empty', '']] }],
	[['Accept:'], { withheld: ['accept'] }],
	[['A:1', 'b:2', 'a:'], { headers: [['b', '2']], withheld: ['a'] }],
	[['a:', 'A:1'], { headers: [['A', '1']] }],
	[['a:', 'A;'], { headers: [['A', '']] }],
	[[':authority:a.example'], { headers: [[':authority', 'a.example']] }],
	[[':path:/a=b'], { headers: [[':path', '/a=b']] }],
	[['X-Handle:\\@me'], { headers: [['X-Handle', '@me']] }],
	[['X-Handle:@me'], { headers: [['X-Handle', '@me']] }],
	// Query.
	[['q==a'], { query: 'q=a' }],
	[['q==a b&c', 'r==\u00fc', 'q=='], { query: 'q=a+b%26c&r=%C3%BC&q=' }],
	[['t==12:30'], { query: 't=12%3A30' }],
	[['q===a'], { query: 'q=%3Da' }],
	[['=='], { query: '=' }],
	// Data.
	[['name=value'], { data: [{ name: 'name', text: 'value' }] }],
	[['url=http://x'], { data: [{ name: 'url', text: 'http://x' }] }],
	[['mail=a@b.example'], { data: [{ name: 'mail', text: 'a@b.example' }] }],
	[['name= a '], { data: [{ name: 'name', text: ' a ' }] }],
	[['name='], { data: [{ name: 'name', text: '' }] }],
	[
		['a=1', 'a=2'],
		{
			data: [
				{ name: 'a', text: '1' },
				{ name: 'a', text: '2' },
			],
		},
	],
	[['name=@file'], { data: [{ name: 'name', text: { file: 'file' } }] }],
	[['name=@-'], { data: [{ name: 'name', text: { file: '-' } }] }],
	[['n:=1.0'], { data: [{ name: 'n', json: '1.0' }] }],
	[['n:=12345678901234567890'], { data: [{ name: 'n', json: '12345678901234567890' }] }],
	[['n:={"a": [1, null]}'], { data: [{ name: 'n', json: '{"a": [1, null]}' }] }],
	[['n:="a:b"'], { data: [{ name: 'n', json: '"a:b"' }] }],
	[['n:=@file.json'], { data: [{ name: 'n', json: { file: 'file.json' } }] }],
	// Files.
	[['f@a.txt'], { data: [{ name: 'f', upload: { file: 'a.txt', type: null } }] }],
	[['f@a=b'], { data: [{ name: 'f', upload: { file: 'a=b', type: null } }] }],
	[['f@C:\\dir\\a'], { data: [{ name: 'f', upload: { file: 'C:\\dir\\a', type: null } }] }],
	[['f@a;type=text/csv'], { data: [{ name: 'f', upload: { file: 'a', type: 'text/csv' } }] }],
	[['f@a;b;type=text/csv'], { data: [{ name: 'f', upload: { file: 'a;b', type: 'text/csv' } }] }],
	[['@a.json'], { body: { file: 'a.json', type: null } }],
	[['@-', 'X-A:1'], { body: { file: '-', type: null }, headers: [['X-A', '1']] }],
	[['@a;type=a/b'], { body: { file: 'a', type: 'a/b' } }],
	// Backslashes.
	[['foo\\==bar'], { data: [{ name: 'foo=', text: 'bar' }] }],
	[['foo\\:bar=1'], { data: [{ name: 'foo:bar', text: '1' }] }],
	[['foo\\:\\=bar=1'], { data: [{ name: 'foo:=bar', text: '1' }] }],
	[['a\\@b=c'], { data: [{ name: 'a@b', text: 'c' }] }],
	[['a\\;b=c'], { data: [{ name: 'a;b', text: 'c' }] }],
	[['a=\\@b'], { data: [{ name: 'a', text: '@b' }] }],
	[['a=b\\=c'], { data: [{ name: 'a', text: 'b=c' }] }],
	[['a=b\\nc\\'], { data: [{ name: 'a', text: 'b\\nc\\' }] }],
	[['a=b\\\\c'], { data: [{ name: 'a', text: 'b\\\\c' }] }],
];

const FAULTS: [items: string[], message: RegExp][] = [
	[['nothing'], /^"nothing" is not a request item: Name:value, name==value/],
	[[''], /^"" is not a request item/],
	[['a\\=b'], /is not a request item/],
	[['n:=1 2'], /^"n:=1 2": the value after := is not JSON$/],
	[['n:='], /is not JSON$/],
	[['Name;value'], /^"Name;value" has text after the semicolon/],
	[[';'], /name/i],
	[[':'], /^":" needs the name of a header field$/],
	[[':value'], /name/i],
	[['b\u00fc:1'], /name/i],
	[['a b:1'], /name/i],
	[['a:b\r\nc:d'], /value/i],
	[['f@'], /^"f@" needs the name of a file$/],
	[['@'], /needs the name of a file$/],
	[['@a', '@b'], /^@a is the whole body and cannot be combined with @b$/],
	[['@a', 'b=c'], /^@a is the whole body and cannot be combined with other data$/],
	[['a=@-', 'b:=@-'], /can be used only once$/],
];

describe('items', () => {
	for (const [items, expected] of FORMS) {
		test(`the items ${JSON.stringify(items)} are parsed`, () => {
			const { headers, withheld, ...rest } = parseItems(items);
			const found = {
				...rest,
				headers: [...headers.raw()].map(([name, value]) => [name, value]),
				withheld: [...withheld],
			};
			assert.deepEqual(found, { ...NOTHING, ...expected });
		});
	}

	for (const [items, message] of FAULTS) {
		test(`the items ${JSON.stringify(items)} are a usage error`, () => {
			assert.throws(
				() => parseItems(items),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		});
	}
});
