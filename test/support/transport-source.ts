// Transports for one connection of one version, in place of those that it would dial.

import assert from 'node:assert/strict';
import type { Forwarding, TransportSource } from '../../src/net/connector.ts';
import type { Transport } from '../../src/runtime/transport.ts';

type Dial = (signal: AbortSignal) => Promise<Transport>;

/** For an HTTP20Connection. */
export function transportsForHTTP2(dial: Dial): TransportSource {
	return { dial, dialForHTTP1: () => assert.fail('HTTP/2 does not dial for HTTP/1.1') };
}

/** For an HTTP11Connection; `forward` is what a proxy that forwards gets. */
export function transportsForHTTP1(dial: Dial, forward: Forwarding | null = null): TransportSource {
	return {
		dial: () => assert.fail('HTTP/1.1 has a dial of its own'),
		dialForHTTP1: async (signal) => ({ transport: await dial(signal), forward }),
	};
}
