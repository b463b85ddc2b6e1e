import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameSender } from '../../src/testing/frame-sender.ts';
import { toHex } from '../support/hpack-stories.ts';

/** A sender whose field blocks are the fields joined by commas. */
function createSender() {
	const writes: Uint8Array[] = [];
	const send = new FrameSender(
		(bytes) => writes.push(bytes),
		(fields) => new TextEncoder().encode(fields.join()),
	);
	return { send, writes };
}

const BLOCK = '612c62';

for (const [what, use, hex] of [
	['HEADERS', (send) => send.headers(1, { a: 'b' }), `000003 01 04 00000001 ${BLOCK}`],
	[
		'HEADERS with END_STREAM',
		(send) => send.headers(1, [['a', 'b']], { endStream: true }),
		`000003 01 05 00000001 ${BLOCK}`,
	],
	[
		'HEADERS with padding',
		(send) => send.headers(1, { a: 'b' }, { padding: 1 }),
		`000005 01 0c 00000001 01 ${BLOCK} 00`,
	],
	[
		'HEADERS that CONTINUATION follows',
		(send) => send.headers(1, { a: 'b' }, { endHeaders: false }),
		`000003 01 00 00000001 ${BLOCK}`,
	],
	['an encoded field block', (send) => send.headers(1, Uint8Array.of(0x82)), '000001 01 04 00000001 82'],
	['CONTINUATION', (send) => send.continuation(1, { a: 'b' }), `000003 09 04 00000001 ${BLOCK}`],
	[
		'CONTINUATION that another one follows',
		(send) => send.continuation(1, {}, { endHeaders: false }),
		'000000 09 00 00000001',
	],
	['DATA', (send) => send.data(1, 'a'), '000001 00 00 00000001 61'],
	[
		'DATA with END_STREAM and padding',
		(send) => send.data(1, 'a', { endStream: true, padding: 0 }),
		'000002 00 09 00000001 00 61',
	],
	['SETTINGS', (send) => send.settings(), '000000 04 00 00000000'],
	['SETTINGS by name', (send) => send.settings({ maxFrameSize: 16_384 }), '000006 04 00 00000000 0005 00004000'],
	['SETTINGS by number', (send) => send.settings([[0x99, 1]]), '000006 04 00 00000000 0099 00000001'],
	['SETTINGS with ACK', (send) => send.settingsAck(), '000000 04 01 00000000'],
	['PING', (send) => send.ping(), '000008 06 00 00000000 0000000000000000'],
	[
		'PING with ACK',
		(send) => send.ping(new Uint8Array(8).fill(1), { ack: true }),
		'000008 06 01 00000000 0101010101010101',
	],
	['GOAWAY', (send) => send.goaway(1), '000008 07 00 00000000 00000001 00000000'],
	['GOAWAY with debug data', (send) => send.goaway(1, 2, 'a'), '000009 07 00 00000000 00000001 00000002 61'],
	['RST_STREAM', (send) => send.rstStream(3, 8), '000004 03 00 00000003 00000008'],
	['WINDOW_UPDATE', (send) => send.windowUpdate(0, 0), '000004 08 00 00000000 00000000'],
	['PUSH_PROMISE', (send) => send.pushPromise(1, 2, { a: 'b' }), `000007 05 04 00000001 00000002 ${BLOCK}`],
	[
		'PUSH_PROMISE with padding',
		(send) => send.pushPromise(1, 2, {}, { padding: 1 }),
		'000006 05 0c 00000001 01 00000002 00',
	],
	[
		'PRIORITY',
		(send) => send.priority(1, { dependency: 3, exclusive: true, weight: 256 }),
		'000005 02 00 00000001 80000003 ff',
	],
	['PRIORITY with its defaults', (send) => send.priority(1), '000005 02 00 00000001 00000000 0f'],
	['any frame', (send) => send.frame(0xaa, 0xbb, 5, 'a'), '000001 aa bb 00000005 61'],
] as [string, (send: FrameSender) => void, string][]) {
	test(`a sender writes ${what}`, () => {
		const { send, writes } = createSender();
		use(send);
		assert.deepEqual(writes.map(toHex), [hex.replaceAll(' ', '')]);
	});
}

