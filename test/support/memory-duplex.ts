// A stream of Node over one end of a pair of transports in memory.

import type { TransportDuplex } from '../../src/runtime/http1.ts';
import { createMemoryTransports, type TransportPairOptions } from '../../src/runtime/memory.ts';
import { toDuplex } from '../../src/runtime/node/duplex.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { TransportRecorder } from './transport-recorder.ts';

export function join(options?: TransportPairOptions): {
	duplex: TransportDuplex;
	peer: Transport;
	atPeer: TransportRecorder;
} {
	const [near, peer] = createMemoryTransports(options);
	const atPeer = new TransportRecorder();
	peer.start(atPeer);
	return { duplex: toDuplex(near), peer, atPeer };
}
