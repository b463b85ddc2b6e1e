// What becomes of a pipe that nobody wants: it needs a receiver all the same, since a transport tells no end before `start`.

import type { Transport } from './transport.ts';

/** Drops a pipe that was not started; what has come on it is thrown away. */
export function dropTransport(transport: Transport): void {
	transport.start({ onBytes: ignore, onDrain: ignore, onEnd: ignore, onClose: ignore });
	transport.destroy();
}

function ignore(): void {}