test('a field block over 16 KiB continues in CONTINUATION, in one write', () => {
	const { send, writes } = createSender();
	send.headers(1, new Uint8Array(32_769).fill(7), { endStream: true });
	const [bytes] = writes as [Uint8Array];
	assert.equal(writes.length, 1);
	assert.equal(bytes.length, 32_769 + 3 * 9);
	assert.equal(toHex(bytes.subarray(0, 9)), '004000010100000001');
	assert.equal(toHex(bytes.subarray(16_393, 16_402)), '004000090000000001');
	assert.equal(toHex(bytes.subarray(32_786)), '00000109040000000107');
});

test('a field block of exactly 16 KiB has no CONTINUATION', () => {
	const { send, writes } = createSender();
	send.headers(1, new Uint8Array(16_384));
	assert.equal(writes[0]?.length, 16_393);
});

test('an unknown option of a frame is a TypeError that names the nearest', () => {
	const { send, writes } = createSender();
	for (const [use, message] of [
		[
			() => send.headers(1, {}, { endstream: true } as object),
			/^TypeError: Unknown option "endstream" of headers: did you mean endStream\?$/,
		],
		[
			() => send.headers(1, {}, { flags: 1 } as object),
			/"flags" of headers: write frame\(type, flags, streamId, payload\)$/,
		],
		[() => send.headers(1, {}, { padding: 256 }), /^RangeError: padding is 256, but must be an integer from 0 to 255$/],
		[
			() => send.headers(1, {}, null as unknown as object),
			/options of headers must be an object \{ endStream, endHeaders, padding \}, not null$/,
		],
		[
			() => send.continuation(1, {}, { endStream: true } as object),
			/"endStream" of continuation, which has endHeaders$/,
		],
		[() => send.data(1, '', { final: true } as object), /"final" of data: write endStream$/],
		[() => send.data(1, '', { endStream: 1 } as object), /^TypeError: endStream must be true or false, not a number$/],
		[() => send.pushPromise(1, 2, {}, { pading: 1 } as object), /"pading" of pushPromise: did you mean padding\?$/],
		[() => send.priority(1, { wieght: 1 } as object), /"wieght" of priority: did you mean weight\?$/],
		[() => send.ping(undefined, { ACK: true } as object), /"ACK" of ping: did you mean ack\?$/],
		[() => send.settings({ initialWindow: 1 } as object), /"initialWindow" of settings, which has headerTableSize, /],
		[() => send.settings({ maxframesize: 1 } as object), /"maxframesize" of settings: did you mean maxFrameSize\?$/],
		[() => send.settings(null as unknown as object), /options of settings must be an object .*, not null$/],
	] as const) {
		assert.throws(use, message);
	}
	assert.deepEqual(writes, []);
});

test('a peer announces every setting by its name', () => {
	const { send, writes } = createSender();
	send.settings({ enableConnectProtocol: true, maxHeaderListSize: 5 });
	assert.equal(toHex(writes[0] as Uint8Array), '00000c040000000000000600000005000800000001');
});

test('fields of the wrong type are TypeErrors, and nothing is sent', () => {
	const { send, writes } = createSender();
	for (const [fields, message] of [
		[null, /^TypeError: Fields must be pairs, a record or a Uint8Array, not null$/],
		['ab', /not a string$/],
		[['ab'], /^TypeError: A field line must be an array \[name, value\], not a string$/],
		[[['a']], /^TypeError: The value of a must be a string, not undefined$/],
		[{ a: 1 }, /^TypeError: The value of a must be a string, not a number$/],
	] as const) {
		assert.throws(() => send.headers(1, fields as unknown as Record<string, string>), message);
		assert.throws(() => send.pushPromise(1, 2, fields as unknown as Record<string, string>), message);
		assert.throws(() => send.continuation(1, fields as unknown as Record<string, string>), message);
	}
	assert.throws(() => send.settings([1] as unknown as [number, number][]), /^TypeError: settings must have pairs/);
	assert.throws(() => send.ping(null as unknown as Uint8Array), /^TypeError: opaque must be a Uint8Array, not null$/);
	assert.deepEqual(writes, []);
});
