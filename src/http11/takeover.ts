// The end of HTTP/1.1 on a connection that goes on in HTTP/2: the platform lets go of the pipe, the exchange gives it away.

import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { TransportDuplex } from '../runtime/http1.ts';
import type { Exchange } from './exchange.ts';

/**
 * `following`: what was read behind the head of the 101. `onFree`: the pipe is no longer HTTP/1.1's. Rejects when it broke
 * before all was written to it.
 */
export async function takeOver(
	exchange: Exchange,
	duplex: TransportDuplex,
	following: Uint8Array,
	diagnostics: ConnectionDiagnostics,
	onFree: () => void,
): Promise<void> {
	duplex.pause();
	if (following.length > 0) duplex.unshift(following);
	const released = await duplex.release();
	// At once: the stream, which is inert now, is about to close.
	onFree();
	const transport = await diagnostics.opened(released, 'HTTP/2');
	if (!exchange.closed) {
		exchange.onUpgraded({ upgraded: 'h2c', informational: exchange.informational, transport, diagnostics });
		return exchange.close(null);
	}
	dropTransport(transport);
	diagnostics.closed(null);
}
