import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropTransport } from '../../src/runtime/drop.ts';
import { FakeTransport } from '../support/http20-fakes.ts';

test('a pipe that nobody wants gets a receiver that ignores all it is told, and is destroyed', () => {
	const transport = new FakeTransport();
	dropTransport(transport);
	assert.deepEqual(transport.calls, ['destroy']);
	transport.receiver?.onBytes(Uint8Array.of(1));
	transport.receiver?.onEnd();
	transport.receiver?.onClose(new Error('cut'));
});
