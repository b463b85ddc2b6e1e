// What HTTPResponse adds to the body that it reads from: ways of reading, content codings and which reading decides on
// them, and what abandons the response.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { ContentDecodingError, LocalProtocolError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { BufferedResponse, type ResponseControl } from '../../src/message/buffered-response.ts';
import {
	HTTP11Response,
	HTTP20Response,
	HTTPResponse,
	type ReadOptions,
	ResponseHead,
} from '../../src/message/response.ts';

interface Made {
	response: HTTP20Response;
	/** What the response reads from. */
	source: BufferedResponse;
	control: ResponseControl;
	/** How often the request was given up. */
	abandoned(): number;
}

function createOn(head: ResponseHead, decodeContent: boolean, decodedBody: number): Made {
	let abandoned = 0;
	const source = new BufferedResponse(decodeContent, { ...DEFAULT_LIMITS, decodedBody });
	const control: ResponseControl = {
		id: 7,
		timings: { queued: 1, dialled: null, secured: null, sent: 2, firstByte: 3, end: null },
		isClosed: false,
		carrier: null,
		consume: () => undefined,
		abort: (reason) => source.onError(reason),
		abandon: () => abandoned++,
	};
	source.control = control;
	source.onInformational(103, new HTTPHeaderMap({ a: 'b' }));
	source.onHead(head);
	return { response: new HTTP20Response(source, head), source, control, abandoned: () => abandoned };
}

function createResponse(
	content: Uint8Array,
	coding: string,
	decodes: boolean,
	decodedBody = Number.POSITIVE_INFINITY,
): Made {
	const made = createOn(makeHead(['content-encoding', coding]), decodes, decodedBody);
	made.source.onContent(content, true);
	return made;
}

function makeHead(fields: readonly string[], contentLength = -1): ResponseHead {
	return new ResponseHead('HTTP/2', 200, '', contentLength, [':status', '200', ...fields]);
}

function createWhole(content: Uint8Array, coding: string, decodes = true): HTTP20Response {
	const { response, source } = createResponse(content, coding, decodes);
	source.onTrailers(new HTTPHeaderMap({ 'x-sum': '1' }));
	source.onEnd();
	return response;
}

const text = 'grüße '.repeat(1000);
const gzipped = gzipSync(text);

async function collect(items: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of items) pieces.push(piece);
	return Buffer.concat(pieces);
}

test('content codings are decoded, including chains of them', async () => {
	assert.equal(await createWhole(gzipped, 'gzip').text(), text);
	assert.equal(await createWhole(deflateSync(text), 'deflate').text(), text);
	assert.equal(await createWhole(deflateRawSync(text), 'deflate').text(), text);
	assert.equal(await createWhole(brotliCompressSync(text), 'br').text(), text);
	assert.equal(await createWhole(gzipSync(brotliCompressSync(text)), 'br, gzip').text(), text);
	assert.equal(await createWhole(Buffer.from(text), 'identity').text(), text);
});

