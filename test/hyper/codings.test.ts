// What hyper promised about content codings: gzip, both kinds of deflate and later br are decoded, in pieces, unless the
// caller wants them as they are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { ContentDecodingError, type HTTP20Response, type RequestOptions } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet } from '../support/offline.ts';

const text = 'hyper, again and again and again';

/** A response in one coding, with its whole content. */
async function answered(coding: string, content: Uint8Array, options: RequestOptions = {}): Promise<HTTP20Response> {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/', options);
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '200', 'content-encoding': coding });
	peer.send.data(1, content, { endStream: true });
	return answer;
}

test('gzip and both kinds of deflate are decoded unless decodeContent is false', async () => {
	for (const [coding, content] of [
		['gzip', gzipSync(text)],
		['deflate', deflateSync(text)],
		['deflate', deflateRawSync(text)],
	] as const) {
		assert.equal(await (await answered(coding, content)).text(), text);
		const raw = await answered(coding, content, { decodeContent: false });
		assert.deepEqual(Buffer.from(await raw.bytes()), content);
		const late = await answered(coding, content);
		assert.deepEqual(Buffer.from(await late.read(null, { decodeContent: false })), content);
	}
});

test('br and zstd content is decoded', async () => {
	assert.equal(await (await answered('br', brotliCompressSync(text))).text(), text);
	// RFC 8878 §3.1.1: a single-segment frame with its content size and one raw block, the last.
	const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length, 0, 0, 0]);
	head.writeUIntLE(text.length * 8 + 1, 6, 3);
	assert.equal(await (await answered('zstd', Buffer.concat([head, Buffer.from(text)]))).text(), text);
});

test('content with an unknown coding is left as it is', async () => {
	assert.equal(await (await answered('aes128gcm', new TextEncoder().encode(text))).text(), text);
});

test('content that is not the gzip it claims to be is a ContentDecodingError', async () => {
	await assert.rejects((await answered('gzip', new TextEncoder().encode(text))).text(), ContentDecodingError);
});

test('decoded content is delivered as it arrives', async () => {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '200', 'content-encoding': 'gzip' });
	const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
	const events = ['one event\n', 'another\n'];
	const response = await answer;
	const chunks = response[Symbol.asyncIterator]();
	for (const event of events) {
		await sendPiece(peer, gzip, event);
		let seen = '';
		while (seen.length < event.length) seen += new TextDecoder().decode((await chunks.next()).value);
		assert.equal(seen, event);
	}
	await response.close();
	await conn.close();
});

/** Compresses and flushes one piece, and sends the result. The response does not end. */
async function sendPiece(peer: ScriptedPeer, gzip: ReturnType<typeof createGzip>, piece: string): Promise<void> {
	await new Promise<void>((resolve) => gzip.write(piece, () => resolve()));
	const compressed = gzip.read() as Buffer | null;
	assert.ok(compressed !== null);
	peer.send.data(1, compressed);
}
