import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramelessWire } from '../../src/http11/frameless-wire.ts';
import { LocalProtocolError } from '../../src/index.ts';

test('a wire without frames has no settings and no PING, and needs no greeting', async () => {
	const wire = new (class extends FramelessWire {})();
	assert.deepEqual([wire.remoteSettings, wire.greeted, wire.hasServed, wire.contentSentAt()], [null, true, true, 0]);
	await assert.rejects(wire.ping(), LocalProtocolError);
	assert.equal(wire.liveness, null);
	assert.equal(wire.expirePings(), Number.POSITIVE_INFINITY);
});
