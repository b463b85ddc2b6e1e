// Frames without a connection: writes, reads and explains what a client sends first.
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

/** Reads as a server would. A socket may deliver chunks of any size; here they are single bytes. */
function readRequests(): void {
	using reader = new FrameReader({ preface: true });
	using decoder = new Decoder();
	let fragments: Uint8Array[] = [];
	for (const byte of bytes) {
		for (const frame of reader.read(Uint8Array.of(byte))) {
			if (frame.type === FrameType.DATA) console.log(`\nStream ${frame.streamId} sent ${frame.data.length} bytes`);
			if (frame.type !== FrameType.HEADERS && frame.type !== FrameType.CONTINUATION) continue;
			fragments.push(frame.fragment);
			if (!frame.endHeaders) continue;
			const path = decoder.decode(Buffer.concat(fragments)).find(([name]) => name === ':path');
			assert.deepEqual(path, [':path', '/']);
			fragments = [];
		}
	}
}

/** The error has the error code to send in GOAWAY. */
function refuseBrokenFrames(): void {
	using reader = new FrameReader();
	const broken = writer.writeRaw(FrameType.PING, 0, 0, Buffer.from('abc'));
	try {
		for (const frame of reader.read(broken)) console.log(frame);
		assert.fail('a PING of three bytes must be refused');
	} catch (error) {
		assert.ok(error instanceof ProtocolError);
		assert.equal(error.errorCode, ErrorCode.FRAME_SIZE_ERROR);
		console.log(error.message);
	}
}
