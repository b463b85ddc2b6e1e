// Discards a transport that was dialled but is not wanted. Called by whoever dials and then refuses the result.

import type { Transport } from './transport.ts';

/** Destroys a transport that was not started. It gets a receiver, because without one it reports no close. */
export function dropTransport(transport: Transport): void {
	transport.start({ onBytes: ignore, onDrain: ignore, onEnd: ignore, onClose: ignore });
	transport.destroy();
}

function ignore(): void {}
