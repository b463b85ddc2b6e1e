// A transport that changes its receiver in mid-stream: what was not read comes first, then everything in order.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { ReleasedTransport } from '../../src/runtime/released-transport.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A released transport, whose former user passes on every callback, and the peer of the transport below. */
function release(alpn?: string | null): { released: ReleasedTransport; peer: Transport } {
	const [near, peer] = createMemoryTransports({ alpn: 'http/1.1' });
	const released = alpn === undefined ? new ReleasedTransport(near) : new ReleasedTransport(near, alpn);
	near.start(released);
	return { released, peer };
}

describe('ReleasedTransport', () => {
	test('bytes that came before the new receiver are delivered first, then the end and the close', async () => {
		const { released, peer } = release();
		released.onBytes(bytes('unread '));
		peer.write([bytes('first ')]);
		const recorder = new TransportRecorder();
		released.start(recorder);
		await recorder.until(() => recorder.text === 'unread first ');
		peer.write([bytes('second')]);
		peer.end();
		await recorder.untilEvent('end');
		assert.equal(recorder.text, 'unread first second');
		peer.start(new TransportRecorder());
		released.end();
		await recorder.untilEvent('close');
	});

	test('ReleasedTransport has failed if a write to the transport below has', () => {
		const { released } = release();
		assert.equal(released.hasFailed, undefined);
		const below = Object.assign(createMemoryTransports()[0], { hasFailed: true });
		assert.equal(new ReleasedTransport(below).hasFailed, true);
	});

	test('ReleasedTransport passes writes to the transport below', async () => {
		const { released, peer } = release();
		const recorder = new TransportRecorder();
		peer.start(recorder);
		released.write([bytes('a'), bytes('b')]);
		await recorder.until(() => recorder.text === 'ab');
	});

	test('destroy closes the transport below, and only the close is delivered', async () => {
		const { released } = release();
		released.onBytes(bytes('unread'));
		const recorder = new TransportRecorder();
		const reason = new Error('enough');
		released.start(recorder);
		released.destroy(reason);
		await recorder.untilEvent('close');
		assert.equal(recorder.error, reason);
		assert.equal(recorder.text, '');
	});

	test('alpn is that of the transport below, unless another is given', () => {
		assert.equal(release().released.alpn, 'http/1.1');
		assert.equal(release(null).released.alpn, null);
	});
});