test('every way of reading returns decoded content', async () => {
	const readings: ((response: HTTP20Response) => Promise<Uint8Array>)[] = [
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

test('with decodeContent: false the body is read as it was sent, and a read option overrides the request', async () => {
	assert.deepEqual(Buffer.from(await createWhole(gzipped, 'gzip', false).bytes()), gzipped);
	const read = async (decodes: boolean, options: ReadOptions) =>
		Buffer.from(await createWhole(gzipped, 'gzip', decodes).read(undefined, options));
	assert.deepEqual(await read(true, { decodeContent: false }), gzipped);
	assert.equal((await read(false, { decodeContent: true })).toString(), text);
	const raw = await collect(createWhole(gzipped, 'gzip').readChunked({ decodeContent: false }));
	assert.deepEqual(raw, gzipped);
});

const CODED = { 'content-encoding': 'gzip', 'content-length': `${gzipped.length}`, 'x-name': 'value' };

function headersOf(fields: Record<string, string>, decodes = true): HTTP20Response {
	const length = fields['content-length'];
	const head = makeHead(Object.entries(fields).flat(), length === undefined ? -1 : Number(length));
	const { response, source } = createOn(head, decodes, Number.POSITIVE_INFINITY);
	source.onContent(gzipped, true);
	source.onEnd();
	return response;
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

test('headers follow a read option that overrides the request', async () => {
	const coded = headersOf(CODED, true);
	assert.deepEqual(Buffer.from(await coded.read(null, { decodeContent: false })), gzipped);
	assert.ok(coded.headers.equals(new HTTPHeaderMap(CODED)));
	const decoded = headersOf(CODED, false);
	assert.equal(Buffer.from(await decoded.read(null, { decodeContent: true })).toString(), text);
	assert.deepEqual([...decoded.headers.raw()], [['x-name', 'value']]);
});

test('decoding limits apply if only a read option asks for decoding', async () => {
	const { response, source } = createResponse(gzipSync(new Uint8Array(1_000_000)), 'gzip', false, 1000);
	source.onEnd();
	await assert.rejects(response.read(null, { decodeContent: true }), ContentDecodingError);
});

test('the first read decides for all reads whether the content is decoded', async () => {
	const response = createWhole(gzipped, 'gzip');
	await response.read(1);
	await assert.rejects(response.read(1, { decodeContent: false }), LocalProtocolError);
	assert.equal((await response.read(1, { decodeContent: true })).length, 1);
});

test('a body with an unknown content coding is read as it was sent', async () => {
	assert.deepEqual(Buffer.from(await createWhole(gzipped, 'gzip, rot13').bytes()), gzipped);
});

test('corrupt content is an error, and the rest of the response is abandoned', async () => {
	const { response, abandoned } = createResponse(Buffer.from('no gzip at all'), 'gzip', true);
	await assert.rejects(response.bytes(), ContentDecodingError);
	assert.equal(abandoned(), 1);
});

test('content that ends early is an error', async () => {
	await assert.rejects(createWhole(gzipped.subarray(0, -9), 'gzip').bytes(), ContentDecodingError);
});

test('content beyond limits.decodedBody is an error', async () => {
	const { response, source } = createResponse(gzipSync(new Uint8Array(1_000_000)), 'gzip', true, 100_000);
	source.onEnd();
	await assert.rejects(response.bytes(), /decodedBody/);
});

test('an error of the body is passed on unchanged', async () => {
	const { response, source } = createResponse(gzipped.subarray(0, 20), 'gzip', true);
	const reading = response.bytes();
	const fault = new Error('cut');
	source.fail(fault);
	await assert.rejects(reading, (error) => error === fault);
});

test('trailers resolve at the end of the body, read or not, and empty content needs no decoder', async () => {
	const response = createWhole(gzipped, 'gzip');
	assert.deepEqual((await response.trailers).get('x-sum'), ['1']);
	assert.equal(await response.text(), text);
	assert.deepEqual(await createWhole(new Uint8Array(0), 'gzip').bytes(), new Uint8Array(0));
});

test('leaving a loop over decoded content abandons the response', async () => {
	const { response, abandoned } = createResponse(gzipped, 'gzip', true);
	for await (const piece of response) {
		assert.ok(piece.length > 0);
		break;
	}
	assert.equal(abandoned(), 1);
});

test('an unknown read option is a TypeError, and the body stays unread', async () => {
	const response = createWhole(new Uint8Array([1, 2]), 'identity');
	await assert.rejects(
		response.read(1, { decompress: false } as object),
		/"decompress" of a reading: write decodeContent$/,
	);
	assert.throws(() => response.readChunked({ decodecontent: false } as object), /did you mean decodeContent\?$/);
	assert.deepEqual(await response.bytes(), new Uint8Array([1, 2]));
});

function createText(chunks: readonly string[]): Made {
	const made = createOn(makeHead(['X-A', 'b', 'x-a', 'c, d']), false, Number.POSITIVE_INFINITY);
	for (const chunk of chunks) made.source.onContent(new TextEncoder().encode(chunk), true);
	return made;
}

function createWholeText(chunks: readonly string[]): HTTP20Response {
	const { response, source } = createText(chunks);
	source.onEnd();
	return response;
}

async function collectTexts(items: AsyncIterable<Uint8Array>): Promise<string[]> {
	const texts: string[] = [];
	for await (const item of items) texts.push(new TextDecoder().decode(item));
	return texts;
}

test('the head of a response is available at once, without pseudo-header fields', () => {
	const { response, source, control } = createText([]);
	assert.deepEqual([response.status, response.version, response.reason, response.streamId], [200, 'HTTP/2', '', 7]);
	assert.deepEqual(
		[...response.headers.raw()],
		[
			['X-A', 'b'],
			['x-a', 'c, d'],
		],
	);
	assert.equal(response.headers, response.headers);
	assert.equal(response.timings, control.timings);
	assert.equal(response.informational, source.informational);
});

test('the whole body is read as bytes, text or JSON', async () => {
	assert.deepEqual(await createWholeText(['a', 'b']).bytes(), Uint8Array.of(0x61, 0x62));
	assert.deepEqual(await createWholeText(['a', 'b']).read(), Uint8Array.of(0x61, 0x62));
	assert.equal(await createWholeText(['gr\u00fc', '\u00df']).text(), 'grüß');
	assert.deepEqual(await createWholeText(['{"a"', ':[1]}']).json(), { a: [1] });
	await assert.rejects(createWholeText(['{']).json(), SyntaxError);
});

test('read returns the exact amount, which must be a non-negative integer', async () => {
	const response = createWholeText(['abc', 'def']);
	assert.deepEqual(await response.read(0), new Uint8Array(0));
	assert.deepEqual(await response.read(4), new TextEncoder().encode('abcd'));
	for (const amount of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		await assert.rejects(response.read(amount), RangeError);
	}
	assert.deepEqual(await response.read(100), new TextEncoder().encode('ef'));
	assert.deepEqual(await response.read(100), new Uint8Array(0));
});

test('iteration over a response skips empty frames, readChunked yields every frame', async () => {
	assert.deepEqual(await collectTexts(createWholeText(['a', '', 'b'])), ['a', 'b']);
	assert.deepEqual(await collectTexts(createWholeText(['a', '', 'b']).readChunked()), ['a', '', 'b']);
});

test('leaving a loop over a response early closes it, and finishing the loop does not', async () => {
	for (const iterate of [(r: HTTP20Response) => r[Symbol.asyncIterator](), (r: HTTP20Response) => r.readChunked()]) {
		const { response, abandoned, source } = createText(['a', 'b']);
		for await (const chunk of iterate(response)) {
			assert.equal(chunk.length, 1);
			break;
		}
		assert.equal(abandoned(), 1);
		source.onEnd();
		await collectTexts(iterate(response));
		assert.equal(abandoned(), 1);
	}
});

test('body is always the same stream, reads on demand, and closes the response when it is cancelled', async () => {
	const { response, abandoned, source } = createText(['a', 'b']);
	assert.equal(response.body, response.body);
	assert.equal(source.unread, 2);
	const reader = response.body.getReader();
	assert.deepEqual((await reader.read()).value, Uint8Array.of(0x61));
	assert.equal(source.unread, 1);
	await reader.cancel();
	assert.equal(abandoned(), 1);
	assert.deepEqual(await collectTexts(createWholeText(['a', 'b']).body), ['a', 'b']);
});

test('trailers resolve at the end of the body, and are empty if the response has no trailers', async () => {
	const { response, source } = createText(['a']);
	const trailers = response.trailers;
	source.onTrailers(new HTTPHeaderMap([['Sum', '1']]));
	source.onEnd();
	assert.deepEqual([...(await trailers).raw()], [['Sum', '1']]);
	assert.equal((await createWholeText([]).trailers).size, 0);
});

test('an error of the response rejects reads and trailers unchanged', async () => {
	const { response, source } = createText([]);
	const [reason, trailers] = [new Error('cut'), response.trailers];
	source.fail(reason);
	await assert.rejects(trailers, reason);
	await assert.rejects(response.text(), reason);
	await assert.rejects(collectTexts(response), reason);
});

test('a response is ok if its status is from 200 to 299', () => {
	for (const [status, ok] of [
		[200, true],
		[299, true],
		[300, false],
		[404, false],
	] as const) {
		const head = new ResponseHead('HTTP/1.1', status, '', -1, []);
		assert.equal(new HTTP11Response(createOn(head, true, 0).source, head).ok, ok);
	}
});

test('close and disposal of a response abandon the request', async () => {
	const { response, abandoned } = createText([]);
	await response.close();
	await response[Symbol.asyncDispose]();
	assert.equal(abandoned(), 2);
});

test('an HTTP/1.1 response has its reason phrase, and builds its headers once, at first use', () => {
	const head = new ResponseHead('HTTP/1.1', 200, 'Fine', -1, ['X-A', '1', 'x-a', '2']);
	const { source, control } = createOn(head, true, 0);
	source.control = { ...control, id: null };
	const response = new HTTP11Response(source, head);
	assert.ok(response instanceof HTTPResponse);
	assert.deepEqual(
		[response.status, response.reason, response.version, response.streamId],
		[200, 'Fine', 'HTTP/1.1', null],
	);
	assert.deepEqual(
		[...response.headers.raw()],
		[
			['X-A', '1'],
			['x-a', '2'],
		],
	);
	assert.equal(response.headers, response.headers);
	assert.equal(response.timings.queued, 1);
});

test('a content coding is decoded whatever the case of its field name', async () => {
	const head = new ResponseHead('HTTP/1.1', 200, '', -1, ['CONTENT-Encoding', 'GZIP']);
	const { source } = createOn(head, true, 1000);
	source.onContent(gzipSync('hello'), true);
	source.onEnd();
	assert.equal(await new HTTP11Response(source, head).text(), 'hello');
});

test('valuesOf finds the values of a field in order, whatever the case of its name', () => {
	const head = new ResponseHead('HTTP/1.1', 204, '', -1, ['Set-Cookie', 'a=1', 'x', 'set-cookie', 'SET-COOKIE', 'b=2']);
	assert.deepEqual(head.valuesOf('set-cookie'), ['a=1', 'b=2']);
	assert.deepEqual(head.valuesOf('cookie'), []);
	assert.deepEqual(head.headers.get('set-cookie'), ['a=1', 'b=2']);
});

test('never-indexed fields of a head keep their marks', () => {
	const head = new ResponseHead('HTTP/2', 200, '', -1, [':status', '200', 'a', '1', 'b', '2'], new Set([2]));
	assert.deepEqual([...(head.headers.toFlat().neverIndexed ?? [])], [1]);
});

test('the console shows the status, version, headers and body state of a response', async () => {
	const { response, source } = createOn(makeHead(['server', 'a', 'set-cookie', 'b']), true, Number.POSITIVE_INFINITY);
	const shown = (body: string) =>
		"HTTP20Response { status: 200, version: 'HTTP/2', streamId: 7, headers: HTTPHeaderMap(2) [ " +
		`[ 'server', 'a' ], [ 'set-cookie', '<sensitive, 1 bytes>' ] ], body: '${body}' }`;
	const show = () => inspect(response, { breakLength: Number.POSITIVE_INFINITY, compact: 10 });
	assert.equal(show(), shown('unread'));
	source.onContent(new Uint8Array(2), true);
	await response.read(1);
	assert.equal(show(), shown('partly read'));
	source.onEnd();
	await response.bytes();
	assert.equal(show(), shown('read'));
	assert.equal(inspect({ a: { b: { c: response } } }), '{ a: { b: { c: [HTTP20Response] } } }');
});

test('the console shows the reason phrase of an HTTP/1.1 response, and that its body failed', () => {
	const source = new BufferedResponse(true, DEFAULT_LIMITS);
	source.control = { ...createOn(makeHead([]), true, 0).control, id: null };
	const response = new HTTP11Response(source, new ResponseHead('HTTP/1.1', 404, 'Not Found', 5, []));
	source.onError(new Error('lost'));
	assert.equal(
		inspect(response, { breakLength: Number.POSITIVE_INFINITY, compact: 10 }),
		"HTTP11Response { status: 404, reason: 'Not Found', version: 'HTTP/1.1', headers: HTTPHeaderMap(0) [], body: 'failed' }",
	);
});
