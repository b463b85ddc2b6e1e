// What HTTPResponse adds to the body that it reads from: content codings, and which reading decides on them. The ways of
// reading are tested with HTTP20Response.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { ContentDecodingError, LocalProtocolError } from '../../src/base/errors.ts';
import { BodyBuffer } from '../../src/content/body-buffer.ts';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { HTTPResponse, type ReadOptions, type ResponseSource } from '../../src/message/response.ts';

class TestResponse extends HTTPResponse {
	readonly version = 'HTTP/1.1';
	readonly reason = 'OK';
	readonly rawHeaders: HTTPHeaderMap;

	constructor(source: ResponseSource, rawHeaders: HTTPHeaderMap) {
		super(source, 200);
		this.rawHeaders = rawHeaders;
	}

	protected fieldValues(name: string): readonly string[] {
		return this.rawHeaders.getRaw(name);
	}
}

interface Made {
	response: TestResponse;
	source: ResponseSource;
	body: BodyBuffer;
	/** How often the response was given up. */
	abandoned(): number;
}

function createResponse(
	content: Uint8Array,
	coding: string,
	decodes: boolean,
	decodedBody = Number.POSITIVE_INFINITY,
): Made {
	let abandoned = 0;
	const body = new BodyBuffer({ onConsumed: () => undefined });
	const source: ResponseSource = {
		id: null,
		body,
		decodeContent: decodes,
		decodingLimits: { contentCodings: 5, decodedBody },
		informational: [],
		timings: { queued: 0, dialled: null, secured: null, sent: null, firstByte: null, end: null },
		readTrailers: () => new HTTPHeaderMap({ 'x-sum': '1' }),
		abandon: () => {
			abandoned++;
		},
	};
	body.push({ bytes: content, start: 0, end: content.length, endOfFrame: true });
	const response = new TestResponse(source, new HTTPHeaderMap({ 'content-encoding': coding }));
	return { response, source, body, abandoned: () => abandoned };
}

function createWhole(content: Uint8Array, coding: string, decodes = true): TestResponse {
	const { response, body } = createResponse(content, coding, decodes);
	body.end();
	return response;
}

const text = 'grüße '.repeat(1000);
const gzipped = gzipSync(text);

async function collect(items: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of items) pieces.push(piece);
	return Buffer.concat(pieces);
}

test('content codings are undone, chains of them too', async () => {
	assert.equal(await createWhole(gzipped, 'gzip').text(), text);
	assert.equal(await createWhole(deflateSync(text), 'deflate').text(), text);
	assert.equal(await createWhole(deflateRawSync(text), 'deflate').text(), text);
	assert.equal(await createWhole(brotliCompressSync(text), 'br').text(), text);
	assert.equal(await createWhole(gzipSync(brotliCompressSync(text)), 'br, gzip').text(), text);
	assert.equal(await createWhole(Buffer.from(text), 'identity').text(), text);
});

test('every way of reading gives decoded content', async () => {
	const readings: ((response: TestResponse) => Promise<Uint8Array>)[] = [
		(response) => response.bytes(),
		(response) => response.read(),
		(response) => response.read(1_000_000),
		(response) => collect(response),
		(response) => collect(response.readChunked()),
		(response) => collect(response.body),
	];
	for (const read of readings) assert.equal(Buffer.from(await read(createWhole(gzipped, 'gzip'))).toString(), text);
	const response = createWhole(gzipped, 'gzip');
	assert.equal(Buffer.from(await response.read(4)).toString('latin1'), Buffer.from(text).toString('latin1', 0, 4));
});

test('without decodeContent the body is what was sent, and a reading overrules the request', async () => {
	assert.deepEqual(Buffer.from(await createWhole(gzipped, 'gzip', false).bytes()), gzipped);
	const read = async (decodes: boolean, options: ReadOptions) =>
		Buffer.from(await createWhole(gzipped, 'gzip', decodes).read(undefined, options));
	assert.deepEqual(await read(true, { decodeContent: false }), gzipped);
	assert.equal((await read(false, { decodeContent: true })).toString(), text);
	const raw = await collect(createWhole(gzipped, 'gzip').readChunked({ decodeContent: false }));
	assert.deepEqual(raw, gzipped);
});

const CODED = { 'content-encoding': 'gzip', 'content-length': `${gzipped.length}`, 'x-name': 'value' };

function headersOf(fields: Record<string, string>, decodes = true): TestResponse {
	const { source } = createResponse(gzipped, 'gzip', decodes);
	if ('content-length' in fields) source.body.contentLength = Number(fields['content-length']);
	source.body.end();
	return new TestResponse(source, new HTTPHeaderMap(fields));
}

