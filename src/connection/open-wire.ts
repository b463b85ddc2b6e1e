// One dial: from the transport to the wire, and what diagnostics report of it. Called by scheduler.ts.

import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import type { Transport } from '../runtime/transport.ts';
import type { Wire, WireOwner, WireSource } from './wire.ts';

/**
 * Calls `onOpen` before the wire has any event, and resolves with its result. Rejects with `signal.reason` if the signal
 * aborts first.
 */
export async function openWire<T>(
	source: Pick<WireSource, 'connect'>,
	signal: AbortSignal,
	owner: WireOwner,
	diagnostics: ConnectionDiagnostics,
	onOpen: (wire: Wire) => T,
): Promise<Awaited<T>> {
	let transport: Transport | null = null;
	let wire: Wire;
	try {
		const connected = await source.connect(signal);
		transport = connected.transport;
		transport = await diagnostics.opened(transport, connected.version);
		signal.throwIfAborted();
		wire = connected.createWire(transport, owner, diagnostics);
	} catch (error) {
		transport?.destroy();
		diagnostics.closed(signal.aborted ? null : error);
		throw error;
	}
	return await onOpen(wire);
}
