// A stand-in for TLS: the client sends one line with the protocols that it offers, the server answers with one line. So a
// handshake takes a round trip on the simulated network, and fails with it.

import { abortable } from '../../src/base/abort.ts';
import { latin1Bytes, latin1Text } from '../../src/base/bytes.ts';
import { handshakeFailure } from '../../src/runtime/node/errors.ts';
import { ReleasedTransport } from '../../src/runtime/released-transport.ts';
import type { DialOptions, Transport } from '../../src/runtime/transport.ts';

/** The lines of the server; the first is followed by the protocol that it chooses. */
export const WELCOME = 'WELCOME ';
export const ALERT = 'ALERT\n';

/** What stands before a client's first line. */
export const HELLO = 'HELLO ';

/** Does what `Runtime.secure` does. */
export async function secureByLine(transport: Transport, options: DialOptions): Promise<Transport> {
	try {
		options.signal?.throwIfAborted();
		return await abortable(shakeHands(transport, options), options.signal);
	} catch (error) {
		transport.destroy();
		throw error;
	}
}

function shakeHands(transport: Transport, options: DialOptions): Promise<Transport> {
	return new Promise((resolve, reject) => {
		let line = '';
		let secured: ReleasedTransport | null = null;
		const fail = (error: Error): void => reject(handshakeFailure(error, options));
		transport.start({
			onBytes(bytes) {
				if (secured !== null) return secured.onBytes(bytes);
				const end = bytes.indexOf(0x0a);
				line += latin1Text(end < 0 ? bytes : bytes.subarray(0, end));
				if (end < 0) return;
				if (!line.startsWith(WELCOME)) return fail(new Error(`the server sent ${line}`));
				secured = new ReleasedTransport(transport, line.slice(WELCOME.length) || null);
				if (end + 1 < bytes.length) secured.onBytes(bytes.subarray(end + 1));
				resolve(secured);
			},
			onDrain: () => secured?.onDrain(),
			onEnd: () => (secured === null ? fail(new Error('the server ended the connection')) : secured.onEnd()),
			onClose: (error) =>
				secured === null ? fail(error ?? new Error('the connection was closed')) : secured.onClose(error),
		});
		try {
			transport.write([latin1Bytes(`${HELLO}${options.alpnProtocols.join()}\n`)]);
		} catch (error) {
			fail(error as Error);
		}
	});
}
