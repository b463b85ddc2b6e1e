// The members of a wire that only HTTP/2 has a use for: SETTINGS, PING, and windows for uploads. wire.ts extends it.

import { LocalProtocolError } from '../base/errors.ts';

export abstract class FramelessWire {
	get remoteSettings(): null {
		return null;
	}

	/** Always true, because HTTP/1.1 has no greeting. */
	get greeted(): boolean {
		return true;
	}

	get hasServed(): boolean {
		return true;
	}

	/** Always 0, because progress of an upload updates `pending.since` instead. */
	contentSentAt(): number {
		return 0;
	}

	async ping(): Promise<number> {
		throw new LocalProtocolError('Cannot send PING: only HTTP/2 has PING');
	}

	get liveness(): null {
		return null;
	}

	expirePings(): number {
		return Number.POSITIVE_INFINITY;
	}
}
