import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropTransport } from '../../src/runtime/drop.ts';
import { FakeTransport } from '../support/http20-fakes.ts';

test('dropTransport destroys the transport and ignores its callbacks', () => {
	const transport = new FakeTransport();
	dropTransport(transport);
	assert.deepEqual(transport.calls, ['destroy']);
	transport.receiver?.onBytes(Uint8Array.of(1));
	transport.receiver?.onEnd();
	transport.receiver?.onClose(new Error('cut'));
});