test('headers describe the decoded body, and rawHeaders are as the server sent them', async () => {
	const response = headersOf(CODED);
	assert.deepEqual([...response.headers.raw()], [['x-name', 'value']]);
	assert.equal(response.headers, response.headers);
	assert.ok(response.rawHeaders.equals(new HTTPHeaderMap(CODED)));
	assert.equal(await response.text(), text);
	assert.equal(response.headers.size, 1);
});

test('headers are as the server sent them when the body is not decoded', () => {
	const cases: [fields: Record<string, string>, decodes: boolean][] = [
		[CODED, false],
		[{ ...CODED, 'content-encoding': 'gzip, rot13' }, true],
		[{ ...CODED, 'content-encoding': 'identity' }, true],
		[{ 'content-length': '9' }, true],
		// Such as the response to HEAD: there is no content to decode, and its length is that of the GET.
		[{ ...CODED, 'content-length': '0' }, true],
	];
	for (const [fields, decodes] of cases) {
		const response = headersOf(fields, decodes);
		assert.ok(response.headers.equals(new HTTPHeaderMap(fields)), JSON.stringify(fields));
		assert.equal(response.headers, response.rawHeaders);
	}
});

test('headers follow a reading that overrules the request', async () => {
	const coded = headersOf(CODED, true);
	assert.deepEqual(Buffer.from(await coded.read(null, { decodeContent: false })), gzipped);
	assert.ok(coded.headers.equals(new HTTPHeaderMap(CODED)));
	const decoded = headersOf(CODED, false);
	assert.equal(Buffer.from(await decoded.read(null, { decodeContent: true })).toString(), text);
	assert.deepEqual([...decoded.headers.raw()], [['x-name', 'value']]);
});

test('the limits of decoding apply when only a reading asks for it', async () => {
	const { response, body } = createResponse(gzipSync(new Uint8Array(1_000_000)), 'gzip', false, 1000);
	body.end();
	await assert.rejects(response.read(null, { decodeContent: true }), ContentDecodingError);
});

test('the first reading decides for all', async () => {
	const response = createWhole(gzipped, 'gzip');
	await response.read(1);
	await assert.rejects(response.read(1, { decodeContent: false }), LocalProtocolError);
	assert.equal((await response.read(1, { decodeContent: true })).length, 1);
});

test('a coding that nobody knows leaves the body as it was sent', async () => {
	assert.deepEqual(Buffer.from(await createWhole(gzipped, 'gzip, rot13').bytes()), gzipped);
});

test('corrupt content is an error, and the rest of the response is given up', async () => {
	const { response, abandoned } = createResponse(Buffer.from('no gzip at all'), 'gzip', true);
	await assert.rejects(response.bytes(), ContentDecodingError);
	assert.equal(abandoned(), 1);
});

test('content that ends early is an error', async () => {
	await assert.rejects(createWhole(gzipped.subarray(0, -9), 'gzip').bytes(), ContentDecodingError);
});

test('content beyond limits.decodedBody is an error', async () => {
	const { response, body } = createResponse(gzipSync(new Uint8Array(1_000_000)), 'gzip', true, 100_000);
	body.end();
	await assert.rejects(response.bytes(), /decodedBody/);
});

test('a failure of the body comes through as it is', async () => {
	const { response, body } = createResponse(gzipped.subarray(0, 20), 'gzip', true);
	const reading = response.bytes();
	const fault = new Error('cut');
	body.fail(fault);
	await assert.rejects(reading, (error) => error === fault);
});

test('trailers come with the end of the body, read or not, and empty content needs no decoder', async () => {
	const response = createWhole(gzipped, 'gzip');
	assert.deepEqual((await response.trailers).get('x-sum'), ['1']);
	assert.equal(await response.text(), text);
	assert.deepEqual(await createWhole(new Uint8Array(0), 'gzip').bytes(), new Uint8Array(0));
});

test('leaving a loop over decoded content gives the response up', async () => {
	const { response, abandoned } = createResponse(gzipped, 'gzip', true);
	for await (const piece of response) {
		assert.ok(piece.length > 0);
		break;
	}
	assert.equal(abandoned(), 1);
});

test('an option of a reading that does not exist is a TypeError, and the body stays unread', async () => {
	const response = createWhole(new Uint8Array([1, 2]), 'identity');
	await assert.rejects(
		response.read(1, { decompress: false } as object),
		/"decompress" of a reading: write decodeContent$/,
	);
	assert.throws(() => response.readChunked({ decodecontent: false } as object), /did you mean decodeContent\?$/);
	assert.deepEqual(await response.bytes(), new Uint8Array([1, 2]));
});
