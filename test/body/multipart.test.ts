// multipart/form-data byte by byte as the HTML Standard defines it, and as the platform's own parser reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMultipart } from '../../src/body/multipart.ts';

async function textOf(form: FormData): Promise<{ text: string; boundary: string }> {
	const { parts, contentType } = encodeMultipart(form);
	const boundary = /^multipart\/form-data; boundary=(hyper-[0-9a-f-]{36})$/.exec(contentType)?.[1];
	assert.ok(boundary, contentType);
	return { text: await new Blob(parts as BlobPart[]).text(), boundary };
}

test('names, file names and values are encoded as the HTML Standard defines', async () => {
	const form = new FormData();
	form.append('plain', 'value');
	form.append('q"uo\nte', 'one\ntwo\rthree\r\nfour');
	form.append('file', new File(['<\n>'], 'n"a\nm\re.txt', { type: 'text/plain' }));
	form.append('blob', new Blob(['x']));
	form.append('last', '\u20ac');
	const { text, boundary } = await textOf(form);
	assert.equal(
		text,
		[
			`--${boundary}`,
			'Content-Disposition: form-data; name="plain"',
			'',
			'value',
			`--${boundary}`,
			'Content-Disposition: form-data; name="q%22uo%0D%0Ate"',
			'',
			'one\r\ntwo\r\nthree\r\nfour',
			`--${boundary}`,
			'Content-Disposition: form-data; name="file"; filename="n%22a%0Am%0De.txt"',
			'Content-Type: text/plain',
			'',
			'<\n>',
			`--${boundary}`,
			'Content-Disposition: form-data; name="blob"; filename="blob"',
			'Content-Type: application/octet-stream',
			'',
			'x',
			`--${boundary}`,
			'Content-Disposition: form-data; name="last"',
			'',
			'\u20ac',
			`--${boundary}--`,
			'',
		].join('\r\n'),
	);
});

test('an empty form consists of its closing boundary', async () => {
	const { text, boundary } = await textOf(new FormData());
	assert.equal(text, `--${boundary}--\r\n`);
});

test('every form has a new boundary', () => {
	assert.notEqual(encodeMultipart(new FormData()).contentType, encodeMultipart(new FormData()).contentType);
});

test('a media type with line breaks cannot add a field', async () => {
	const file = Object.assign(new File(['x'], 'f'), {});
	Object.defineProperty(file, 'type', { value: 'text/plain\r\nX-Evil: 1' });
	const form = {
		*[Symbol.iterator]() {
			yield ['f', file];
		},
	} as unknown as FormData;
	const { text } = await textOf(form);
	assert.match(text, /\r\nContent-Type: application\/octet-stream\r\n\r\nx\r\n/);
	assert.doesNotMatch(text, /X-Evil/);
});

test("the platform's parser reads back the form", async () => {
	const content = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) ^ (at >> 8));
	const form = new FormData();
	form.append('a', 'b');
	form.append('a', '');
	form.append('file', new File([content], 'bytes.bin', { type: 'application/x-bytes' }));
	const { parts, contentType } = encodeMultipart(form);
	const parsed = await new Response(new Blob(parts as BlobPart[]), {
		headers: { 'content-type': contentType },
	}).formData();
	assert.deepEqual(parsed.getAll('a'), ['b', '']);
	const file = parsed.get('file') as File;
	assert.equal(file.name, 'bytes.bin');
	assert.equal(file.type, 'application/x-bytes');
	assert.deepEqual(new Uint8Array(await file.arrayBuffer()), content);
});
