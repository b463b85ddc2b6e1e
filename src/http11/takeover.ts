// The end of HTTP/1.1 on a connection that goes on in HTTP/2: the platform lets go of the pipe, the exchange gives it away.

import type { ConnectionDiagnostics } from '../diagnostics.ts';
import type { TransportDuplex } from '../runtime/http1.ts';
import type { Exchange } from './exchange.ts';

/** `following`: what was read behind the head of the 101. Rejects when the pipe broke before all was written to it. */
export async function takeOver(
	exchange: Exchange,
	duplex: TransportDuplex,
	following: Uint8Array,
	diagnostics: ConnectionDiagnostics,
): Promise<void> {
	duplex.pause();
	if (following.length > 0) duplex.unshift(following);
	const transport = await diagnostics.opened(await duplex.release(), 'HTTP/2');
	if (!exchange.closed) {
		exchange.onUpgraded({ upgraded: 'h2c', informational: exchange.informational, transport, diagnostics });
		return exchange.close(null);
	}
	transport.start({ onBytes: ignore, onDrain: ignore, onEnd: ignore, onClose: ignore });
	transport.destroy();
	diagnostics.closed(null);
}

function ignore(): void {}
