// The cases of http2-frame-test-case: valid frames are read as the case says and written back to the same bytes; invalid ones
// are refused with one of the case's error codes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Frame, FrameReader, FrameType, FrameWriter, ProtocolError } from '../../src/frames.ts';
import { byteByByte, record } from '../support/frame-record.ts';
import { fromHex, toHex } from '../support/hpack-stories.ts';

interface FrameCase {
	name: string;
	wire: Uint8Array;
	error: number[] | null;
	frame: {
		length: number;
		type: number;
		flags: number;
		stream_identifier: number;
		frame_payload: Record<string, unknown>;
	} | null;
}

const root = fileURLToPath(new URL('http2-frame-test-case/', import.meta.url));
const cases: FrameCase[] = readdirSync(root, { recursive: true })
	.map((file) => String(file).replaceAll('\\', '/'))
	.filter((file) => file.endsWith('.json'))
	.sort()
	.map((file) => {
		const read = JSON.parse(readFileSync(`${root}${file}`, 'utf8')) as Omit<FrameCase, 'name' | 'wire'> & {
			wire: string;
		};
		return { ...read, name: file.replace('.json', ''), wire: fromHex(read.wire) };
	});
const valid = cases.filter(({ frame }) => frame !== null);
const invalid = cases.filter(({ error }) => error !== null);

/** CONTINUATION is valid only after the HEADERS of an open field block. */
const needsOpenBlock = (wire: Uint8Array): boolean => wire[3] === FrameType.CONTINUATION;
/** HEADERS on the same stream without END_HEADERS, which a CONTINUATION may follow. */
function opening(wire: Uint8Array): Uint8Array {
	const streamId = new DataView(wire.buffer, wire.byteOffset).getUint32(5);
	return new FrameWriter().write({ type: FrameType.HEADERS, streamId, endHeaders: false });
}

function read(pieces: Iterable<Uint8Array>): Frame[] {
	using reader = new FrameReader();
	return [...pieces].flatMap((piece) => [...reader.read(piece)]);
}

/** The payload with the names that the cases use. */
function payloadOf(frame: Frame): Record<string, unknown> {
	const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
	const padding = (length: number | null) => ({ padding_length: length });
	const priority = (value: { dependency: number; weight: number; exclusive: boolean } | null) => ({
		stream_dependency: value?.dependency ?? null,
		weight: value?.weight ?? null,
		exclusive: value?.exclusive ?? null,
	});
	switch (frame.type) {
		case FrameType.DATA:
			return { data: text(frame.data), ...padding(frame.padding) };
		case FrameType.HEADERS:
			return {
				header_block_fragment: text(frame.fragment),
				...padding(frame.padding),
				...priority(frame.priority),
			};
		case FrameType.PRIORITY:
			return { ...padding(null), ...priority(frame.priority) };
		case FrameType.RST_STREAM:
			return { error_code: frame.errorCode };
		case FrameType.SETTINGS:
			return { settings: frame.settings };
		case FrameType.PUSH_PROMISE:
			return {
				header_block_fragment: text(frame.fragment),
				...padding(frame.padding),
				promised_stream_id: frame.promisedStreamId,
			};
		case FrameType.PING:
			return { opaque_data: text(frame.opaque) };
		case FrameType.GOAWAY:
			return {
				last_stream_id: frame.lastStreamId,
				error_code: frame.errorCode,
				additional_debug_data: text(frame.debugData),
			};
		case FrameType.WINDOW_UPDATE:
			return { window_size_increment: frame.increment };
		case FrameType.CONTINUATION:
			return { header_block_fragment: text(frame.fragment) };
		default:
			throw new Error(`No case has frames of type ${frame.type}`);
	}
}

test('all 34 cases of http2-frame-test-case are present', () => {
	assert.equal(valid.length, 12);
	assert.equal(invalid.length, 22);
	assert.equal(valid.length + invalid.length, cases.length);
});

describe('valid frames', () => {
	for (const { name, wire, frame: expected } of valid) {
		test(`the valid frame ${name} is read as the case says and written back unchanged`, () => {
			assert.ok(expected !== null);
			const before = needsOpenBlock(wire) ? [opening(wire)] : [];
			const frames = read([...before, wire]);
			assert.deepEqual(read([...before, ...byteByByte(wire)]), frames);
			const frame = frames.at(-1) as Frame;
			assert.equal(frames.length, before.length + 1);
			assert.equal(frame.length, expected.length);
			assert.equal(frame.type, expected.type);
			assert.equal(frame.flags, expected.flags);
			assert.equal(frame.streamId, expected.stream_identifier);
			const { padding, ...payload } = expected.frame_payload;
			assert.deepEqual(payloadOf(frame), payload);

			// "Padding octets MUST be set to zero when sending": the cases have text there.
			const written = wire.slice();
			if (typeof padding === 'string') written.fill(0, wire.length - padding.length);
			assert.equal(toHex(new FrameWriter().write(frame)), toHex(written));
		});
	}
});

describe('invalid frames', () => {
	for (const { name, wire, error } of invalid) {
		test(`the invalid frame ${name.slice('error/'.length)} is refused with an error code of the case`, () => {
			const isExpected = (thrown: unknown): boolean => {
				assert.ok(thrown instanceof ProtocolError);
				assert.ok(error?.includes(thrown.errorCode), `${thrown.errorCode} is none of ${error}`);
				return true;
			};
			assert.throws(() => read([wire]), isExpected);
			assert.throws(() => read(byteByByte(wire)), isExpected);

			// The codec does not check which side may promise a stream: the session refuses an odd id.
			if (name === 'error/push_promise-frame-promised_stream-odd') return;
			for (const { fault } of [record([wire]), record(byteByByte(wire))]) {
				assert.ok(fault !== null && error?.includes(fault.errorCode), `${fault?.errorCode} is none of ${error}`);
			}
		});
	}

	test('a frame that is too long is refused as soon as its head has arrived', () => {
		const { wire } = invalid.find(({ name }) => name === 'error/data-frame-size') as FrameCase;
		assert.throws(() => read([wire.subarray(0, 9)]), { errorCode: 6 });
	});
});
