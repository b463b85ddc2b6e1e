// Frames without a connection: what a client sends first, written, read and explained.
// In a checkout: `npm run build`, then `node --conditions=hyper-wasm-source --import tsx examples/frames.ts`.

import assert from 'node:assert/strict';
import { ErrorCode, explain, FrameReader, FrameType, FrameWriter, ProtocolError, Setting } from 'hyper-wasm/frames';
import { Decoder, Encoder } from 'hyper-wasm/hpack';

const writer = new FrameWriter();
const block = new Encoder().encode([
	[':method', 'GET'],
	[':scheme', 'https'],
	[':authority', 'example.com'],
	[':path', '/'],
]);
const bytes = Buffer.concat([
	Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
	writer.write({
		type: FrameType.SETTINGS,
		settings: [
			[Setting.ENABLE_PUSH, 0],
			[Setting.INITIAL_WINDOW_SIZE, 1_048_576],
		],
	}),
	writer.write({ type: FrameType.HEADERS, streamId: 1, fragment: block.subarray(0, 5), endHeaders: false }),
	writer.write({ type: FrameType.CONTINUATION, streamId: 1, fragment: block.subarray(5) }),
	writer.write({ type: FrameType.DATA, streamId: 1, data: Buffer.from('hello'), endStream: true, padding: 10 }),
]);

console.log(explain(bytes, { hpack: true }));
readRequests();
refuseBrokenFrames();

/** As a server reads: octet by octet here, since the pieces of a socket may be of any size. */
function readRequests(): void {
	using reader = new FrameReader({ preface: true });
	using decoder = new Decoder();
	let fragments: Uint8Array[] = [];
	for (const octet of bytes) {
		for (const frame of reader.read(Uint8Array.of(octet))) {
			if (frame.type === FrameType.DATA) console.log(`\nStream ${frame.streamId} has sent ${frame.data.length} octets`);
			if (frame.type !== FrameType.HEADERS && frame.type !== FrameType.CONTINUATION) continue;
			fragments.push(frame.fragment);
			if (!frame.endHeaders) continue;
			const path = decoder.decode(Buffer.concat(fragments)).find(([name]) => name === ':path');
			assert.deepEqual(path, [':path', '/']);
			fragments = [];
		}
	}
}

/** The error has the code for GOAWAY. */
function refuseBrokenFrames(): void {
	using reader = new FrameReader();
	const broken = writer.writeRaw(FrameType.PING, 0, 0, Buffer.from('abc'));
	try {
		for (const frame of reader.read(broken)) console.log(frame);
		assert.fail('a PING of three octets is no frame');
	} catch (error) {
		assert.ok(error instanceof ProtocolError);
		assert.equal(error.errorCode, ErrorCode.FRAME_SIZE_ERROR);
		console.log(error.message);
	}
}
